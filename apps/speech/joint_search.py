"""Search for the digits that both heads of the model find probable: attention and CTC."""

import tensorflow as tf

from apps.speech.data import END
from keras_dl import decoding, models

WIDTH = 4  # strings that each head proposes
_CTC_WIDTH = 16
_CTC_SHARE = 0.7  # of the joint score: attention is worse at strings longer than in training
_IMPOSSIBLE = -1e9


def encode(model, source):
    """Returns the encoder's outputs, and the CTC log-probabilities `(batch, steps, tokens)`."""
    encoded = model.get_layer("encoder")(source, training=False)
    return encoded, tf.nn.log_softmax(model.get_layer("ctc")(encoded["values"]))


def search(model, encoded, log_probs):
    """Returns the best string of each row, and its joint log-probability.

    The best strings by the attention decoder and those by CTC are scored by both heads. The joint
    log-probability of a string is the weighted mean of its log-probabilities by both.

    Args:
        model: keras.Model of `models.speech_seq2seq`.
        encoded: dict, the encoder's outputs.
        log_probs: float32 `(batch, steps, tokens)`, from `encode`.

    Returns:
        dict of the best `tokens` of the joint score, int32 `(batch, length)`, their `score`,
        float32 `(batch,)`, and the best tokens of each head, `attention` and `ctc`. All tokens are
        padded with `END`, and the last one is always `END`.

    Reference: Hori, Watanabe & Hershey 2017, "Joint CTC/attention decoding for end-to-end speech
    recognition", section 3.2 (rescoring).
    """
    steps = tf.reduce_sum(tf.cast(encoded["mask"], "int32"), 1)
    by_ctc = _ctc_strings(log_probs, steps)
    length = tf.shape(by_ctc)[2]
    state = model.get_layer("decoder").initial_state(**encoded)
    by_attention, _ = decoding.beam_search(
        models.seq2seq_step_fn(model),
        state,
        batch_size=tf.shape(steps)[0],
        start=END,
        end=END,
        max_length=length - 1,
        width=WIDTH,
        length_penalty=0.0,
    )
    # Also a string that was cut at this length is scored with its end.
    by_attention = tf.pad(by_attention, [[0, 0], [0, 0], [0, 1]], constant_values=END)
    strings = tf.concat([by_ctc, by_attention, tf.zeros_like(by_ctc[:, :1])], 1)
    scores = _CTC_SHARE * _ctc_scores(log_probs, steps, strings)
    scores += (1 - _CTC_SHARE) * _attention_scores(model, state, strings)
    best = tf.argmax(scores, 1, output_type="int32")
    return {
        "tokens": tf.gather(strings, best, batch_dims=1),
        "score": tf.gather(scores, best, batch_dims=1),
        "attention": by_attention[:, 0],
        "ctc": by_ctc[:, 0],
    }


def _ctc_strings(log_probs, steps):
    """Returns the best strings by CTC, int32 `(batch, WIDTH, length)`. The last three are free."""
    blank_last = tf.transpose(tf.roll(log_probs, -1, 2), [1, 0, 2])
    paths, _ = tf.nn.ctc_beam_search_decoder(blank_last, steps, _CTC_WIDTH, WIDTH)
    longest = tf.reduce_max([tf.shape(path, "int32")[1] for path in paths])
    length = longest + 3
    found = []
    for path in paths:
        tokens = tf.sparse.to_dense(path, -1) + 1
        found.append(tf.pad(tokens, [[0, 0], [0, length - tf.shape(tokens)[1]]]))
    strings = tf.cast(tf.stack(found, 1), "int32")
    return tf.ensure_shape(strings, (None, WIDTH, None))


def _rows(values, count):
    """Repeats each row of tensors `count` times."""
    return tf.nest.map_structure(lambda each: tf.repeat(each, count, axis=0), values)


def _attention_scores(model, state, strings):
    """Returns log-probabilities of `(batch, strings, length)` by the attention decoder."""
    shape = tf.shape(strings)
    scores = decoding.score(
        models.seq2seq_step_fn(model),
        _rows(state, shape[1]),
        tf.reshape(strings, [-1, shape[2]]),
        start=END,
        end=END,
    )
    return tf.reshape(scores, shape[:2])


def _ctc_scores(log_probs, steps, strings):
    """Returns log-probabilities by CTC: of all alignments of each string."""
    shape = tf.shape(strings)
    flat = tf.reshape(strings, [-1, shape[2]])
    loss = tf.nn.ctc_loss(
        flat,
        _rows(log_probs, shape[1]),
        tf.reduce_sum(tf.cast(flat > END, "int32"), 1),
        tf.repeat(steps, shape[1]),
        logits_time_major=False,
        blank_index=END,
    )
    finite = tf.where(tf.math.is_finite(loss), -loss, _IMPOSSIBLE)
    return tf.reshape(tf.maximum(finite, _IMPOSSIBLE), shape[:2])
