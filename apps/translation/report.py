"""Metrics and plots of a SavedModel: quality, search, and what is at fault."""

import collections
import itertools
import time

import numpy as np

from apps.translation import fault
from apps.translation import texts as sources
from apps.translation.endpoints import LENGTH_PENALTY, WIDTH
from apps.translation.prediction import ask, attention_plot
from keras_dl import metrics, plots
from keras_dl.application import Metric, Report

_LENGTHS = (1, 5, 9, 13, 17, None)  # words of the source
_WIDTHS, _PENALTIES = (1, 2, 3, 5, 10), (0.0, 0.7, 1.0)
_MOST_WORDS_BLAMED = 10  # of a source for which an exact search is tried


def measure(served, config):
    """Returns the report of a SavedModel."""
    texts, references = _grouped(sources.read(config, config.split))
    ask(served, texts[:64], **_options())  # traces
    started = time.monotonic()
    outputs = ask(served, texts, **_options())
    found = _best(outputs)
    seconds = time.monotonic() - started
    cased, lower = (
        metrics.corpus_bleu(found, references, lowercase=lowercase) for lowercase in (False, True)
    )
    some = _some(config, len(texts), config.searched)
    table = _search_table(served, [texts[row] for row in some], [references[row] for row in some])
    blamed, notes = _blame(served, config, texts, references)
    report = [
        Metric("sentences", len(texts)),
        Metric("bleu", cased.score, "BLEU"),
        Metric("bleu_lower_case", lower.score, "BLEU, lower case"),
        Metric("brevity_penalty", lower.brevity_penalty),
        Metric("chrf", metrics.corpus_chrf(found, references).score, "chrF"),
        Metric(
            "unsure",
            1 - outputs["sure"][:, 0].mean(),
            "sentences that predict leaves without a translation; BLEU counts it",
        ),
        *_by_length(texts, found, references),
        *_table_metrics(table, len(some)),
        *blamed,
        Metric("sentences_per_second", len(texts) / seconds, "sentences per second"),
    ]
    shown = sorted(texts, key=lambda text: abs(len(text.split()) - 8))[:4]
    drawn = {f"attention_{n}": attention_plot(served, text) for n, text in enumerate(shown, 1)}
    drawn = {name: plot for name, plot in drawn.items() if plot} | {"search": _search_plot(table)}
    signatures = f"BLEU {cased.signature}", f"lower case {lower.signature}"
    return Report(report, drawn, (*signatures, *notes))


def _options(width=WIDTH, length_penalty=LENGTH_PENALTY):
    return {"width": width, "length_penalty": length_penalty}


def _best(outputs):
    """Returns the best translation of each text."""
    return [each.decode() for each in outputs["translations"][:, 0]]


def _grouped(pairs):
    """Returns different texts, and the list of all translations of each."""
    found = collections.defaultdict(list)
    for text, translation in zip(*pairs, strict=True):
        found[text].append(translation)
    return list(found), list(found.values())


def _some(config, count, wanted):
    """Returns the sorted indices of at most `wanted` of `count` sentences."""
    order = np.random.default_rng(config.seed).permutation(count)
    return np.sort(order[:wanted])


def _bleu(found, references):
    return metrics.corpus_bleu(found, references, lowercase=True).score


def _by_length(texts, found, references):
    """Returns the BLEU of sources of similar length."""
    lengths = np.array([len(text.split()) for text in texts])
    values = []
    for least, below in itertools.pairwise(_LENGTHS):
        rows = np.flatnonzero((lengths >= least) & (lengths < (below or np.inf)))
        if len(rows):
            name = f"{least} to {below - 1} words" if below else f"{least} words and more"
            values.append(
                Metric(
                    f"bleu_by_length.from_{least}_words",
                    _bleu([found[row] for row in rows], [references[row] for row in rows]),
                    f"BLEU, {name} ({len(rows):,})",
                )
            )
    return values


def _search_table(served, texts, references):
    """Returns BLEU by width and length penalty."""
    return {
        (width, penalty): _bleu(_best(ask(served, texts, **_options(width, penalty))), references)
        for width in _WIDTHS
        for penalty in _PENALTIES
    }


def _table_metrics(table, count):
    return [
        Metric(
            f"bleu_by_search.width_{width}.penalty_{round(100 * penalty)}_percent",
            value,
            f"BLEU of {count} sentences, "
            # With T^alpha, a beam of one goes on where the end is the most probable token.
            + (f"width {width}, T^{penalty:g}" if (width, penalty) != (1, 0) else "greedy search"),
        )
        for (width, penalty), value in table.items()
    ]


def _search_plot(table):
    curves = {
        f"T^{penalty:g}": (_WIDTHS, [[table[width, penalty] for width in _WIDTHS]])
        for penalty in _PENALTIES
    }
    return plots.curves_with_spread({"Beam search": curves}, "width", "BLEU")


def _blame(served, config, texts, references):
    """Returns metrics and notes of what is at fault for short sentences."""
    lengths = [len(text.split()) for text in texts]
    short = [row for row, length in enumerate(lengths) if 0 < length <= _MOST_WORDS_BLAMED]
    rows = [short[row] for row in _some(config, len(short), config.blamed)]
    return fault.blame(served, [texts[row] for row in rows], [references[row][0] for row in rows])
