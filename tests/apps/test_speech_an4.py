"""The task an4: files of Sphinx, augmentation of cepstra, features, and the report."""

import types

import numpy as np
import pytest
import tensorflow as tf

from apps.speech import model
from apps.speech import report as digits_report
from apps.speech.an4 import augmentation, data, features, files, report
from apps.speech.app import Assets, MeasureConfig, TrainConfig
from keras_dl import layers, training
from keras_dl.application import UserError

_random = np.random.default_rng(0)
_TEXTS = ("GO", "A B C", "ENTER SIX", "TWO O", "STOP", "ONE TWO")
_HEARD = ("GO", "NEVER SAID")


def _directory(path, speakers=10, order="<"):
    """Writes utterances of some speakers, in the layout of AN4; returns their cepstra by name."""
    (path / "etc").mkdir(parents=True)
    written = {}
    for part, folder in (("train", "an4_clstk"), ("test", "an4test_clstk")):
        names, lines = [], []
        for number in range(speakers if part == "train" else 1):
            speaker = path / "feat" / folder / f"{part[:2]}{number:02}"
            speaker.mkdir(parents=True)
            for index in range(2):
                name = f"an{index}-{speaker.name}-b"
                cepstra = _random.normal(size=(30 + 8 * index + number, 13)).astype("float32")
                count = np.array(cepstra.size, f"{order}i4")
                content = count.tobytes() + cepstra.astype(f"{order}f4").tobytes()
                (speaker / f"{name}.mfc").write_bytes(content)
                names.append(f"{folder}/{speaker.name}/{name}")
                text = _TEXTS[(2 * number + index) % 6] if folder == "an4_clstk" else _HEARD[index]
                lines.append(f"<s> {text.lower()} </s> ({name})")
                written[name] = cepstra
        (path / "etc" / f"an4_{part}.fileids").write_text("\n".join(names) + "\n")
        (path / "etc" / f"an4_{part}.transcription").write_text("\n".join(lines) + "\n")
    return written


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    path = tmp_path_factory.mktemp("an4")
    _directory(path)
    return str(path)


@pytest.mark.parametrize("order", "<>")
def test_files_of_either_byte_order_are_read_and_speakers_split(order, tmp_path):
    written = _directory(tmp_path, order=order)
    config = MeasureConfig(task="an4", data=str(tmp_path))
    train, validation, test = (files.read(config, part) for part in ("train", "validation", "test"))
    assert {*validation.speakers} == {"tr04"} and len(train.texts) == 18
    assert not {*train.speakers} & {*validation.speakers, *test.speakers}
    assert test.texts == [*_HEARD]
    for index in range(2):
        np.testing.assert_array_equal(test.cepstra[index], written[f"an{index}-te00-b"])


def test_other_files_are_refused(tmp_path):
    config = MeasureConfig(task="an4", data=str(tmp_path / "none"))
    with pytest.raises(UserError, match="no directory"):
        files.read(config, "test")
    with pytest.raises(UserError, match="--held-out must be empty"):
        files.read(MeasureConfig(task="an4", held_out="fash"), "test")
    _directory(tmp_path / "none")
    (path,) = tmp_path.glob("none/feat/*/te00/an0-te00-b.mfc")
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(UserError, match="which is truncated"):
        files.read(config, "test")
    table = tmp_path / "none" / "etc" / "an4_test.transcription"
    table.write_text("GO (an0-te00-b)\n")
    with pytest.raises(UserError, match="none of an4test_clstk/te00/an1-te00-b"):
        files.read(config, "test")
    table.write_text("GO\n")
    with pytest.raises(UserError, match="transcriptions such as <s> GO </s>"):
        files.read(config, "test")


def test_a_changed_spectrum_is_warped_and_has_silent_bands():
    """A band of 40 is moved by at most a tenth of its number and one, or silenced with others."""
    moved = []
    for seed in range(50):
        matrix = augmentation.spectral_change(np.random.default_rng(seed))
        assert matrix.min() >= 0 and set(matrix.sum(1).round(6)) <= {0.0, 1.0}
        assert (matrix.sum(1) == 0).sum() <= 8
        position = (matrix @ np.arange(40))[matrix.sum(1) > 0]
        distance = position - np.flatnonzero(matrix.sum(1))
        assert (np.abs(distance) <= 0.1 * np.flatnonzero(matrix.sum(1)) + 1 + 1e-9).all()
        moved.append(distance.mean())
    assert min(moved) < -1 < 1 < max(moved)


def test_augmentation_without_change_leaves_cepstra(monkeypatch):
    cepstra = _random.normal(size=(40, 13)).astype("float32")
    assert {len(augmentation.augmented(cepstra, np.random.default_rng(k))) for k in range(40)} == {
        *range(35, 48)
    }
    monkeypatch.setattr(augmentation, "spectral_change", lambda random: np.eye(40))
    monkeypatch.setattr(augmentation, "_RATES", (1.0, 1.0))
    found = augmentation.augmented(cepstra, np.random.default_rng(0))
    np.testing.assert_allclose(found, cepstra - cepstra.mean(0), atol=1e-5)


def _expected_features(cepstra):
    """Returns the features of one utterance by loops over its frames."""

    def differences(values, reach):
        last = len(values) - 1
        return np.array(
            [values[min(t + reach, last)] - values[max(t - reach, 0)] for t in range(last + 1)]
        )

    first = differences(cepstra.astype("float64"), 2)
    values = np.concatenate([cepstra, first, differences(first, 1)], 1)
    return (values - values.mean(0)) / np.sqrt(values.var(0) + 1e-3)


def test_features_of_an_utterance_do_not_depend_on_its_batch():
    cepstra = _random.normal(size=(2, 12, 13)).astype("float32")
    found = features.features_of_cepstra(tf.constant(cepstra), tf.constant([12, 5]))
    for row, length in enumerate([12, 5]):
        assert found["mask"].numpy()[row].tolist() == [True] * length + [False] * (12 - length)
        expected = _expected_features(cepstra[row, :length])
        np.testing.assert_allclose(found["features"][row, :length], expected, atol=1e-4)
        assert not found["features"].numpy()[row, length:].any()


def test_sound_has_the_features_of_its_cepstra():
    waveforms = 0.1 * _random.normal(size=(2, 1500)).astype("float32")
    found = features.features(tf.constant(waveforms), tf.constant([1500, 730]))
    for row, length in enumerate([1500, 730]):
        cepstra = layers.MelCepstrum()(waveforms[row : row + 1, :length])[0].numpy()
        assert found["mask"].numpy()[row].sum() == len(cepstra)
        expected = _expected_features(cepstra)
        np.testing.assert_allclose(found["features"][row, : len(cepstra)], expected, atol=1e-3)


def test_batches_have_utterances_of_similar_length_and_pairs_of_one_speaker(directory):
    config = TrainConfig(task="an4", data=directory, num_examples=32, batch_size=8)
    found = data.training_data(config)
    words = {word for text in _TEXTS for word in text.split()}
    assert found.assets == Assets(0.0, "an4", tuple(sorted(words)))
    (inputs, targets, _), *_ = found.batches(tf.constant(0, "int64"))
    assert inputs["features"].shape[2] == 39 and targets["ctc"].shape[0] == 8
    assert sum(len(targets["ctc"]) for _, targets, _ in found.validation) == 2
    utterances = files.read(config, "train")
    draw, pairs = data.Examples(utterances), 0
    for number in range(20):
        batch = [draw(np.array([0, 0, number, row])) for row in range(5)]
        joined = [" ".join(words) not in utterances.texts for _, words in batch]
        assert len({*joined}) == 1
        pairs += joined[0]
    assert 0 < pairs < 15


def test_a_model_of_an4_has_words_and_reads_cepstra():
    assets = Assets(0.0, "an4", ("GO", "STOP"))
    config = TrainConfig(task="an4", units=3)
    built = model.build(config, training.TrainingData(None, 10, assets=assets))
    assert [output.shape[-1] for output in built.outputs] == [3, 3]
    endpoints = model.endpoints(built, assets)
    assert [*endpoints] == ["serving_default", "details", "cepstra"]
    cepstra = tf.constant(_random.normal(size=(1, 8, 13)), "float32")  # two steps of the encoder
    found = endpoints["cepstra"].function(cepstra, tf.constant([8]))
    assert found["text"].numpy()[0].decode() in ("", "GO", "STOP", "GO STOP", "STOP GO")
    assert 0 < found["confidence"].numpy()[0] < 1


def test_the_report_counts_words_characters_and_utterances(directory):
    """A model that hears only GO is right in one of the three words of GO and NEVER SAID."""

    def cepstra(cepstra, lengths):
        assert cepstra.shape == (2, 38, 13) and sorted(lengths.numpy()) == [30, 38]
        texts = tf.fill([2], "GO")
        return {"text": texts, "attention_text": texts, "ctc_text": tf.fill([2], "")}

    served = types.SimpleNamespace(signatures={"cepstra": cepstra})
    config = MeasureConfig(task="an4", data=directory)
    values = report.measure(served, config).values()
    assert values["word_errors"] == 2 / 3 and values["word_errors.ctc"] == 1.0
    assert values["utterances.unseen"] == 1 and values["word_errors.unseen"] == 1.0
    assert values["character_errors"] == 10 / 12 and values["utterance_errors"] == 0.5
    with pytest.raises(UserError, match="the model transcribes digits"):
        report.measure(types.SimpleNamespace(signatures={}), config)
    with pytest.raises(UserError, match="Add --task an4"):
        digits_report.measure(served, MeasureConfig(data="tones"))
