"""Endpoints of the SavedModel: continue a prompt, measure a text in bits, token IDs of a text."""

import math

import tensorflow as tf

from apps.language.app import MAX_LENGTH
from apps.language.tokens import PADDING, UNKNOWN, tokens_of
from keras_dl import decoding, models
from keras_dl.application import Endpoint

_PROMPTS = ["Anna lived near the ", "", "\u4e16 \U0001f600\r\n", "the " * 30]


def endpoints(model, assets):
    """Returns the endpoints."""
    tokens = model.tokens = tokens_of(assets.unit, assets.vocabulary)

    def serving_default(prompt, temperature, top_p, top_k, length, seed):
        read = _with_start(tokens, tokens.encode(prompt)[:, -MAX_LENGTH:])
        found, log_probability = _continue(model, read, temperature, top_p, top_k, length, seed)
        return {"text": tokens.decode(found), "log_probability": log_probability}

    def score(text):
        pieces, written = tokens.split(text).to_tensor(), tokens.encode(text)
        read = _with_start(tokens, written[:, :-1]).to_tensor()
        logits = model(read, training=False)[..., 1:]  # without padding
        written = written.to_tensor()
        logits = logits[:, : tf.shape(written)[1]]  # if all texts are empty, `read` is longer
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(written - 1, 0), logits)
        return {"bits": tf.where(written != PADDING, nats / math.log(2), 0.0), "piece": pieces}

    def ids(text):
        return {"id": tokens.encode(text).to_tensor(), "size": tf.constant(len(tokens))}

    text = [tf.TensorSpec((None,), tf.string, "text")]
    settings = [
        tf.TensorSpec((None,), tf.string, "prompt"),
        tf.TensorSpec((), tf.float32, "temperature"),
        tf.TensorSpec((), tf.float32, "top_p"),
        tf.TensorSpec((), tf.int32, "top_k"),
        tf.TensorSpec((), tf.int32, "length"),
        tf.TensorSpec((), tf.int64, "seed"),
    ]
    # Greedy, so that rounding in another process draws no other token.
    greedy = {"temperature": 0.0, "top_p": 1.0, "top_k": 0, "length": 5, "seed": 1}
    return {
        "serving_default": Endpoint(serving_default, settings, {"prompt": _PROMPTS, **greedy}),
        "score": Endpoint(score, text, {"text": _PROMPTS}),
        "ids": Endpoint(ids, text, {"text": _PROMPTS}),
    }


def _with_start(tokens, ids):
    """Returns ragged IDs with the token that stands before each text."""
    return tf.concat([tf.fill((ids.nrows(), 1), tokens.start), ids], 1)


def _continue(model, read, temperature, top_p, top_k, length, seed):
    """Draws tokens after ragged IDs; returns them and their log-probability in nats."""
    step, initial_state = models.language_step(model)
    count = read.nrows(out_type="int32")
    last = read[:, -1:].values
    state = _state_after(step, initial_state(count), read[:, :-1].to_tensor())

    def next_token(token, state):
        """Returns the log-probabilities; after `length` tokens, only padding is possible."""
        left, last, state = state
        log_probs, state = step(tf.where(last == PADDING, token, last), state)
        log_probs -= tf.reduce_logsumexp(log_probs[:, 1:], 1, keepdims=True)  # without padding
        ids = tf.range(log_probs.shape[1])
        end = tf.where(ids == PADDING, 0.0, -math.inf)
        log_probs = tf.where(ids > UNKNOWN, log_probs, -math.inf)
        log_probs = tf.where(left[:, None] > 0, log_probs, end)
        return log_probs, (left - 1, tf.zeros_like(last), state)

    return decoding.sample(
        next_token,
        (tf.fill((count,), length), last, state),
        batch_size=count,
        start=PADDING,
        end=PADDING,
        max_length=MAX_LENGTH,
        seed=tf.fill((count,), seed),  # so that a text does not depend on its row
        temperature=temperature,
        top_k=tf.where(top_k > 0, top_k, tf.int32.max),
        top_p=top_p,
    )


def _state_after(step, state, ids):
    """Returns the state after IDs, int32 `(batch, time)`. Padding does not change it."""

    def read_one(position, state):
        return position + 1, step(ids[:, position], state)[1]

    return tf.while_loop(lambda position, _: position < tf.shape(ids)[1], read_one, (0, state))[1]
