"""The model and the endpoint of its SavedModel."""

import pathlib

import keras
import tensorflow as tf

from apps.speech.data import END
from apps.speech.features import BANDS, SAMPLING_RATE, features
from keras_dl import decoding, metrics, models, optimizers, pipelines
from keras_dl.application import Endpoint

_EXAMPLE = pathlib.Path(__file__).with_name("digits.wav")
_TOKENS = 11
_CTC_WEIGHT = 0.3
_MOST_DIGITS = 40
MOST_SECONDS = 60  # longer recordings have no text


def build(config, data):
    """Returns the compiled model."""
    model = models.speech_seq2seq(
        BANDS,
        _TOKENS,
        encoder_units=config.units,
        decoder_units=4 * config.units // 3,
        dropout=0.1,
        time_masking=0.03,
        frequency_masking=0.15,
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


def endpoints(model):
    """Returns the endpoints: `serving_default`."""
    digits = tf.constant(["", *"0123456789"])

    def serving_default(audio_bytes):
        waveforms, lengths, is_audio = pipelines.decode_wavs(audio_bytes, SAMPLING_RATE)
        is_audio &= lengths <= MOST_SECONDS * SAMPLING_RATE
        lengths = tf.where(is_audio, lengths, 0)
        source = features(waveforms[:, : tf.reduce_max(lengths)], lengths)
        tokens, log_probability = decoding.greedy_search(
            models.seq2seq_step_fn(model),
            models.seq2seq_initial_state(model, source),
            batch_size=tf.shape(lengths)[0],
            start=END,
            end=END,
            max_length=_MOST_DIGITS,
        )
        text = tf.strings.reduce_join(tf.gather(digits, tokens), 1, separator=" ")
        return {
            "text": tf.where(is_audio, tf.strings.strip(text), ""),
            "confidence": tf.where(is_audio, tf.exp(log_probability), 0.0),
            "is_audio": is_audio,
        }

    signature = [tf.TensorSpec([None], "string", "audio_bytes")]
    examples = {"audio_bytes": [_EXAMPLE.read_bytes(), b"no audio"]}
    return {"serving_default": Endpoint(serving_default, signature, examples)}
