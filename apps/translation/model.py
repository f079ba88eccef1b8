"""The encoder-decoder, and the endpoints of its SavedModel."""

import numpy as np
import tensorflow as tf

from apps.translation import texts
from apps.translation.data import END, LONGEST
from keras_dl import decoding, losses, models, optimizers
from keras_dl.application import Endpoint

WIDTH, LENGTH_PENALTY = 5, 0.7  # of serving_default
_TEXTS = ["Anna sieht ein Haus.", "", "Ja", "\U0001f600 \u00e9t\u00e9", "und " * 20]


def build(config, data):
    """Returns the compiled model."""
    model = models.attention_seq2seq(
        *(len(words) for words in texts.vocabularies(data.assets)),
        embedding_units=config.embedding_units,
        encoder_units=config.encoder_units,
        decoder_units=config.decoder_units,
        attention_units=config.attention_units,
        dropout=config.dropout,
    )
    schedule = optimizers.warmup_cosine(config.learning_rate, config.epochs * data.steps_per_epoch)
    model.compile(
        optimizers.ClippedAdam(schedule, beta_2=0.98, global_clipnorm=1.0),
        losses.SmoothedCrossentropy(config.label_smoothing),
        jit_compile=False,
    )
    return model


def allowed_tokens(lengths, width, vocabulary_size):
    """Returns the function `allowed` of a beam search.

    A translation is not empty, and it ends in time: it has at most half as many tokens again as its
    source, and four more. The translation of an empty source is empty.

    Args:
        lengths: int32 `(batch,)`. Number of tokens of each source.
        width: int or scalar tensor. Width of the search.
        vocabulary_size: int. Number of target tokens.
    """
    last = tf.where(lengths > 0, longest_translation(lengths), 1) - 1
    last = tf.repeat(last, width)[:, None]
    is_end = (tf.range(vocabulary_size) == END)[None]

    def allowed(sequences, position):
        return tf.where(position < last, (position > 0) | ~is_end, is_end)

    return allowed


def longest_translation(lengths):
    """Returns the maximum number of tokens of a translation, with the end token."""
    return 3 * lengths // 2 + 5


def endpoints(model, assets):
    """Returns the endpoints of the SavedModel.

    `start` and `step` are the initial state and the step function of `keras_dl.decoding`, `encode`
    and `decode` turn translations into tokens and back. With them, a caller can search, score and
    sample by other rules.
    """
    source_words, target_words = model.vocabularies = texts.vocabularies(assets)
    step_function = models.seq2seq_step_fn(model)

    def read(text):
        """Returns the tokens of texts, their numbers, and whether the texts are short enough."""
        tokens = source_words.encode(text)
        lengths = tf.cast(tokens.row_lengths(), "int32")
        source = tokens[:, :LONGEST].to_tensor()
        if_none = tf.cast(tf.equal(tf.shape(source)[1], 0), "int32")
        source = tf.pad(source, [[0, 0], [0, if_none]])  # no tokens: a GRU needs one step
        return source, tf.minimum(lengths, LONGEST), lengths <= LONGEST

    def search(text, width, length_penalty):
        source, lengths, fits = read(text)
        tokens, scores = decoding.beam_search(
            step_function,
            models.seq2seq_initial_state(model, source),
            batch_size=tf.shape(source)[0],
            start=END,
            end=END,
            # Of the longest source; the others end sooner, by the rule.
            max_length=tf.reduce_max(tf.pad(longest_translation(lengths), [[0, 1]])) ,
            width=width,
            length_penalty=length_penalty,
            allowed=allowed_tokens(lengths, width, len(target_words)),
        )
        scores = tf.where(fits[:, None], scores, -np.inf)
        best = tf.range(tf.shape(scores)[1]) == 0
        scores = tf.where(lengths[:, None] > 0, scores, tf.where(best, 0.0, -np.inf))
        return source, tf.where(fits[:, None, None], tokens, END), scores

    def serving_default(text):
        _, tokens, scores = search(text, WIDTH, LENGTH_PENALTY)
        return {"translation": target_words.decode(tokens[:, 0]), "score": scores[:, 0]}

    def alternatives(text, width, length_penalty):
        _, tokens, scores = search(text, width, length_penalty)
        written = target_words.decode(tf.reshape(tokens, (-1, tf.shape(tokens)[2])))
        written = tf.reshape(written, tf.shape(scores))
        return {"translations": written, "scores": scores, "tokens": tokens}

    def attention(text):
        source, tokens, _ = search(text, WIDTH, LENGTH_PENALTY)
        tokens = tokens[:, 0]
        previous = tf.pad(tokens[:, :-1], [[0, 0], [1, 0]])
        return {
            "source": source_words.tokens(source),
            "target": target_words.tokens(tokens),
            "weights": models.attention_weights(model, source, previous),
        }

    def start(text):
        source, lengths, _ = read(text)
        state = models.seq2seq_initial_state(model, source)
        return {**state, "longest": longest_translation(lengths)}

    def step(tokens, **state):
        log_probs, state = step_function(tokens, state)
        return {"log_probs": log_probs, "state": state["state"]}

    def encode(translation):
        return {"tokens": tf.pad(target_words.encode(translation).to_tensor(), [[0, 0], [0, 1]])}

    def decode(tokens):
        return {"translation": target_words.decode(tokens)}

    text = tf.TensorSpec([None], "string", "text")
    options = [tf.TensorSpec([], "int32", "width"), tf.TensorSpec([], "float32", "length_penalty")]
    texts_only = {"text": _TEXTS}
    state = {name: each.numpy() for name, each in start(tf.constant(_TEXTS)).items()}
    del state["longest"]
    # The second axis of what has three axes is time, and so is that of the mask.
    shapes = {
        name: [None, *([None, *each.shape[2:]] if name != "state" else each.shape[1:])]
        for name, each in state.items()
    }
    return {
        "serving_default": Endpoint(serving_default, [text], texts_only),
        "alternatives": Endpoint(
            alternatives, [text, *options], {**texts_only, "width": 3, "length_penalty": 1.0}
        ),
        "attention": Endpoint(attention, [text], texts_only),
        "start": Endpoint(start, [text], texts_only),
        "step": Endpoint(
            step,
            [
                tf.TensorSpec([None], "int32", "tokens"),
                *(
                    tf.TensorSpec(shape, state[name].dtype, name)
                    for name, shape in shapes.items()
                ),
            ],
            {"tokens": np.full(len(_TEXTS), END), **state},
        ),
        "encode": Endpoint(
            encode, [tf.TensorSpec([None], "string", "translation")], {"translation": _TEXTS}
        ),
        "decode": Endpoint(
            decode, [tf.TensorSpec([None, None], "int32", "tokens")], {"tokens": [[3, 2, END]]}
        ),
    }
