"""Whether search or model is at fault for wrong translations, by exact search."""

import tensorflow as tf

from apps.translation.data import END, PADDING
from keras_dl import decoding, metrics
from keras_dl.application import Metric

_WIDTHS, _PENALTIES = (1, 2, 5), (0.0, 0.7)
_MAX_PREFIXES = 20_000  # that an exact search looks at before it gives up


def blame(served, texts, references):
    """Returns metrics and notes for several widths and length penalties.

    Args:
        served: SavedModel.
        texts: list of short texts. A longer one takes an exact search too much time.
        references: list of a right translation of each.
    """
    case = _Case(served, texts, references)
    values = [
        Metric("blame.sentences", len(case.texts), "sentences judged by exact search"),
        Metric(
            "blame.left_out",
            len(texts) - len(case.texts),
            "left out, as the search may not write so long a reference",
        ),
    ]
    notes = []
    for penalty in _PENALTIES if case.texts else ():
        exact = case.exact_search(penalty)
        for width in _WIDTHS:
            found = case.blame(width, penalty, exact)
            key = f"blame.penalty_{round(100 * penalty)}_percent.width_{width}"
            name = f"T^{penalty:g}, width {width}"
            values += [
                Metric(f"{key}.search_errors", found.search_error_share, f"{name}: best is missed"),
                Metric(f"{key}.agreement", found.agreement, f"{name}: rule is true"),
                Metric(f"{key}.unsettled", found.unsettled, f"{name}: not settled"),
                Metric(f"{key}.shorter", found.shorter_share, f"{name}: best is shorter"),
            ]
            notes += [
                f"{name}, the rule blames {rule}; at fault: "
                + ", ".join(f"{truth} {count}" for truth, count in counts.items())
                for rule, counts in found.table.items()
            ]
    return values, notes


class _Case:
    """Texts whose best translation of all is looked for."""

    def __init__(self, served, texts, references):
        self._signatures = served.signatures
        written = self._signatures["encode"](translation=tf.constant(references, "string"))
        state = dict(self._signatures["start"](text=tf.constant(texts, "string")))
        longest = state.pop("longest")
        # References that are too long for the search to write are left out.
        lengths = tf.reduce_sum(tf.cast(written["tokens"] != END, "int32"), 1) + 1
        rows = tf.where(lengths <= longest)[:, 0]
        self.texts = [texts[row] for row in rows]
        self._references = [references[row] for row in rows]
        self._tokens = tf.gather(written["tokens"], rows)
        self._longest = tf.gather(longest, rows).numpy().tolist()
        self._state = {name: tf.gather(each, rows) for name, each in state.items()}
        log_probs, _ = self._step(tf.fill([len(rows)], END), self._state)
        self._ids = tf.range(log_probs.shape[1])[None]

    def exact_search(self, length_penalty):
        """Returns the result of `decoding.exhaustive_search`."""
        return decoding.exhaustive_search(
            self._step,
            self._state,
            batch_size=len(self.texts),
            max_length=self._longest,
            max_prefixes=_MAX_PREFIXES,
            **self._rules(length_penalty),
        )

    def blame(self, width, length_penalty, exact):
        """Returns the `decoding.Blame` of a beam search."""
        outputs = self._signatures["alternatives"](
            text=tf.constant(self.texts),
            width=tf.constant(width),
            length_penalty=tf.constant(length_penalty),
        )
        return decoding.blame(
            self._step,
            self._state,
            outputs=outputs["tokens"][:, 0],
            references=self._tokens,
            exact=exact,
            quality=self.quality,
            **self._rules(length_penalty),
        )

    def quality(self, tokens, row):
        """Returns the chrF of a translation of a text."""
        tokens = tf.constant(tokens, "int32", shape=(1, len(tokens)))
        written = self._signatures["decode"](tokens=tokens)["translation"].numpy()[0].decode()
        return metrics.corpus_chrf([written], [[self._references[row]]]).score

    def _rules(self, length_penalty):
        return {
            "start": END,
            "end": END,
            "length_penalty": length_penalty,
            "allowed": self._allowed,
        }

    def _allowed(self, sequences, position):
        """Allows what the SavedModel does: an end not at once, but by the last position."""
        may_go_on = (self._ids != PADDING) & ((position > 0) | (self._ids != END))
        is_last = position + 1 == tf.shape(sequences)[1]
        return tf.where(is_last, self._ids == END, may_go_on)

    def _step(self, tokens, state):
        found = self._signatures["step"](tokens=tokens, **state)
        return found["log_probs"], {**state, "state": found["state"]}
