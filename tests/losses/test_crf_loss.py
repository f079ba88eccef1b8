import json

import keras
import numpy as np
import pytest
from enumerated_paths import EnumeratedPaths
from gradients import value_and_gradient

from keras_dl.layers import CRF
from keras_dl.losses import CRFLoss

MASK = np.random.default_rng(1).random((12, 5)) < 0.6  # holes, padding on either side
MASK[3] = False
FORBIDDEN = [[True, True, False], [True, True, True], [True, True, True]]  # 0 before 2


def example():
    """A layer, emissions, tags with junk at masked steps, and the loss by enumeration."""
    random = np.random.default_rng(0)
    layer = CRF(3)
    layer.build((None, None, 3))
    layer.set_weights([random.normal(size=w.shape) for w in layer.weights])
    emissions = random.normal(size=(*MASK.shape, 3)).astype("float32")
    tags = random.integers(0, 3, MASK.shape)
    paths = [
        EnumeratedPaths(e, m, layer.get_weights()) for e, m in zip(emissions, MASK, strict=True)
    ]
    expected = [-path.log_likelihood(row) for path, row in zip(paths, tags, strict=True)]
    return layer, emissions, np.where(MASK, tags, -1), expected


def test_equals_the_enumeration_of_all_paths():
    layer, emissions, tags, expected = example()
    chain = layer(emissions, mask=MASK)
    losses = CRFLoss(reduction=None)(tags, chain)
    np.testing.assert_allclose(losses, expected, 1e-6, 1e-6)
    assert losses[3] == 0
    np.testing.assert_allclose(CRFLoss()(tags, chain), np.mean(expected), 1e-6)
    weights = np.arange(12) / 4
    weighted = CRFLoss(reduction="sum")(tags, chain, weights)
    np.testing.assert_allclose(weighted, np.dot(expected, weights), 1e-6)


def test_is_minus_the_likelihood_of_the_layer():
    layer, emissions, tags, _ = example()
    likelihood = layer.log_likelihood(emissions, tags, MASK)
    losses = CRFLoss(reduction=None)(tags, layer(emissions, mask=MASK))
    np.testing.assert_array_equal(losses, -likelihood)


def test_a_tag_of_which_there_is_only_one_costs_nothing():
    chain = CRF(1)(np.ones((2, 3, 1)), mask=np.array([[True, True, True], [False, True, False]]))
    np.testing.assert_array_equal(CRFLoss(reduction=None)(np.zeros((2, 3)), chain), [0, 0])


@pytest.mark.tensorflow  # JAX has no float64 by default
def test_float64_stays_float64():
    layer = CRF(3, dtype="float64")
    emissions = np.random.default_rng(0).normal(size=(2, 5, 3))
    tags = np.array([[0, 1, 2, 0, 1]] * 2)
    expected = [
        -EnumeratedPaths(e, [True] * 5, _zeros()).log_likelihood(tags[0]) for e in emissions
    ]
    losses = CRFLoss(reduction=None, dtype="float64")(tags, layer(emissions))
    np.testing.assert_allclose(losses, expected, 1e-13)


def _zeros():
    return np.zeros((3, 3)), np.zeros(3), np.zeros(3)


def test_what_is_forbidden_costs_much_but_never_nan():
    layer = CRF(3, FORBIDDEN)
    emissions = np.array([[[1e4, 0.0, -1e4]] * 3])
    layer.build(emissions.shape)
    tags = np.array([[0, 2, 9]])
    loss, gradient = value_and_gradient(lambda each: CRFLoss()(tags, layer(each)), emissions)
    assert 1e6 < loss < 1e8
    assert np.isfinite(gradient).all()


def tagger(units=3, policy="float32", mask=True):
    """Reads integers, of which 0 is padding."""
    tokens = keras.Input((None,), dtype="int32")
    vectors = keras.layers.Embedding(6, 4, mask_zero=mask)(tokens)
    emissions = keras.layers.Dense(units)(vectors)
    return keras.Model(tokens, CRF(units, FORBIDDEN, dtype=policy)(emissions))


def sentences(time=7):
    """The tag is 1 after a token above 3, else 0; nothing but the token before tells it."""
    tokens = np.random.default_rng(0).integers(1, 6, (64, time))
    tokens *= np.arange(time) < np.random.default_rng(1).integers(1, time + 1, (64, 1))
    tags = np.zeros_like(tokens)
    tags[:, 1:] = tokens[:, :-1] > 3
    return tokens, np.where(tokens, np.where(tokens % 2, 1, 1 - tags), 0)


@pytest.mark.parametrize(("policy", "jit"), [("float32", True), ("mixed_float16", False)])
def test_plain_fit_trains_a_tagger(policy, jit):
    tokens, tags = sentences()
    model = tagger(policy=policy)
    model.compile(keras.optimizers.Adam(0.1), CRFLoss(), jit_compile=jit)
    losses = model.fit(tokens, tags, batch_size=32, epochs=8, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0] / 2
    likelihood = model.layers[-1].log_likelihood
    vectors = model.layers[-2](model.layers[1](tokens))
    expected = -np.mean(likelihood(vectors, tags, tokens != 0))
    result = model.evaluate(tokens, tags, batch_size=64, verbose=0)
    np.testing.assert_allclose(result, expected, 1e-5)


JAX_STEP = """
import json, sys
import keras, numpy as np
model = keras.saving.load_model(sys.argv[1])
tokens, tags = (np.array(array) for array in json.load(open(sys.argv[2])))
loss = float(model.train_on_batch(tokens, tags))
print(json.dumps([keras.backend.backend(), loss, [w.tolist() for w in model.get_weights()]]))
"""


def test_a_compiled_model_is_saved_and_trains_on_elsewhere(tmp_path, jax_process):
    tokens, tags = sentences(time=3)  # each step more takes a second to compile
    model = tagger()
    model.compile(keras.optimizers.SGD(0.1), CRFLoss())
    model.save(tmp_path / "model.keras")
    (tmp_path / "data.json").write_text(json.dumps([tokens.tolist(), tags.tolist()]))
    printed = jax_process.run(JAX_STEP, tmp_path / "model.keras", tmp_path / "data.json")
    backend, loss, weights = json.loads(printed.splitlines()[-1])
    assert backend == "jax"
    np.testing.assert_allclose(loss, model.train_on_batch(tokens, tags), 1e-5)
    for one, other in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, 1e-5, 1e-6)
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded.loss, CRFLoss)
    np.testing.assert_allclose(loaded.train_on_batch(tokens, tags), loss, 1e-5)


@pytest.mark.parametrize(
    ("tags", "chain", "message"),
    [
        ((2, 4), (2, 4, 3), r"Received y_true \(2, 4\), y_pred \(2, 4, 3\)"),
        ((2, 4), (2, 4, 3, 2), r"y_pred \(2, 4, 3, 2\)"),
        ((2, 4, 1), (2, 4, 3, 3), r"y_true \(2, 4, 1\)"),
        ((2, 3), (2, 4, 3, 3), r"y_true \(2, 3\), y_pred \(2, 4, 3, 3\)"),
    ],
)
def test_errors_tell_what_was_received(tags, chain, message):
    with pytest.raises(ValueError, match=message):
        CRFLoss()(np.zeros(tags), np.zeros(chain))
