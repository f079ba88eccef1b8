import keras
import numpy as np
import pytest

from keras_dl.callbacks import ClippedShare
from keras_dl.optimizers import ClippedAdam

IDS = np.array([[1, 1, 1], [2, 0, 2], [0, 1, 2], [3, 3, 0]])
TARGETS = np.array([[4.0], [-1.0], [0.5], [2.0]])
TABLE = np.array([[0.1, 0.2], [-0.3, 0.4], [0.5, 0.0], [0.2, -0.1]])
KERNEL = np.array([[0.5], [-1.0]])


def _model(learning_rate=0.0, global_clipnorm=4.0, **compile_options):
    """Squared error of a linear function of the mean of embeddings."""
    model = keras.Sequential(
        [
            keras.Input((3,), dtype="int32"),
            keras.layers.Embedding(4, 2),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(1, use_bias=False, dtype="float32"),
        ]
    )
    model.set_weights([TABLE, KERNEL])
    model.compile(ClippedAdam(learning_rate, global_clipnorm), "mse", **compile_options)
    return model


def _gradients():
    """Those of each example by hand: of the table and of the kernel."""
    for ids, target in zip(IDS, TARGETS, strict=True):
        mean = TABLE[ids].mean(0)
        error = 2 * (mean @ KERNEL - target)
        table = np.zeros_like(TABLE)
        for token in ids:
            table[token] += error * KERNEL[:, 0] / 3
        yield table, np.outer(mean, error)


def _norms():
    return np.array([np.sqrt(sum(np.sum(g**2) for g in pair)) for pair in _gradients()])


@pytest.mark.parametrize(
    ("policy", "jit_compile"),
    [("float32", False), ("float32", True), ("mixed_bfloat16", True), ("mixed_float16", True)],
)
def test_share_is_that_of_numpy(policy, jit_compile):
    """Without the sum over repeated tokens, the last gradient would pass as short enough."""
    keras.config.set_dtype_policy(policy)
    assert list(_norms() > 3.1) == [True, False, False, True]
    model = _model(global_clipnorm=3.1, jit_compile=jit_compile)
    fit = {"batch_size": 1, "shuffle": False, "verbose": 0, "callbacks": [ClippedShare()]}
    shares = model.fit(IDS, TARGETS, epochs=6, **fit).history["clipped_share"]
    # The loss scale of float16 is too high at first: the longest gradient overflows.
    expected = [1 / 3] * 3 + [1 / 2] * 3 if policy == "mixed_float16" else [1 / 2] * 6
    assert shares == expected


def test_weights_move_by_the_clipped_gradient():
    """A tenth of it is Adam's first moment then, a thousandth of its square the second."""
    model = _model(global_clipnorm=1.0)
    model.fit(IDS[:1], TARGETS[:1], verbose=0)
    table, kernel = next(_gradients())
    norm = _norms()[0]
    assert norm > 1
    variables = {v.path.split("/")[-1]: v.numpy() for v in model.optimizer.variables}
    moments = {name: value for name, value in variables.items() if value.ndim == 2}
    expected = [g * s for g in (table / norm, kernel / norm) for s in (0.1, 0.001 * g)]
    for found, wanted in zip(moments.values(), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5)
    assert variables["clipped_steps"] == variables["applied_steps"] == 1


def test_short_gradients_make_the_steps_of_adam():
    models = [_model(0.1, 1e6), _model(0.1)]
    models[1].compile(keras.optimizers.Adam(0.1), "mse")
    ids = np.array([[0, 1, 2], [3, 1, 0]])  # without repetition, where Keras is right
    for model in models:
        model.fit(ids[:1], TARGETS[:1], epochs=3, verbose=0)
    for ours, theirs in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_it_survives_its_config():
    optimizer = ClippedAdam(0.01, 0.5, beta_2=0.9)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(optimizer))
    assert type(again) is ClippedAdam and again.get_config() == optimizer.get_config()


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        ({"global_clipnorm": 0.0}, "global_clipnorm 0.0"),
        ({"global_clipnorm": float("nan")}, "global_clipnorm nan"),
        ({"gradient_accumulation_steps": 2}, "gradient_accumulation_steps 2"),
    ],
)
def test_arguments_are_checked(arguments, received):
    with pytest.raises(ValueError, match=received):
        ClippedAdam(**arguments)


def test_share_of_another_optimizer_is_refused():
    model = _model()
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="Received SGD"):
        model.fit(IDS, TARGETS, verbose=0, callbacks=[ClippedShare()])
