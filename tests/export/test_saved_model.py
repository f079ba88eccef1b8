import importlib
import os
import runpy
import shutil
import subprocess

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl.export import export, load, parity, read_weights

WORDS = ["good", "bad"]
POLICIES = {"serving_default": "float32", "float16": "mixed_float16", "bfloat16": "mixed_bfloat16"}
TEXTS = ["a", "", "naïve\0text\0", "not so good at all"]


def reader(policy):
    """A model over character codes of any length."""
    codes = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(300, 8, mask_zero=True, dtype=policy)(codes)
    x = keras.layers.GRU(8, dtype=policy)(x)
    return keras.Model(codes, keras.layers.Dense(2, "softmax", dtype="float32")(x))


def endpoint(model, table=None):
    """A function from texts to words: strings in, strings out, the model in the middle."""

    def read(text, order):
        codes = tf.strings.unicode_decode(text, "UTF-8", errors="ignore").to_tensor()
        probabilities = model(tf.minimum(codes, 299))
        best = tf.argmax(probabilities, -1)
        outputs = {
            "word": tf.strings.join([tf.gather(tf.constant(WORDS), best), order], "-"),
            "probability": tf.reduce_max(probabilities, -1),
            "certain": tf.reduce_max(probabilities, -1) > 0.9,
            "features": tf.cast(probabilities, model.layers[-2].compute_dtype),
        }
        return outputs if table is None else {**outputs, "known": table.lookup(text)}

    return read, [tf.TensorSpec([None], tf.string, name=name) for name in ("text", "order")]


def numbers(factor=1.0):
    """A model and the cheapest endpoint, from numbers to numbers."""
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Rescaling(factor)(inputs))
    signature = [tf.TensorSpec([None, 2], tf.float32, name="x")]
    return model, {"serving_default": (lambda x: {"y": model(x)}, signature)}


ROWS = {"serving_default": {"x": [[1.0, 2.0]]}}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The live endpoints under three policies, and the path of their export."""
    keras.utils.set_random_seed(0)
    models = {name: reader(policy) for name, policy in POLICIES.items()}
    model = models["serving_default"]
    model.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a"], [7]), -1)
    endpoints = {name: endpoint(each) for name, each in models.items()}
    endpoints["serving_default"] = endpoint(model, model.table)
    examples = {
        "serving_default": {"text": np.array(TEXTS, object), "order": np.array(["x"] * 4)},
        "float16": {"text": np.array([b"one", b"three"]), "order": ["x", "y"]},
        "bfloat16": {"text": ["one"], "order": ["z"]},
    }
    path = tmp_path_factory.mktemp("export") / "new" / "saved_model"
    export(model, path, endpoints, examples)
    return endpoints, path


@pytest.fixture(scope="module")
def loaded(exported):
    return load(exported[1])


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("texts", [["b"], ["", "abc" * 30, "\0", "ü", "z"]])
def test_export_answers_other_batches_and_lengths_as_the_live_function(
    exported, loaded, name, texts
):
    inputs = {"text": tf.constant(texts), "order": tf.fill([len(texts)], "!")}
    live = exported[0][name][0](**inputs)
    reloaded = loaded.signatures[name](**inputs)
    assert set(reloaded) == set(live)
    for output, tensor in live.items():
        assert reloaded[output].dtype == tensor.dtype
        if tensor.dtype.is_floating:
            tensor, other = (tf.cast(t, tf.float32) for t in (tensor, reloaded[output]))
            np.testing.assert_allclose(other, tensor, atol=1e-6)
        else:
            np.testing.assert_array_equal(reloaded[output], tensor)


def test_export_leaves_only_the_saved_model(exported):
    _, path = exported
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o055 == 0o055 & ~_umask()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_each_weight_is_stored_once(exported):
    _endpoints, path = exported
    stored = sum(
        np.prod(shape)
        for _, shape in tf.train.list_variables(str(path / "variables" / "variables"))
    )
    weights = 3 * reader("float32").count_params()
    assert weights <= stored < 1.1 * weights


def older(path):
    """Stands for a SavedModel of an earlier export."""
    path.mkdir()
    (path / "saved_model.pb").write_bytes(b"old")
    return path


def reload_here(command, **options):
    """Does in this process what an export does in one that takes seconds to start."""
    with pytest.raises(SystemExit, match="without keras_dl"):  # its last word, which holds here
        runpy.run_path(str(parity.RELOAD))["run"](*map(str, command[-3:]))
    return subprocess.CompletedProcess(command, 0, "", "")


def test_export_replaces_an_older_one_and_a_difference_leaves_it(tmp_path, monkeypatch):
    monkeypatch.setattr(parity.subprocess, "run", reload_here)
    path = older(tmp_path / "model")
    model, endpoints = numbers(2.0)
    export(model, path, endpoints, ROWS)
    calls = []

    def counts(x):
        calls.append(x)
        return {"y": x, "count": x * 0.5 * len(calls)}

    endpoints["counting"] = (counts, endpoints["serving_default"][1])
    examples = {**ROWS, "counting": {"x": [[0.0, 0.0], [1.0, 3.0]]}}
    with pytest.raises(ValueError, match=r"counting, output count: largest difference 1.5"):
        export(model, path, endpoints, examples)
    assert [each.name for each in tmp_path.iterdir()] == ["model"]
    loaded = load(path)
    answer = loaded.signatures["serving_default"](x=tf.constant([[1.0, 2.0]]))
    np.testing.assert_array_equal(answer["y"], [[2.0, 4.0]])


def test_killed_export_leaves_the_older_one_and_the_next_takes_over(tmp_path, monkeypatch):
    (tmp_path / "whole").mkdir()
    path = older(tmp_path / "whole" / "model")
    module = importlib.import_module("keras_dl.export.saved_model")
    monkeypatch.setattr(module, "run_reloaded", lambda *_: {"serving_default": {}})
    monkeypatch.setattr(module, "compare", lambda *_: None)
    model, endpoints = numbers()
    killed = tmp_path / "killed"

    def kill(*_):
        # No line of ours runs after SIGKILL: what it leaves is what there is now.
        shutil.copytree(path.parent, killed)

    with monkeypatch.context() as patch:
        patch.setattr(module, "replace_directory", kill)
        export(model, path, endpoints, ROWS)
    path = killed / path.name
    assert (path / "saved_model.pb").read_bytes() == b"old"
    assert os.listdir(path) == ["saved_model.pb"]
    assert len(list(killed.iterdir())) == 2
    export(model, path, endpoints, ROWS)
    assert [each.name for each in killed.iterdir()] == [path.name]
    assert (path / "variables").is_dir()


def test_a_model_that_fails_by_itself_is_refused(tmp_path):
    model, endpoints = numbers()
    signature = endpoints["serving_default"][1]

    def fails(x):
        return {"y": tf.py_function(lambda x: x, [x], tf.float32)}

    with pytest.raises(ValueError, match=r"(?s)exit code 1.*pyfunc"):
        export(model, tmp_path / "model", {"serving_default": (fails, signature)}, ROWS)
    assert not list(tmp_path.iterdir())


X = tf.TensorSpec([None, 2], tf.float32, name="x")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"model": lambda x: x}, "must be a keras.Model. Received function"),
        ({"model": keras.Sequential()}, "must be built. Received sequential"),
        ({"endpoints": {"serve": (abs, [X])}}, r"Received \['serve'\]"),
        ({"endpoints": {"serving_default": ("abs", [X])}}, "Received serving_default: abs"),
        ({"endpoints": {"serving_default": (abs, [tf.TensorSpec([])])}}, "Received.*name=None"),
        ({"endpoints": {"serving_default": (abs, [X, X])}}, "different names. Received.*'x'"),
        ({"examples": {}}, r"Received examples \[\]"),
        ({"examples": {"serving_default": {"y": [[0, 0]]}}}, r"Received \['y'\]"),
        ({"examples": {"serving_default": {"x": [["a", "b"]]}}}, r"Received \[\['a', 'b'\]\]"),
        ({"examples": {"serving_default": {"x": [[1.0]]}}}, r"Received shape \(1, 1\)"),
        ({"examples": {"serving_default": {"x": np.zeros((0, 2))}}}, r"Received shape \(0, 2\)"),
    ],
)
def test_arguments_are_checked_before_anything_is_written(tmp_path, changed, message):
    model, endpoints = numbers()
    arguments = {"model": model, "endpoints": endpoints, "examples": ROWS, **changed}
    with pytest.raises((TypeError, ValueError), match=message):
        export(path=tmp_path / "model", **arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("files", [[], ["precious.txt"], ["saved_model.pb", "card.md"]])
def test_a_folder_that_is_no_saved_model_is_kept(tmp_path, files):
    model, endpoints = numbers()
    for name in files:
        (tmp_path / name).write_text(name)
    with pytest.raises(FileExistsError, match=f"Received path {tmp_path} with"):
        export(model, tmp_path, endpoints, ROWS)
    assert sorted(os.listdir(tmp_path)) == sorted(files)


def test_a_file_is_kept(tmp_path):
    model, endpoints = numbers()
    (tmp_path / "model").write_text("precious")
    with pytest.raises(FileExistsError, match=r"Received path .* with model"):
        export(model, tmp_path / "model", endpoints, ROWS)
    assert (tmp_path / "model").read_text() == "precious"


def test_functions_must_return_named_tensors(tmp_path):
    model, endpoints = numbers()
    endpoints["serving_default"] = (lambda x: x, endpoints["serving_default"][1])
    with pytest.raises(ValueError, match=r"serving_default must return a dict.*Received Tensor"):
        export(model, tmp_path / "model", endpoints, ROWS)
    assert not list(tmp_path.iterdir())


def test_a_table_outside_the_model_is_named(tmp_path):
    model, endpoints = numbers()
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([1], [2]), 0)
    signature = endpoints["serving_default"][1]
    endpoints = {
        "serving_default": (lambda x: {"y": table.lookup(tf.cast(x, tf.int32))}, signature)
    }
    with pytest.raises(ValueError, match="lookup tables must be attributes of the model"):
        export(model, tmp_path / "model", endpoints, ROWS)


def test_a_damaged_graph_is_not_loaded(exported, tmp_path):
    path = shutil.copytree(exported[1], tmp_path / "copy")
    graph = bytearray((path / "saved_model.pb").read_bytes())
    graph[graph.index(b"good")] ^= 1  # a letter of a vocabulary: TensorFlow cannot notice
    (path / "saved_model.pb").write_bytes(graph)
    with pytest.raises(ValueError, match=r"must match its checksum. Received path .*copy"):
        load(path)
    (path / "assets.extra" / "saved_model.crc32").unlink()  # as older exports, which have none
    load(path)


def test_load_tells_what_to_run(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"{tmp_path}.*python -m apps NAME export"):
        load(tmp_path)


def test_weights_in_half_precision_are_rounded_and_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(parity.subprocess, "run", reload_here)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((200,)), keras.layers.Dense(300, name="dense")])
    kernel, bias = model.get_weights()
    spec = [tf.TensorSpec([None, 200], "float32", "x")]
    given = {"x": np.random.default_rng(0).normal(size=(2, 200)).astype("float32")}
    function = {"serving_default": (lambda x: {"y": model(x)}, spec)}
    export(model, tmp_path / "half", function, {"serving_default": given}, half_precision=True)
    np.testing.assert_array_equal(model.get_weights()[0], kernel)  # the model keeps its weights
    rounded = kernel.astype("float16").astype("float32")
    assert np.any(rounded != kernel)
    found = load(tmp_path / "half").signatures["serving_default"](x=tf.constant(given["x"]))["y"]
    np.testing.assert_allclose(found, given["x"] @ rounded + bias, rtol=1e-4, atol=1e-5)
    stored = sum(each.stat().st_size for each in (tmp_path / "half" / "variables").iterdir())
    assert stored < 2.2 * kernel.size
    read_weights(tmp_path / "half", model)
    np.testing.assert_array_equal(model.get_weights()[0], rounded)
