import keras
import numpy as np
import pytest

from keras_dl import layers, losses, models


def _tagger(**options):
    return models.recurrent_tagger(30, 3, embedding_units=4, units=6, dropout=0.2, **options)


def _inputs(random, batch=4, time=7):
    words = random.integers(1, 30, (batch, time)).astype("int32")
    characters = random.integers(1, 200, (batch, time, 9)).astype("int32")
    return {"words": words, "characters": characters}


@pytest.mark.parametrize("crf", [False, True])
def test_padding_changes_nothing(crf):
    model = _tagger(crf=layers.CRF(3) if crf else None)
    inputs = _inputs(np.random.default_rng(0))
    expected = np.asarray(model(inputs))
    assert expected.shape == ((4, 7, 3, 3) if crf else (4, 7, 3))
    words = np.pad(inputs["words"], ((0, 0), (0, 3)))
    characters = np.pad(inputs["characters"], ((0, 0), (0, 3), (0, 2)))
    found = np.asarray(model({"words": words, "characters": characters}))
    np.testing.assert_allclose(found[:, :7], expected, atol=1e-6)


def test_both_sides_of_a_word_count_and_its_characters_do():
    model = _tagger()
    inputs = _inputs(np.random.default_rng(1), batch=1)
    before = np.asarray(model(inputs))
    for name, indices in (("words", [(0, 0), (0, 6)]), ("characters", [(0, 0, 0), (0, 6, 8)])):
        for index in indices:
            changed = {key: array.copy() for key, array in inputs.items()}
            changed[name][index] = changed[name][index] % 29 + 1
            assert np.abs(np.asarray(model(changed)) - before)[0, 3].max() > 1e-7


def test_learns_with_plain_fit_and_survives_saving(tmp_path):
    keras.utils.set_random_seed(3)
    random = np.random.default_rng(2)
    inputs = _inputs(random, batch=32)
    tags = (inputs["words"] % 3).astype("int32")
    model = _tagger(crf=layers.CRF(3, name="crf"))
    model.compile(keras.optimizers.Adam(0.05), losses.CRFLoss(), jit_compile=False)
    history = model.fit(inputs, tags, epochs=30, batch_size=16, verbose=0).history["loss"]
    assert history[-1] < history[0] / 3
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(np.asarray(loaded(inputs)), np.asarray(model(inputs)), atol=1e-6)
    emissions = keras.Model(model.inputs, model.get_layer("emissions").output)(inputs)
    found = np.asarray(model.get_layer("crf").decode(emissions))
    assert (found == tags).mean() > 0.9


def test_refuses_a_crf_of_another_size():
    with pytest.raises(ValueError, match="num_tags 4"):
        _tagger(crf=layers.CRF(4))
