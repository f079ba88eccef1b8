"""Strings of digits: what is drawn for training, what is held out, and what the report hears."""

import dataclasses
import io
import itertools
import types

import numpy as np
import pytest
import scipy.io.wavfile
import tensorflow as tf

from apps.speech import (
    data,
    features,
    joint_search,
    model,
    recordings,
    report,
    strings,
    validation,
)
from apps.speech.app import MeasureConfig, TrainConfig
from apps.speech.synthetic.tones import tones
from apps.speech.tasks import TASKS
from keras_dl import decoding, models
from keras_dl.application import UserError

TONES = {"data": "tones", "num_examples": 64, "batch_size": 16}


def _digits(waveform):
    """Returns the digits of a string of tones, from its spectrum."""
    low, high = np.array([697, 770, 852, 941]), np.array([1209, 1336, 1477])
    keys = np.array([list("123"), list("456"), list("789"), list(" 0 ")])
    frames = np.lib.stride_tricks.sliding_window_view(waveform, 400)[::200]
    power = np.abs(np.fft.rfft(frames * np.hanning(400), 8000)) ** 2
    heard = [
        keys[row[low].argmax(), row[high].argmax()] if row[[*low, *high]].max() > 1 else ""
        for row in power
    ]
    return [key for key, before in zip(heard, ["", *heard], strict=False) if key and key != before]


def test_a_composed_string_sounds_as_its_digits():
    keypad = recordings.read(MeasureConfig(data="tones"), "test")
    ranges = {"speed": (1, 1), "gain": (0, 0), "gap": (0.1, 0.2), "ratio": (50, 60)}
    for seed in range(5):
        waveform, digits = strings.compose(keypad, seed, (6, 6), **ranges)
        assert len(digits) == 6 and _digits(waveform) == list(digits)


def test_batches_have_tokens_shifted_by_one_and_features_of_each_clip():
    training = data.training_data(TrainConfig(**TONES))
    assert training.steps_per_epoch == 4
    (first, *_), (again, *_), (other, *_) = (
        [*training.batches(tf.constant(epoch, "int64"))] for epoch in (9, 9, 10)
    )
    inputs, targets, weights = first
    np.testing.assert_array_equal(inputs["features"], again[0]["features"])
    assert inputs["features"].shape != other[0]["features"].shape
    tokens = targets["logits"].numpy()
    np.testing.assert_array_equal(inputs["previous"], np.pad(tokens[:, :-1], ((0, 0), (1, 0))))
    np.testing.assert_array_equal(targets["ctc"], tokens)
    lengths = (tokens > 0).sum(1)
    assert all((row[:length] > 0).all() for row, length in zip(tokens, lengths, strict=True))
    np.testing.assert_array_equal(weights["logits"].numpy().sum(1), lengths + 1)
    assert lengths.max() > 2 and set(inputs) == {"features", "mask", "previous"}
    frames = inputs["mask"].numpy().sum(1)
    assert np.corrcoef(frames[lengths > 0], lengths[lengths > 0])[0, 1] > 0.6
    assert not inputs["features"].numpy()[~inputs["mask"].numpy()].any()


@pytest.fixture(scope="module")
def keypad():
    return recordings.read(MeasureConfig(data="tones"), "train")


def test_strings_are_short_at_first_and_of_similar_length_in_a_batch(keypad):
    def lengths(epoch, number):
        examples = [data.example(keypad, [1, epoch, number, row]) for row in range(20)]
        return [len(digits) for _, digits in examples if digits]

    def is_alike(found):
        return len({*found} - {1}) <= 2

    batches = [[lengths(epoch, number) for number in range(20)] for epoch in (0, 9)]
    assert [max(map(max, each)) for each in batches] == [3, 10]
    assert all(is_alike(each) for epoch in batches for each in epoch)
    assert [0 < 400 - sum(map(len, each)) < 120 for each in batches] == [False, True]


def test_sounds_without_digits_are_what_their_names_say(keypad):
    ranges = {"speed": (1, 1), "gain": (0, 0), "gap": (0.1, 0.2), "ratio": (50, 60)}
    kinds = ("silence", "noise", "tones", "reversed", "shuffled", "spliced")
    sounds = {kind: strings.without_digits(keypad, 5, (4, 4), kind, **ranges) for kind in kinds}
    assert all(each.dtype == "float32" and len(each) > 800 for each in sounds.values())
    assert not np.round(sounds["silence"] * 2**15).any()
    assert all(1e-4 < np.std(sounds[kind]) < 1 for kind in kinds[1:])
    forward, digits = strings.compose(keypad, 5, (4, 4), **ranges)
    assert _digits(sounds["reversed"]) == list(digits)  # a tone sounds the same from its end
    assert len(sounds["reversed"]) == len(forward)
    assert len(_digits(sounds["spliced"])) >= 4 and len(_digits(sounds["shuffled"])) > 4


def test_some_examples_hum_at_multiples_of_one_frequency():
    waveform = np.random.default_rng(0).normal(size=8000).astype("float32")
    hums = [strings.hummed(waveform, np.random.default_rng(seed)) - waveform for seed in range(100)]
    hums = [hum for hum in hums if hum.any()]
    assert 20 < len(hums) < 50
    for hum in hums:
        power = np.abs(np.fft.rfft(hum * np.hanning(8000))) ** 2  # in steps of 1 Hz
        assert power[:40].sum() + power[530:].sum() < 1e-3 * power.sum()
        steps, bases = np.arange(len(power)), np.arange(45, 65.01, 0.25)[:, None]
        away = np.abs(steps / bases - np.round(steps / bases)) * bases >= 4
        assert (power * away).sum(1).min() < 1e-2 * power.sum()
        assert 0.001 < np.abs(hum).max() / np.abs(waveform).max() < 0.21


def test_a_fifth_of_the_examples_has_its_peaks_cut_off():
    waveform = np.random.default_rng(0).normal(size=4000).astype("float32")
    found = [strings.clipped(waveform, np.random.default_rng(seed)) for seed in range(200)]
    limits = np.array([np.abs(each).max() for each in found]) / np.abs(waveform).max()
    assert 20 < (limits < 1).sum() < 60 and 0.1 <= limits.min() < 0.2
    for each in found:
        np.testing.assert_array_equal(each, np.clip(waveform, each.min(), each.max()))


def test_a_string_is_where_it_is_said_to_be(keypad):
    waveform, digits, starts, ends = strings.placed(keypad, 3, (5, 5))
    for digit, start, end in zip(digits, starts, ends, strict=True):
        assert _digits(waveform[round(start * 8000) : round(end * 8000)])[:1] == [digit]
    assert (starts[1:] - ends[:-1] == pytest.approx(0.3)) and ends[-1] < len(waveform) / 8000


def test_features_of_a_clip_do_not_depend_on_its_batch():
    random = np.random.default_rng(0)
    waveforms = random.normal(size=(3, 2000)).astype("float32")
    lengths = np.array([2000, 1234, 0], "int32")
    batch = features.features(tf.constant(waveforms), tf.constant(lengths))
    alone = features.features(tf.constant(waveforms[1:2, :1234]), tf.constant(lengths[1:2]))
    mask = alone["mask"].numpy()[0]
    assert mask.sum() == 11 and batch["mask"].numpy()[1].sum() == 11
    assert batch["mask"].numpy()[2].sum() == 1  # less than a frame is one
    np.testing.assert_allclose(
        batch["features"][1][batch["mask"][1]], alone["features"][0][mask], atol=1e-5
    )


def test_features_do_not_depend_on_loudness_and_silence_is_0():
    """Sounds that are 61 dB below the loudest one are silence."""
    waveform = tones(8000, 1)[0][0]
    lengths = np.array([len(waveform)], "int32")
    loud, quiet, silent = (
        features.features(tf.constant(factor * waveform[None]), lengths)["features"].numpy()
        for factor in (1, 0.05, 0)
    )
    np.testing.assert_allclose(loud, quiet, atol=1e-3)
    assert len(np.unique(silent)) == 2  # silence and padding
    both = np.concatenate([waveform, 1e-4 * waveform])[None]
    found = features.features(tf.constant(both), 2 * lengths)["features"].numpy()[0]
    half = len(found) // 2
    assert found[: half - 3].std() > 1
    np.testing.assert_allclose(found[half : half + 5], silent.min())


def _alignments(tokens, steps):
    """Yields all paths of CTC over some steps that stand for tokens, without blanks (0)."""
    for path in itertools.product(range(5), repeat=steps):
        merged = [token for token, _ in itertools.groupby(path) if token]
        if merged == list(tokens):
            yield path


@pytest.mark.parametrize("attention_ends", [True, False])
def test_both_heads_score_the_string_that_is_found(attention_ends):
    """Against the sum over all alignments, and the decoder's scores, for a model of four digits."""
    sizes = {"filters": 3, "encoder_units": 4, "decoder_units": 5, "attention_units": 3}
    network = models.speech_seq2seq(2, 5, ctc=True, seed=2, **sizes)
    if not attention_ends:  # and CTC finds few digits, so strings of attention are cut
        network.get_layer("ctc").bias.assign([3, 0, 0, 0, 0])
        next(each for each in network.weights if each.path == "decoder/logits/bias").assign(
            [-40, 0, 0, 0, 0]
        )
    random, mask = np.random.default_rng(1), np.arange(16) < [[16], [9], [3]]
    source = {"features": 5 * random.normal(size=(3, 16, 2)).astype("float32"), "mask": mask}
    encoded, log_probs = joint_search.encode(network, source)
    found = joint_search.search(network, encoded, log_probs)
    attention = found["attention"].numpy()
    assert attention[:, -2].all() != attention_ends and not attention[:, -1].any()
    assert not found["tokens"].numpy()[:, -1].any()
    state = network.get_layer("decoder").initial_state(**encoded)
    step = models.seq2seq_step_fn(network)

    def joint(row, tokens):
        steps, tokens = -(-mask[row].sum() // 4), [token for token in tokens if token]
        paths = _alignments(tokens, steps)
        rows = log_probs[row].numpy()
        logs = [sum(rows[time, token] for time, token in enumerate(path)) for path in paths]
        alone = {name: each[row : row + 1] for name, each in state.items()}
        attention = decoding.score(step, alone, [[*tokens, 0]], start=0, end=0)
        return 0.7 * np.logaddexp.reduce(logs) + 0.3 * attention.numpy()[0]

    for row in range(3):
        best = found["score"].numpy()[row]
        np.testing.assert_allclose(joint(row, found["tokens"].numpy()[row]), best, rtol=1e-5)
        for other in ([], found["ctc"].numpy()[row], found["attention"].numpy()[row]):
            if len([token for token in other if token]) < -(-mask[row].sum() // 4):
                assert joint(row, other) <= best + 1e-5


def test_words_last_from_their_first_loud_frame_to_their_last_one():
    """Between borders, which are in the middle between their steps, of four frames each."""
    found = {"first": [[1, 4, -1], [2, 3, -1]], "last": [[1, 5, -1], [2, 5, -1]]}
    found = {name: tf.constant(steps) for name, steps in found.items()}
    loudness, mask = np.zeros((2, 24), "float32"), np.arange(24) < [[22], [23]]
    loudness[0, [4, 5, 8, 14, 17]], loudness[0, 22:] = 1, 9  # the last ones are padding
    loudness[0, [3, 9, 13, 18]] = 0.3
    starts, ends = model._times(found, tf.constant(loudness), tf.constant(mask), TASKS["digits"])
    borders = [[4, 9, 14, 18], [0, 12, 12, 23]]
    expected = (100 * np.reshape(borders, (2, 2, 2)) + 50) / 8000
    np.testing.assert_allclose(np.stack([starts, ends], 2)[:, :2], expected, rtol=1e-6)


def test_a_click_far_from_a_word_is_no_part_of_it():
    """A word reaches 40 frames from its step, which is four frames long."""
    found = {"first": tf.constant([[20, -1]]), "last": tf.constant([[20, -1]])}
    loudness, mask = np.zeros((1, 200), "float32"), np.full((1, 200), True)
    loudness[0, [2, 39, 40, 60, 81, 124, 190]] = [9, 9, 1, 1, 1, 9, 9]
    starts, ends = model._times(found, tf.constant(loudness), tf.constant(mask), TASKS["digits"])
    np.testing.assert_allclose([starts[0, 0], ends[0, 0]], [4050 / 8000, 8250 / 8000])


def test_the_threshold_separates_strings_from_other_sounds(monkeypatch, keypad):
    """Of five right strings one is less sure than a sound; a wrong one and an empty one count 0."""
    heard = iter(
        [
            ([True] * 5 + [False], [0.9, 0.8, 0.9, 0.7, 0.3, 0.95], [False] * 6),
            ([True, True, False], [0.99, 0.5, 0.4], [True, False, False]),
        ]
    )
    monkeypatch.setattr(validation, "_heard", lambda *_: [*map(np.array, next(heard))])
    assert 0.5 < validation.threshold(None, keypad, 0, 2) <= 0.7


def _directory(path, names):
    for name in names:
        scipy.io.wavfile.write(path / name, 16000, np.ones(1600, "int16"))
    return path


def test_test_recordings_and_held_out_speakers_are_never_trained_on(tmp_path):
    names = [f"{d}_{who}_{n}.wav" for d in (1, 2) for who in ("x", "y") for n in (0, 4, 5, 7, 8)]
    config = {"data": str(_directory(tmp_path, names))}
    sizes = {part: len(recordings.read(MeasureConfig(**config), part).labels) for part in _PARTS}
    assert sizes == {"train": 4, "validation": 8, "test": 8}
    config["held_out"] = "y"
    parts = {part: recordings.read(MeasureConfig(**config), part) for part in _PARTS}
    assert {part: set(each.speakers) for part, each in parts.items()} == {
        "train": {"x"},
        "validation": {"x"},
        "test": {"y"},
    }
    assert len(parts["test"].labels) == 10
    assert all(len(waveform) == 800 for waveform in parts["test"].waveforms)


_PARTS = ("train", "validation", "test")


@pytest.mark.parametrize(
    ("names", "held_out", "message"),
    [
        (["one_x_0.wav"], "", "recordings of the digits 0 to 9. Received labels .'one'"),
        (["1_x_9.wav"], "z", "must be a speaker of the data. Received z"),
        (["1_x_9.wav"], "", "must have recordings for test"),
        (["1.wav"], "", "LABEL_SPEAKER_NUMBER"),
    ],
)
def test_other_data_are_refused(names, held_out, message, tmp_path):
    config = MeasureConfig(data=str(_directory(tmp_path, names)), held_out=held_out)
    with pytest.raises(UserError, match=message):
        recordings.read(config, "test")
    with pytest.raises(UserError, match="no directory"):
        recordings.read(MeasureConfig(data=str(tmp_path / "none")), "test")


def test_the_report_counts_errors_of_all_strings(tmp_path):
    """A model that hears nothing but "1" is right for one digit in ten."""

    def serving_default(audio_bytes):
        count = tf.shape(audio_bytes)[0]
        sizes = [len(each) for each in audio_bytes.numpy()]
        assert all(size > 44 for size in sizes)
        return {
            "text": tf.fill([count], "1"),
            "confidence": tf.ones([count]),
            "starts": tf.zeros([count, 1]),
            "ends": tf.ones([count, 1]),
            "is_audio": tf.constant([each[:4] == b"RIFF" for each in audio_bytes.numpy()]),
        }

    def details(audio_bytes):
        texts = tf.fill(tf.shape(audio_bytes), "")
        weights = tf.ones([len(audio_bytes), 1, 1])
        heads = {"attention_text": texts, "ctc_text": texts, "weights": weights}
        return {**serving_default(audio_bytes), **heads}

    served = types.SimpleNamespace(
        signatures={"serving_default": serving_default, "details": details}
    )
    others = str(_directory(tmp_path, ["yes.wav", "no.wav"]))
    config = MeasureConfig(data="tones", num_test_examples=20, others=others)
    values = report.measure(served, config).values()
    assert values["accuracy.single"] == 0.1
    assert values["invented.noise"] == 25 and values["invented.others"] == 2
    for name, length in (("eight", 8), ("ten", 10), ("twelve", 12)):
        assert 1 - 1 / length <= values[f"digit_errors.{name}"] <= 1
        assert values[f"digit_errors.ctc.{name}"] == values[f"monotone.{name}"] == 1
    (tmp_path / "text.wav").write_bytes(b"no sound" * 9)
    config = dataclasses.replace(config, num_test_examples=1)
    with pytest.raises(UserError, match=r"--others must .* Received .*text\.wav"):
        report.measure(served, config)


def test_written_files_are_read_back():
    waveform, *_ = tones(8000, 1)[3]
    rate, values = scipy.io.wavfile.read(io.BytesIO(report.wav(waveform)))
    assert rate == 8000
    np.testing.assert_allclose(values / 2**15, waveform, atol=2**-16)
