"""What every layer of keras_dl must survive. `check_layer` checks all of it for one layer."""

import inspect
import json
import warnings

import keras
import numpy as np
import tensorflow as tf
from layer_case import arrays, call, flat, forward_and_backward

HALF_PRECISIONS = {"mixed_float16": 1e-2, "mixed_bfloat16": 5e-2}
POLICIES = {"float32": 1e-6, **HALF_PRECISIONS}


def check_layer(case, folder, processes):
    """Runs all checks on a `Case`.

    Args:
        case: Case. The layer and its inputs.
        folder: pathlib.Path of an empty folder.
        processes: list of `FreshProcess`, in each of which the saved layer must work.
    """
    check_configuration(case)
    check_shapes(case)
    check_saving(case, folder, processes)
    check_export(case, folder)
    check_half_precision(case)
    check_jit(case)
    check_gradients(case)
    check_padding(case)
    check_everything_masked(case)
    check_mask(case)


def check_configuration(case):
    """Every argument comes back through JSON and does again what it did."""
    layer = case.built()
    config = layer.get_config()
    arguments = set(inspect.signature(type(layer).__init__).parameters) - {"self", "kwargs"}
    arguments -= {"name", "dtype", "trainable"}
    given = case.make_layer.keywords
    assert arguments <= set(given), f"the case must give {arguments - set(given)}"
    assert arguments <= set(config), f"get_config lacks {arguments - set(config)}"
    revived = type(layer).from_config(json.loads(json.dumps(config)))
    assert json.dumps(revived.get_config()) == json.dumps(config)
    for name in arguments:
        if isinstance(given[name], bool | int | float | str):
            assert config[name] == given[name], f"{name} {given[name]} became {config[name]}"
    call(revived, case.inputs)
    revived.set_weights(layer.get_weights())
    case.compare(arrays(call(revived, case.inputs)), arrays(call(layer, case.inputs)), 1e-6)


def check_shapes(case):
    """Symbolic calls know shapes and dtypes without batch and time, and make all the weights."""
    built = case.built()
    real = arrays(call(built, case.inputs))
    for unknown_time in (False, True):
        layer = case.make_layer()
        specs = keras.tree.flatten(call(layer, case.symbolic(unknown_time)))
        assert [w.shape for w in layer.weights] == [w.shape for w in built.weights]
        for number, (spec, array) in enumerate(zip(specs, real, strict=True)):
            assert spec.dtype == array.dtype, f"output {number}: {spec.dtype}, {array.dtype}"
            timed = unknown_time and number in case.padded_outputs
            known = (None, None, *array.shape[2:]) if timed else (None, *array.shape[1:])
            assert spec.shape == known, f"output {number}: {spec.shape}, {known}"
    assert case.computed_shapes() == [array.shape for array in real]


def check_saving(case, folder, processes):
    """A `.keras` file gives the same outputs here and in every fresh process."""
    layer = case.built()
    expected = arrays(call(layer, case.inputs))
    path = folder / "layer.keras"
    case.model(layer).save(path)
    loaded = keras.saving.load_model(path)
    case.compare(arrays(loaded(flat(case.inputs))), expected, 1e-6)
    for process in processes:
        outputs = process.predict(path, flat(case.inputs))
        case.compare(outputs, expected, 1e-5, f"in a process with {process.backend}")


def check_export(case, folder):
    """The SavedModel gives the same outputs under every policy, for another batch size too."""
    layers = [case.built(policy) for policy in POLICIES]
    case.model(*layers).export(folder / "exported", verbose=False)  # one for all: it takes seconds
    loaded = tf.saved_model.load(folder / "exported")
    for inputs in (case.inputs, case.row(0)):
        served = arrays(loaded.serve([tf.constant(array) for array in flat(inputs)]))
        for layer, (policy, tolerance) in zip(layers, POLICIES.items(), strict=True):
            expected = arrays(call(layer, inputs))
            mine, served = served[: len(expected)], served[len(expected) :]
            case.compare(mine, expected, tolerance, f"exported as {policy}")
        assert not served


def check_half_precision(case):
    """Half precision is near float32, in the compute dtype, with float32 weights."""
    layer = case.built()
    exact = arrays(call(layer, case.inputs))
    for policy, tolerance in HALF_PRECISIONS.items():
        half = case.built(policy, layer.get_weights())
        assert [w.dtype for w in half.weights] == [w.dtype for w in layer.weights]
        outputs, gradients = map(arrays, forward_and_backward(half, case.inputs))
        specs = keras.tree.flatten(call(half, case.symbolic()))
        for number, (spec, output, reference) in enumerate(zip(specs, outputs, exact, strict=True)):
            halved = reference.dtype == "float32" and number not in case.float32_outputs
            dtype = half.compute_dtype if halved else reference.dtype
            assert output.dtype == dtype, f"output {number} is {output.dtype} under {policy}"
            assert spec.dtype == dtype, f"output {number} is {spec.dtype} in a model of {policy}"
            if reference.dtype == "float32":
                case.compare([output.astype("float32")], [reference], tolerance, policy)
        finite = all(np.isfinite(gradient.astype("float32")).all() for gradient in gradients)
        assert finite, f"gradients, {policy}"


def check_jit(case):
    """XLA gives the same outputs, and the same gradients unless `supports_jit` is False."""
    layer = case.built()
    outputs, gradients = map(arrays, forward_and_backward(layer, case.inputs))
    inputs = keras.tree.map_structure(tf.constant, case.inputs)
    run = forward_and_backward if layer.supports_jit else lambda *given: (call(*given), gradients)
    compiled = tf.function(lambda inputs: run(layer, inputs), jit_compile=True)
    jit_outputs, jit_gradients = map(arrays, compiled(inputs))
    case.compare(jit_outputs, outputs, 1e-5, "outputs under XLA")
    case.compare(jit_gradients, gradients, 1e-4, "gradients under XLA")


def check_gradients(case):
    """Gradients are finite and reach every weight."""
    layer = case.built()
    _, gradients = map(arrays, forward_and_backward(layer, case.inputs))
    for weight, gradient in zip(layer.trainable_weights, gradients, strict=False):
        assert np.isfinite(gradient).all(), f"the gradient of {weight.path} is not finite"
        reached = gradient.any() or weight.name in case.learnt_by_loss
        assert reached, f"no gradient reaches {weight.path}"
    assert all(np.isfinite(gradient).all() for gradient in gradients), "gradients of the inputs"


def check_padding(case):
    """Each row of a padded batch gives what it gives alone without padding, whatever pads it."""
    layer = case.built()
    if not case.padded:
        accepted = inspect.signature(layer.call).parameters
        assert "mask" not in accepted, "the layer takes a mask: the case must name what it pads"
        return
    rows, time = case.inputs["mask"].shape
    lengths = [max(1, time - row) for row in range(rows)]
    alone = [arrays(call(layer, case.row(row, lengths[row]))) for row in range(rows)]
    random = np.random.default_rng(0)
    functions = {
        "right": lambda length: np.arange(length),
        "left": lambda length: np.arange(time + 2 - length, time + 2),
        "holes": lambda length: np.sort(random.choice(time + 2, length, replace=False)),
    }
    for side, function in functions.items():
        kept = [function(length) for length in lengths]
        outputs = arrays(call(layer, case.spread(kept, time + 2, random)))
        for row, number in np.ndindex(rows, len(outputs)):
            output = outputs[number][row]
            output = output[kept[row]] if number in case.padded_outputs else output
            where = f"output {number} of row {row}, padding: {side}"
            case.compare([output], [alone[row][number][0]], 1e-5, where)


def check_everything_masked(case):
    """A row of padding alone has outputs that do not depend on it, and finite gradients."""
    if not case.padded:
        return
    random = np.random.default_rng(0)
    rows, time = case.inputs["mask"].shape
    kept = [np.arange(time if row else 0) for row in range(rows)]
    inputs, others = (case.spread(kept, time, random) for _ in range(2))
    for policy in POLICIES:
        layer = case.built(policy)
        outputs, gradients = map(arrays, forward_and_backward(layer, inputs))
        other_outputs = arrays(call(layer, others))
        for number, (output, other) in enumerate(zip(outputs, other_outputs, strict=True)):
            assert np.isfinite(output.astype("float32")).all(), f"output {number}, {policy}"
            if number not in case.padded_outputs:
                case.compare([output], [other], 1e-6, f"all masked, output {number}, {policy}")
        finite = all(np.isfinite(gradient.astype("float32")).all() for gradient in gradients)
        assert finite, f"gradients, {policy}"


def check_mask(case):
    """Outputs with the leading axes of the first input, `(batch, time)`, carry its mask on."""
    first, *_ = case.inputs
    values = case.inputs[first]
    if not isinstance(values, np.ndarray) or values.ndim < 3 or case.no_mask:
        return
    values = values * (np.arange(values.shape[1]) > 0).reshape(-1, *[1] * (values.ndim - 2))
    masked = keras.layers.Masking()(values.astype(case.inputs[first].dtype))
    inputs = {**case.inputs, first: masked}
    inputs.pop("mask", None)  # Keras hands over the one of the first input
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of what the assertion says
        outputs = keras.tree.flatten(call(case.built(), inputs))
    for number, output in enumerate(outputs):
        if tuple(output.shape[:2]) == values.shape[:2]:
            seen = _Seen()
            seen(output)
            assert seen.mask is not None, f"output {number} has lost the mask of {first}"
            assert not arrays(seen.mask)[0][:, 0].any()


class _Seen(keras.layers.Layer):
    """Keeps the mask of what it is called on."""

    supports_masking = True

    def call(self, inputs, mask=None):
        self.mask = mask
        return inputs
