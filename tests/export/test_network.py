"""Networks for ONNX and LiteRT are run in these runtimes, and equal the model."""

import keras
import numpy as np
import pytest

from keras_dl import export, layers, models
from keras_dl.export.network import with_length


@pytest.fixture(scope="module")
def attention():
    sizes = {"encoder_units": 3, "decoder_units": 4, "attention_units": 2}
    model = models.attention_seq2seq(7, 5, **sizes, seed=1)
    model.set_weights([5 * each for each in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def tagger():
    crf = layers.CRF(3, allowed_starts=[True, False, True], transitions_initializer="normal")
    return models.recurrent_tagger(9, 3, units=4, crf=crf)


@pytest.mark.parametrize("name", ["attention", "tagger"])
def test_without_loops_a_model_gives_the_same(name, request):
    model = request.getfixturevalue(name)
    random = np.random.default_rng(0)
    feeds = {
        each.name: random.integers(0, 5, (2, *[6] * (len(each.shape) - 1))).astype("int32")
        for each in model.inputs
    }
    feeds = feeds if len(feeds) > 1 else next(iter(feeds.values()))
    fixed = with_length(model, 6)
    assert {each.shape for each in fixed.inputs} <= {(None, 6), (None, 6, 6)}
    np.testing.assert_allclose(fixed(feeds), model(feeds), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("name", "format"), [("attention", "litert"), ("tagger", "onnx")])
@pytest.mark.slow
def test_a_recurrent_network_runs_elsewhere(name, format, request, tmp_path):
    path = tmp_path / export.NETWORK_FILES[format]
    model = request.getfixturevalue(name)
    assert export.export_network(model, path, format, length=4) < 1e-5
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_another_output_is_an_error_and_leaves_no_file(attention, tmp_path, monkeypatch):
    monkeypatch.setattr("keras_dl.export.network._run", lambda *_: [np.zeros((2, 5, 5))])
    monkeypatch.setattr(
        keras.Model, "export", lambda model, path, **_: path.write_bytes(b"a network")
    )
    with pytest.raises(ValueError, match="must be equal to those of the model"):
        export.export_network(attention, tmp_path / "network.onnx", "onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("path", "format", "length", "message"),
    [
        ("network.onnx", "torch", None, "format must be one of onnx, litert. Received 'torch'"),
        ("network.onnx", "litert", None, "path must end with .tflite. Received"),
        ("network.onnx", "onnx", 0, "length must be positive. Received 0"),
    ],
)
def test_wrong_arguments(attention, tmp_path, path, format, length, message):
    with pytest.raises(ValueError, match=message):
        export.export_network(attention, tmp_path / path, format, length=length)


def test_a_model_without_inputs_is_refused(tmp_path):
    class Own(keras.Model):
        pass

    with pytest.raises(ValueError, match="model must be functional"):
        export.export_network(Own(), tmp_path / "network.onnx", "onnx")
