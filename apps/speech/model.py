"""The model and the endpoints of its SavedModel."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from apps.speech.an4.features import features_of_cepstra
from apps.speech.an4.files import COEFFICIENTS
from apps.speech.data import END
from apps.speech.joint_search import encode, search
from apps.speech.tasks import STEP_FRAMES, TASKS
from keras_dl import decoding, metrics, models, optimizers, pipelines
from keras_dl.application import Endpoint

_EXAMPLE = pathlib.Path(__file__).with_name("digits.wav")
_CTC_WEIGHT = 1.0
# From the quietest frame around a word to its loudest one; louder frames belong to the word.
_LOUD = 0.4
# Seconds from the steps of a word to its start and its end, at most. In strings of validation
# recordings, it is up to .42. What is farther away is another sound, such as a click.
_REACH = 0.5
MOST_SECONDS = 60  # longer recordings have no text


def build(config, data):
    """Returns the compiled model."""
    task, vocabulary_size = TASKS[config.task], len(data.assets.words) + 1
    model = models.speech_seq2seq(
        task.channels,
        vocabulary_size,
        encoder_units=config.units,
        decoder_units=4 * config.units // 3,
        ctc=True,
        **task.architecture,
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


def transcribe(model, source):
    """Returns the best strings and the probability of their words, see `joint_search.search`.

    Args:
        model: keras.Model.
        source: dict of `features` and `mask`.

    Returns:
        dict of `tokens`, `attention` and `ctc`, int32 `(batch, length)`; `confidence`, float32
        `(batch,)`: geometric mean of the probabilities of the words and of the end; `weights`,
        float32 `(batch, length, steps)`, the attention of the tokens; and `first` and `last`, int32
        `(batch, length)`, the steps of each word, see `decoding.ctc_alignment`.
    """
    encoded, log_probs = encode(model, source)
    found = search(model, encoded, log_probs)
    tokens = found["tokens"]
    count = tf.reduce_sum(tf.cast(tokens > END, "float32"), 1)
    previous = tf.pad(tokens[:, :-1], [[0, 0], [1, 0]])
    weights = model.get_layer("decoder").attention_weights(previous, **encoded)
    confidence = tf.exp(found["score"] / (count + 1))
    steps = tf.reduce_sum(tf.cast(encoded["mask"], "int32"), 1)
    first, last = decoding.ctc_alignment(log_probs, steps, tokens, blank=END)
    return {**found, "confidence": confidence, "weights": weights, "first": first, "last": last}


def endpoints(model, assets):
    """Returns the endpoints: `serving_default`, and `details` for plots and measurements.

    A model of AN4 also has `cepstra`, since the data set has no waveforms.
    """
    task, words = TASKS[assets.task], tf.constant(["", *assets.words])

    def text_of(tokens, is_kept):
        text = tf.strings.reduce_join(tf.gather(words, tokens), 1, separator=" ")
        return tf.where(is_kept, tf.strings.strip(text), "")

    def read(audio_bytes):
        waveforms, lengths, is_audio = pipelines.decode_wavs(
            audio_bytes, task.sampling_rate, MOST_SECONDS
        )
        return is_audio, heard(task.features(waveforms, lengths))

    def heard(source):
        found = transcribe(model, source)
        starts, ends = _times(found, task.loudness(source["features"]), source["mask"], task)
        return {**found, "starts": starts, "ends": ends}

    def kept(found, is_audio):
        """Returns which tokens are words of a text that is sure."""
        is_sure = is_audio & (found["confidence"] >= assets.threshold)
        return is_sure[:, None] & (found["tokens"] > END)

    def serving_default(audio_bytes):
        return record(*read(audio_bytes))

    def record(is_audio, found):
        is_word = kept(found, is_audio)
        return {
            "text": text_of(found["tokens"], tf.reduce_any(is_word, 1)),
            "confidence": tf.where(is_audio, found["confidence"], 0.0),
            "starts": tf.where(is_word, found["starts"], 0.0),
            "ends": tf.where(is_word, found["ends"], 0.0),
            "is_audio": is_audio,
        }

    def details(audio_bytes):
        return all_of(*read(audio_bytes))

    def all_of(is_audio, found):
        shown = tf.cast(kept(found, is_audio), "float32")
        return {
            **record(is_audio, found),
            "weights": found["weights"] * shown[:, :, None],
            "attention_text": text_of(found["attention"], is_audio),
            "ctc_text": text_of(found["ctc"], is_audio),
        }

    def cepstra(cepstra, lengths):
        return all_of(lengths > 0, heard(features_of_cepstra(cepstra, lengths)))

    signature = [tf.TensorSpec([None], "string", "audio_bytes")]
    examples = {"audio_bytes": [_EXAMPLE.read_bytes(), b"no audio"]}
    found = {
        each.__name__: Endpoint(each, signature, examples) for each in (serving_default, details)
    }
    if assets.task == "an4":
        signature = [
            tf.TensorSpec([None, None, COEFFICIENTS], "float32", "cepstra"),
            tf.TensorSpec([None], "int32", "lengths"),
        ]
        examples = {"cepstra": np.ones([2, 90, COEFFICIENTS], "float32"), "lengths": [90, 40]}
        found["cepstra"] = Endpoint(cepstra, signature, examples)
    return found


def _times(found, loudness, mask, task):
    """Returns start and end of each word in seconds, float32 `(batch, length)`.

    CTC tells which word is where, but not how long it is: the borders between words are in the
    middle between their steps, and no word is far from its steps. Between its borders, a word has
    the frames from the first loud one to the last one. So words never overlap.
    """
    frames = tf.range(tf.shape(mask)[1])
    count = tf.reduce_sum(tf.cast(mask, "int32"), 1, keepdims=True)
    middle = STEP_FRAMES * (found["last"][:, :-1] + found["first"][:, 1:] + 1) // 2
    # The step of what is no word is -1, so the last word ends at the end.
    after = tf.where(found["first"][:, 1:] < 0, count, middle)
    after = tf.pad(after, [[0, 0], [0, 1]], constant_values=0)
    before = tf.pad(after[:, :-1], [[0, 0], [1, 0]])
    reach = round(_REACH * task.sampling_rate / task.stride)
    before = tf.maximum(before, STEP_FRAMES * found["first"] - reach)
    after = tf.minimum(after, STEP_FRAMES * (found["last"] + 1) + reach)
    inside = (frames >= before[:, :, None]) & (frames < after[:, :, None])
    levels = loudness[:, None]
    loudest = tf.reduce_max(tf.where(inside, levels, levels.dtype.min), 2, keepdims=True)
    quietest = tf.reduce_min(tf.where(inside, levels, levels.dtype.max), 2, keepdims=True)
    is_loud = inside & (levels >= quietest + _LOUD * (loudest - quietest))
    first = tf.reduce_min(tf.where(is_loud, frames, tf.shape(mask)[1]), 2)
    last = tf.reduce_max(tf.where(is_loud, frames, -1), 2)
    # A frame stands for its middle, as long as the stride.
    start = (task.frame - task.stride) / 2
    first, last = (tf.cast(each, "float32") * task.stride + start for each in (first, last))
    return first / task.sampling_rate, (last + task.stride) / task.sampling_rate
