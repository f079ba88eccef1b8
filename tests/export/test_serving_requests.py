"""The requests of docs/guides/requests.md against SavedModels, decoded as TensorFlow Serving does.

The decoder follows the documentation of the server's REST interface and shares no code with this
package. What it yields is put into the `PredictRequest` of the package tensorflow-serving-api.
"""

import base64
import json
import re

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2
from tensorflow_serving.apis import predict_pb2

from apps import APPLICATIONS
from keras_dl import export

MODELS = [path for app in APPLICATIONS for path in app.models]
ROOT = MODELS[0].parents[1]
GUIDE = (ROOT / "docs" / "guides" / "requests.md").read_text("utf-8")
SECTION = re.compile(
    r"^### (\w+) of (\w+)\n\n\* in: (.*)\n\* out: (.*)\n\n```\w+\n(.*)\n```$", re.M
)
# Axes that the signature leaves free: another one than the batch, and one with a fixed size.
OWN_AXIS = {("gallery", "any"), ("names", "any")}
FREE_SIZES = {"code": 50}


def _signatures(path):
    """Returns the signatures in the MetaGraphDef of a shipped SavedModel."""
    model = saved_model_pb2.SavedModel()
    model.ParseFromString((path / "saved_model.pb").read_bytes())
    found = model.meta_graphs[0].signature_def
    return {name: found[name] for name in found if not name.startswith("__")}


def _shape(info):
    return [None if each.size == -1 else each.size for each in info.tensor_shape.dim]


def _listed(infos):
    """Returns the list of inputs or outputs as the guide has it."""
    parts = []
    for name, info in sorted(infos.items()):
        sizes = [str(size or ("any" if axis else "n")) for axis, size in enumerate(_shape(info))]
        if sizes and (name, "any") in OWN_AXIS:
            sizes[0] = "any"
        parts.append(f"`{name}` {tf.as_dtype(info.dtype).name} `[{', '.join(sizes)}]`")
    return ", ".join(parts)


def _expanded(value, shape, name):
    """Replaces `"..."` at the end of lists by repetitions of the value before it."""
    if not isinstance(value, list):
        return value
    values = [_expanded(each, shape[1:], name) for each in value if each != "..."]
    if value[-1] != "...":
        return values
    return values + values[-1:] * ((shape[0] or FREE_SIZES[name]) - len(values))


def _leaf(value, dtype):
    """Converts a JSON value as the server does, which never guesses a type."""
    if dtype == "string":
        if isinstance(value, dict):
            assert list(value) == ["b64"]
            return base64.b64decode(value["b64"], validate=True)
        assert isinstance(value, str)
        return value.encode()
    if dtype == "bool":
        assert isinstance(value, bool)
    else:
        kinds = (int, float) if dtype.startswith("float") else int
        assert isinstance(value, kinds) and not isinstance(value, bool)
        if "int" in dtype:
            assert np.iinfo(dtype).min <= value <= np.iinfo(dtype).max
    return value


def _tensor(value, info, shape):
    """Returns the array of a nested list, which must have one length along each axis."""
    dtype = tf.as_dtype(info.dtype).name

    def leaves(item):
        return [leaves(each) for each in item] if isinstance(item, list) else _leaf(item, dtype)

    array = np.array(leaves(value), dtype=object if dtype == "string" else dtype)
    assert array.ndim == len(shape)
    assert all(size in (None, found) for size, found in zip(shape, array.shape, strict=True))
    return array


def decode(text, signatures):
    """Decodes a REST request into a signature name and a dict of arrays.

    Args:
        text: JSON, in which `...` may end a list.
        signatures: dict of `SignatureDef`.
    """
    body = json.loads(re.sub(r", \.\.\.\]", ', "..."]', text))
    name = body.pop("signature_name")
    ((form, given),) = body.items()
    inputs, outputs = signatures[name].inputs, signatures[name].outputs
    if form == "inputs":
        assert given.keys() == set(inputs)
        columns = {key: _expanded(value, _shape(inputs[key]), key) for key, value in given.items()}
    else:
        assert form == "instances" and given
        assert all(row.keys() == set(inputs) for row in given)
        columns = {
            key: [_expanded(row[key], _shape(info)[1:], key) for row in given]
            for key, info in inputs.items()
        }
        for key, info in [*inputs.items(), *outputs.items()]:
            assert _shape(info)[:1] == [None], f"{key} has no batch axis: use inputs"
            assert (key, "any") not in OWN_AXIS, f"{key} has an axis of its own: use inputs"
    return name, {key: _tensor(columns[key], inputs[key], _shape(inputs[key])) for key in inputs}


@pytest.fixture(scope="module")
def sections():
    """The sections of the guide: model, signature, inputs, outputs and request."""
    return [(model, signature, *rest) for signature, model, *rest in SECTION.findall(GUIDE)]


def test_the_guide_has_each_signature_once(sections):
    expected = sorted((path.name, name) for path in MODELS for name in _signatures(path))
    assert sorted((model, signature) for model, signature, *_ in sections) == expected
    assert GUIDE.count("\n### ") == len(expected)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.name)
def test_requests_have_the_names_types_and_shapes_of_the_signatures(path, sections):
    signatures = _signatures(path)
    for model, signature, inputs, outputs, text in sections:
        if model != path.name:
            continue
        definition = signatures[signature]
        assert inputs == _listed(definition.inputs), signature
        assert outputs == _listed(definition.outputs), signature
        name, arrays = decode(text, signatures)
        assert name == signature
        request = predict_pb2.PredictRequest()
        request.model_spec.name, request.model_spec.signature_name = model, name
        for key, array in arrays.items():
            dtype = definition.inputs[key].dtype
            request.inputs[key].CopyFrom(tf.make_tensor_proto(array, dtype=dtype))
        received = predict_pb2.PredictRequest.FromString(request.SerializeToString())
        for key, array in arrays.items():
            proto = received.inputs[key]
            assert proto.dtype == definition.inputs[key].dtype
            np.testing.assert_array_equal(tf.make_ndarray(proto), array)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.name)
def test_bytes_among_the_outputs_are_named_so(path):
    """The server returns any other string as text, which a PNG file is not."""
    encoded = {"png", "jpeg", "wav", "gif", "image", "audio"}
    for definition in _signatures(path).values():
        for name, info in definition.outputs.items():
            if tf.as_dtype(info.dtype) == tf.string:
                assert name.endswith("_bytes") or not encoded & set(name.split("_")), name


@pytest.mark.parametrize(
    "request_",
    [
        '"instances": [{"x": 1, "size": 2}]',
        '"inputs": {"x": [1]}',
        '"inputs": {"x": 1, "size": 2}',
        '"inputs": {"x": [[1]], "size": 2}',
        '"inputs": {"x": [1], "size": 2.0}',
        '"inputs": {"x": [1], "size": true}',
        '"inputs": {"x": ["1"], "size": 2}',
    ],
)
def test_the_decoder_refuses_what_the_server_refuses(request_):
    definition = meta_graph_pb2.SignatureDef()
    x, size = definition.inputs["x"], definition.inputs["size"]
    x.dtype, size.dtype = tf.float32.as_datatype_enum, tf.int32.as_datatype_enum
    x.tensor_shape.CopyFrom(tf.TensorShape([None]).as_proto())
    definition.outputs["y"].CopyFrom(x)
    good = '{"signature_name": "f", "inputs": {"x": [1, 2.5], "size": 2}}'
    assert decode(good, {"f": definition})[1]["x"].tolist() == [1, 2.5]
    with pytest.raises(AssertionError):
        decode(f'{{"signature_name": "f", {request_}}}', {"f": definition})


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.name)
def test_models_answer_the_requests(path, sections):
    signatures, served = _signatures(path), export.load(path)
    for model, signature, *_, text in sections:
        if model == path.name:
            name, arrays = decode(text, signatures)
            given = {
                key: tf.constant(array, tf.as_dtype(signatures[name].inputs[key].dtype))
                for key, array in arrays.items()
            }
            found = served.signatures[signature](**given)
            assert found.keys() == set(signatures[signature].outputs)
