"""Endpoints of the SavedModel."""

import numpy as np
import tensorflow as tf

from apps.translation import texts
from apps.translation.data import END, LONGEST, PADDING
from keras_dl import decoding, export, models
from keras_dl.application import Endpoint

WIDTH, LENGTH_PENALTY = 5, 0.7  # of serving_default
_UNSURE = 0.05  # of the sentences in dev; most other texts below are of another language
_BATCH = 64  # sentences
_TEXTS = ["Anna sieht ein Haus.", " ", "\ufeffJa\r", "\U0001f600 \u00e9t\u00e9", "und " * 20]


def endpoints(model, assets):
    """Returns the endpoints of the SavedModel.

    `start` and `step` are the initial state and the step function for `keras_dl.decoding`. `encode`
    and `decode` convert translations to tokens and back. They let a caller use another method of
    search, scoring or sampling.
    """
    translator = _Translator(model, assets)
    model.vocabularies = translator.source_vocabulary, translator.target_vocabulary
    text = tf.TensorSpec([None], "string", "text")
    options = [tf.TensorSpec([], "int32", "width"), tf.TensorSpec([], "float32", "length_penalty")]
    tokens = tf.TensorSpec([None, None], "int32", "tokens")
    translation = tf.TensorSpec([None], "string", "translation")
    given = {"text": _TEXTS}
    state = {name: each.numpy() for name, each in translator.start(tf.constant(_TEXTS)).items()}
    del state["longest"]
    last_tokens = tf.TensorSpec([None], "int32", "tokens")
    specs = [tf.TensorSpec(_batch_shape(each), each.dtype, name) for name, each in state.items()]
    found = {
        "serving_default": ([text], given),
        "alternatives": ([text, *options], {**given, "width": 3, "length_penalty": 1.0}),
        "attention": ([text], given),
        "start": ([text], given),
        "step": ([last_tokens, *specs], {"tokens": np.full(len(_TEXTS), END), **state}),
        "encode": ([translation], {"translation": _TEXTS}),
        "decode": ([tokens], {"tokens": [[3, 2, END], [4, END, END]]}),
    }
    if not model.get_layer("decoder").attention:
        del found["attention"]
    return {name: Endpoint(getattr(translator, name), *each) for name, each in found.items()}


def least_score(model, assets, sentences):
    """Returns the score that all but a twentieth of the sentences reach."""
    text = tf.TensorSpec([None], "string", "text")
    found = export.call_in_batches(
        tf.function(_Translator(model, assets).serving_default, input_signature=[text]),
        {"text": sentences},
        batch_size=_BATCH,
        sizes=[len(sentence) for sentence in sentences],
    )["score"]
    return round(float(np.quantile(found[np.isfinite(found)], _UNSURE)), 3)


def longest_translation(lengths):
    """Returns the maximum number of tokens of a translation, with the end token."""
    return 3 * lengths // 2 + 5


def _batch_shape(array):
    """Returns the shape of a part of the state for any batch and, if it has one, any time axis."""
    has_time = array.ndim == 3 or array.dtype == bool
    return (None, None, *array.shape[2:]) if has_time else (None, *array.shape[1:])


class _Translator:
    """Functions of the endpoints, whose names are the names of the methods."""

    def __init__(self, model, assets):
        self.source_vocabulary, self.target_vocabulary = texts.vocabularies(assets)
        self._model, self._step = model, models.seq2seq_step_fn(model)
        self._least_score = assets.least_score

    def serving_default(self, text):
        found = self.alternatives(text, WIDTH, LENGTH_PENALTY)
        translation = tf.where(found["sure"][:, 0], found["translations"][:, 0], "")
        return {"translation": translation, "score": found["scores"][:, 0]}

    def alternatives(self, text, width, length_penalty):
        _, tokens, scores = self._search(text, width, length_penalty)
        written = self.target_vocabulary.decode(tf.reshape(tokens, (-1, tf.shape(tokens)[2])))
        written = tf.reshape(written, tf.shape(scores))
        lengths = tf.reduce_sum(tf.cast(tokens != END, "float32"), -1) + 1
        sure = scores * lengths ** (length_penalty - LENGTH_PENALTY) >= self._least_score
        return {"translations": written, "scores": scores, "tokens": tokens, "sure": sure}

    def attention(self, text):
        source, tokens, _ = self._search(text, WIDTH, LENGTH_PENALTY)
        tokens = tokens[:, 0]
        previous = tf.pad(tokens[:, :-1], [[0, 0], [1, 0]], constant_values=END)
        return {
            "source": tf.gather(self.source_vocabulary.subwords, source),
            "target": tf.gather(self.target_vocabulary.subwords, tokens),
            "weights": models.attention_weights(self._model, source, previous),
        }

    def start(self, text):
        source, lengths, _ = self._read(text)
        state = models.seq2seq_initial_state(self._model, source)
        return {**state, "longest": longest_translation(lengths)}

    def step(self, tokens, **state):
        log_probs, state = self._step(tokens, state)
        return {"log_probs": log_probs, "state": state["state"]}

    def encode(self, translation):
        tokens = self.target_vocabulary.encode(texts.readable(translation)).to_tensor(END)
        return {"tokens": tf.pad(tokens, [[0, 0], [0, 1]], constant_values=END)}

    def decode(self, tokens):
        return {"translation": self.target_vocabulary.decode(tokens)}

    def _read(self, text):
        """Returns the tokens of texts, their number, and whether the texts are short enough."""
        tokens = self.source_vocabulary.encode(texts.readable(text))
        lengths = tf.cast(tokens.row_lengths(), "int32")
        source = tokens[:, :LONGEST].to_tensor()
        if_none = tf.cast(tf.equal(tf.shape(source)[1], 0), "int32")
        source = tf.pad(source, [[0, 0], [0, if_none]])  # no tokens: a GRU needs one step
        return source, tf.minimum(lengths, LONGEST), lengths <= LONGEST

    def _search(self, text, width, length_penalty):
        """Returns source tokens, and `width` translations as tokens with their scores.

        The translation of an empty text is empty, with score 0. That of a text that is too long is
        empty, with score -inf.
        """
        source, lengths, fits = self._read(text)
        longest = tf.where(lengths > 0, longest_translation(lengths), 1)
        tokens, scores = decoding.beam_search(
            self._step,
            models.seq2seq_initial_state(self._model, source),
            batch_size=tf.shape(source)[0],
            start=END,
            end=END,
            max_length=tf.reduce_max(longest),
            width=width,
            length_penalty=length_penalty,
            allowed=self._allowed(tf.repeat(longest, width)[:, None]),
        )
        is_first = tf.range(tf.shape(scores)[1]) == 0
        scores = tf.where(lengths[:, None] > 0, scores, tf.where(is_first, 0.0, -np.inf))
        scores = tf.where(fits[:, None], scores, -np.inf)
        return source, tf.where(fits[:, None, None], tokens, END), scores

    def _allowed(self, longest):
        """Returns the rule of a search: an end not at once, but by the last position `(n, 1)`."""
        ids = tf.range(len(self.target_vocabulary))[None]
        is_end, is_padding = ids == END, ids == PADDING

        def allowed(sequences, position):
            may_go_on = ~is_padding & ((position > 0) | ~is_end)
            return tf.where(position + 1 < longest, may_go_on, is_end)

        return allowed
