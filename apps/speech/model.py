"""The model and the endpoints of its SavedModel."""

import pathlib

import keras
import tensorflow as tf

from apps.speech.data import END
from apps.speech.features import BANDS, FRAME, SAMPLING_RATE, STRIDE, features
from apps.speech.joint_search import encode, search
from keras_dl import metrics, models, optimizers, pipelines
from keras_dl.application import Endpoint

_EXAMPLE = pathlib.Path(__file__).with_name("digits.wav")
_TOKENS = 11
_CTC_WEIGHT = 1.0
_OUTSIDE = 0.05  # share of the attention before the start of a digit, and after its end
STEP_SECONDS = 4 * STRIDE / SAMPLING_RATE  # of the encoder, which is four frames
FIRST_SECONDS = FRAME / 2 / SAMPLING_RATE  # middle of the first step
MOST_SECONDS = 60  # longer recordings have no text


def build(config, data):
    """Returns the compiled model."""
    model = models.speech_seq2seq(
        BANDS,
        _TOKENS,
        encoder_units=config.units,
        decoder_units=4 * config.units // 3,
        dropout=0.1,
        decoder_dropout=0.1,
        time_masking=0.03,
        frequency_masking=0.1,
        ctc=True,
    )
    schedule = optimizers.warmup_cosine(config.learning_rate, config.epochs * data.steps_per_epoch)
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=1e-3, global_clipnorm=1.0),
        {
            "logits": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "ctc": keras.losses.CTC(),
        },
        loss_weights={"logits": 1.0, "ctc": _CTC_WEIGHT},
        weighted_metrics={"logits": [metrics.SequenceAccuracy()]},
        jit_compile=False,
    )
    return model


def transcribe(model, waveforms, lengths):
    """Returns the best strings and the probability of their digits, see `joint_search.search`.

    Args:
        model: keras.Model.
        waveforms: float32 `(batch, samples)`.
        lengths: int32 `(batch,)`. Samples of each that are no padding.

    Returns:
        dict of `tokens`, `attention` and `ctc`, int32 `(batch, length)`; `confidence`, float32
        `(batch,)`: geometric mean of the probabilities of the digits and of the end; and `weights`,
        float32 `(batch, length, steps)`, the attention of the tokens.
    """
    source = features(waveforms, lengths)
    encoded, log_probs = encode(model, source)
    found = search(model, encoded, log_probs)
    tokens = found["tokens"]
    count = tf.reduce_sum(tf.cast(tokens > END, "float32"), 1)
    previous = tf.pad(tokens[:, :-1], [[0, 0], [1, 0]])
    weights = model.get_layer("decoder").attention_weights(previous, **encoded)
    confidence = tf.exp(found["score"] / (count + 1))
    return {**found, "confidence": confidence, "weights": weights}


def endpoints(model, assets):
    """Returns the endpoints: `serving_default`, and `details` for plots and measurements."""
    digits = tf.constant(["", *"0123456789"])

    def text_of(tokens, is_kept):
        text = tf.strings.reduce_join(tf.gather(digits, tokens), 1, separator=" ")
        return tf.where(is_kept, tf.strings.strip(text), "")

    def read(audio_bytes):
        waveforms, lengths, is_audio = pipelines.decode_wavs(audio_bytes, SAMPLING_RATE)
        is_audio &= lengths <= MOST_SECONDS * SAMPLING_RATE
        lengths = tf.where(is_audio, lengths, 0)
        return is_audio, transcribe(model, waveforms[:, : tf.reduce_max(lengths)], lengths)

    def kept(found, is_audio):
        """Returns which tokens are digits of a text that is sure."""
        is_sure = is_audio & (found["confidence"] >= assets.threshold)
        return is_sure[:, None] & (found["tokens"] > END)

    def serving_default(audio_bytes):
        return record(*read(audio_bytes))

    def record(is_audio, found):
        is_digit = kept(found, is_audio)
        starts, ends = _times(found["weights"])
        return {
            "text": text_of(found["tokens"], tf.reduce_any(is_digit, 1)),
            "confidence": tf.where(is_audio, found["confidence"], 0.0),
            "starts": tf.where(is_digit, starts, 0.0),
            "ends": tf.where(is_digit, ends, 0.0),
            "is_audio": is_audio,
        }

    def details(audio_bytes):
        is_audio, found = read(audio_bytes)
        shown = tf.cast(kept(found, is_audio), "float32")
        return {
            **record(is_audio, found),
            "weights": found["weights"] * shown[:, :, None],
            "attention_text": text_of(found["attention"], is_audio),
            "ctc_text": text_of(found["ctc"], is_audio),
        }

    signature = [tf.TensorSpec([None], "string", "audio_bytes")]
    examples = {"audio_bytes": [_EXAMPLE.read_bytes(), b"no audio"]}
    return {
        each.__name__: Endpoint(each, signature, examples) for each in (serving_default, details)
    }


def _times(weights):
    """Returns start and end of each token in seconds: all but the ends of its attention."""
    passed = tf.cumsum(weights, axis=2)
    steps = [
        tf.reduce_sum(tf.cast(passed < share, "float32"), 2) for share in (_OUTSIDE, 1 - _OUTSIDE)
    ]
    half = STEP_SECONDS / 2
    starts, ends = (FIRST_SECONDS + STEP_SECONDS * step for step in steps)
    return tf.maximum(starts - half, 0.0), ends + half
