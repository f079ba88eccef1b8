"""The sequence-to-sequence model, its calendar constraint, and the endpoints."""

import keras
import tensorflow as tf
from keras import ops

from apps.dates.data import DIGITS, END, LONGEST, TARGET_LENGTH, source_numbers
from keras_dl import decoding, metrics, models, optimizers, pipelines
from keras_dl.application import Endpoint

PARITY_INPUTS = {
    "text": ["3 mai 1979", "Wed, July 10, '96", "02-03-2016", "31 april 2020", "", "hello"],
    "order": ["DMY", "MDY", "YMD", "DMY", "MDY", "YMD"],
}
SURE = 0.5  # below this confidence the date is empty


def build(config, data):
    """Returns the compiled model."""
    model = models.attention_seq2seq(
        len(data.assets.vocabulary) + 5,  # padding, unknown, three orders
        END + 1,
        embedding_units=32,
        encoder_units=config.encoder_units,
        decoder_units=config.decoder_units,
        attention_units=config.attention_units,
        dropout=config.dropout,
    )
    schedule = optimizers.warmup_cosine(config.learning_rate, config.epochs * data.steps_per_epoch)
    model.compile(
        keras.optimizers.Adam(schedule, beta_2=0.98, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=[metrics.SequenceAccuracy()],
        jit_compile=False,
    )
    return model


def calendar_allows(sequences, position):
    """Returns which tokens may come next in a date of 1900-2099.

    Args:
        sequences: int `(n, 9)`. The tokens so far.
        position: int scalar. Number of tokens so far.

    Returns:
        bool `(n, 12)`: the digits 0-9, then `?` and the end, which both close a date.
    """
    tokens = [sequences[:, index][:, None] for index in range(8)]
    digit = ops.arange(END + 1)[None]
    year = tokens[0] * 1000 + tokens[1] * 100 + tokens[2] * 10 + tokens[3]
    month = tokens[4] * 10 + tokens[5]
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    short = (month == 4) | (month == 6) | (month == 9) | (month == 11)
    last_day = ops.where(month == 2, ops.where(leap, 29, 28), ops.where(short, 30, 31))
    any_digit = digit < 10
    day = tokens[6] * 10 + digit
    steps = [
        (digit == 1) | (digit == 2),
        ops.where(tokens[0] == 1, digit == 9, digit == 0),
        any_digit,
        any_digit,
        digit < 2,
        ops.where(tokens[4] == 1, digit < 3, (digit > 0) & any_digit),
        digit <= last_day // 10,
        (day > 0) & (day <= last_day) & any_digit,
        ~any_digit,
    ]
    everyone = ops.ones_like(tokens[0], "bool")
    return ops.take(ops.stack([everyone & step for step in steps]), position, axis=0)


def endpoints(model, assets):
    """Returns the endpoints: `serving_default`, and `attention` for plots."""
    characters = pipelines.CharacterVocabulary(assets.vocabulary)
    symbols = tf.constant([*DIGITS, ""])

    def read(text, order):
        numbers = source_numbers(characters, text, order)
        fits = numbers.row_lengths() <= LONGEST + 1
        source = numbers[:, : LONGEST + 1].to_tensor()
        tokens, log_probability = decoding.greedy_search(
            models.seq2seq_step_fn(model),
            models.seq2seq_initial_state(model, source),
            batch_size=tf.shape(source)[0],
            start=END,
            end=END,
            max_length=TARGET_LENGTH,
            allowed=calendar_allows,
        )
        confidence = tf.exp(assets.exponent * log_probability)
        return source, tokens, tf.where(fits, confidence, 0.0)

    def serving_default(text, order):
        _, tokens, confidence = read(text, order)
        digits = tf.gather(symbols, tokens)
        parts = [tf.strings.reduce_join(digits[:, a:b], 1) for a, b in ((0, 4), (4, 6), (6, 8))]
        sure = confidence >= SURE
        return {
            "date": tf.where(sure, tf.strings.join(parts, "-"), ""),
            "confidence": confidence,
            "ambiguous": sure & (digits[:, 8] == "?"),
        }

    def attention(text, order):
        source, tokens, _ = read(text, order)
        offsets = characters.encode_with_offsets(text)[1][:, :LONGEST].to_tensor()
        previous = tf.concat([tf.fill([tf.shape(tokens)[0], 1], END), tokens[:, :7]], 1)
        weights = models.attention_weights(model, source, previous)
        alphabet = tf.constant(["", "\ufffd", *assets.vocabulary, "", "", ""])
        return {
            "characters": tf.gather(alphabet, source[:, 1:]),
            "digits": tf.gather(symbols, tokens[:, :8]),
            "offsets": offsets,
            "weights": weights[:, :, 1:],
        }

    signature = [tf.TensorSpec([None], "string", name) for name in ("text", "order")]
    return {
        each.__name__: Endpoint(each, signature, PARITY_INPUTS)
        for each in (serving_default, attention)
    }
