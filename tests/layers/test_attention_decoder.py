import random

import keras
import numpy as np
import pytest
from keras import ops
from numpy_cells import gates_of, gru_reset_after

from keras_dl import layers

PREVIOUS = np.array([[1, 2, 3], [4, 0, 1]])
MASK = np.array([[True, True, True, True], [True, False, True, False]])
FORMS = {
    "logits of state and context": {"attention_units": 2},
    "tanh layer": {"attention_units": 2, "output_units": 6},
    "tied": {"attention_units": 2, "output_units": 3, "tie_embedding": True},
    "one vector": {"attention_units": None},
    "one vector, tied": {"attention_units": None, "output_units": 3, "tie_embedding": True},
}


def _decoder(**options):
    return layers.AttentionDecoder(5, 3, 4, **options)


def _values(form, random):
    """Returns the values, of four time steps or one vector, and the arguments after them."""
    if FORMS[form]["attention_units"]:
        return random.normal(size=(2, 4, 3)), {"mask": MASK}
    return random.normal(size=(2, 3)), {}


def _loop(weights, values, initial, mask):
    """The formulas of the docstring in float64, one row and one token at a time."""
    outputs = np.zeros((2, 3, 5))
    gates = gates_of(gru_reset_after, [weights[f"cell/{name}"] for name in CELL])
    for row in range(2):
        state = np.tanh(initial[row] @ weights["start/kernel"] + weights["start/bias"])
        for time in range(3):
            context = values[row]
            if context.ndim == 2:
                energies = (
                    np.tanh(state @ weights["attention/W"] + values[row] @ weights["attention/U"])
                    @ weights["attention/v"]
                )
                shares = np.where(mask[row], np.exp(energies), 0.0)
                context = shares @ values[row] / shares.sum()
            token = weights["embedding/embeddings"][PREVIOUS[row, time]]
            state, _ = gru_reset_after(np.concatenate([token, context]), [state], gates)
            features = np.concatenate([state, context])
            if "hidden/kernel" in weights:
                features = np.tanh(features @ weights["hidden/kernel"] + weights["hidden/bias"])
            if "logits/kernel" in weights:
                outputs[row, time] = features @ weights["logits/kernel"] + weights["logits/bias"]
            else:
                outputs[row, time] = features @ weights["embedding/embeddings"].T + weights["bias"]
    return outputs


CELL = ("kernel", "recurrent_kernel", "bias")


@pytest.mark.parametrize("form", FORMS)
def test_logits_are_those_of_a_loop_in_float64(form):
    random = np.random.default_rng(0)
    values, masks = _values(form, random)
    initial = random.normal(size=(2, 2))
    decoder = _decoder(**FORMS[form], dropout=0.5)  # without effect outside training
    decoder(PREVIOUS, values, initial, **masks)
    weights = [random.normal(size=weight.shape) for weight in decoder.trainable_weights]
    for variable, weight in zip(decoder.trainable_weights, weights, strict=True):
        variable.assign(weight)
    names = [weight.path.split("/", 1)[1] for weight in decoder.trainable_weights]
    expected = _loop(dict(zip(names, weights, strict=True)), values, initial, MASK)
    logits = decoder(PREVIOUS, values, initial, **masks)
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)
    state = decoder.initial_state(values.astype("float32"), initial.astype("float32"), **masks)
    for time in range(3):
        log_probs, state = decoder.step(PREVIOUS[:, time], state)
        np.testing.assert_allclose(log_probs, ops.log_softmax(logits[:, time]), atol=1e-5)


def test_source_without_a_mask_has_no_padding():
    random = np.random.default_rng(0)
    values, initial = random.normal(size=(2, 4, 3)), random.normal(size=(2, 2))
    decoder = _decoder(attention_units=2)
    expected = decoder(PREVIOUS, values, initial, np.ones((2, 4), bool))
    np.testing.assert_allclose(decoder(PREVIOUS, values, initial), expected, atol=1e-6)
    weights = decoder.attention_weights(PREVIOUS, *map(np.float32, (values, initial)))
    assert weights.shape == (2, 3, 4)


def test_dropout_of_the_logits_draws_anew_at_each_step():
    decoder = _decoder(attention_units=None, dropout=0.5)
    arguments = PREVIOUS[:1], np.ones((1, 30)), np.ones((1, 2))
    decoder(*arguments)
    for weight in (*decoder.start.weights, *decoder.cell.weights):
        weight.assign(ops.zeros_like(weight))  # states are 0: features are the same at each step
    same, dropped = decoder(*arguments)[0], decoder(*arguments, training=True)[0]
    assert np.ptp(same, axis=0).max() == 0
    assert len(np.unique(dropped, axis=0)) == 3


def test_dropout_drops_values_of_the_embedding():
    decoder = layers.AttentionDecoder(5, 8, 1, None, dropout=0.5)
    arguments = np.ones((50, 1), int), np.zeros((50, 1)), np.zeros((50, 1))
    decoder(*arguments)
    decoder.embedding.embeddings.assign(np.ones((5, 8)))

    def different(**options):
        return len(np.unique(np.round(decoder(*arguments, **options)[:, 0, 0], 4)))

    # Dropout of the state alone would give two values, 0 and the double.
    assert different() == 1 and different(training=True) > 10


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"attention_units": 0}, r"\(5, 3, 4, 0, None\)"),
        ({"attention_units": None, "output_units": 0}, r"\(5, 3, 4, None, 0\)"),
        ({"attention_units": 2, "tie_embedding": True}, "output_units None, embedding_units 3"),
        ({"attention_units": 2, "dropout": 1.0}, r"dropout 1\.0"),
    ],
)
def test_arguments_are_checked(options, received):
    with pytest.raises(ValueError, match=received):
        _decoder(**options)


def test_values_must_fit_the_attention():
    with pytest.raises(ValueError, match=r"values \(2, 4, 3\), attention_units None"):
        _decoder(attention_units=None)(PREVIOUS, np.zeros((2, 4, 3)), np.zeros((2, 2)))


@pytest.mark.parametrize("tied", [True, False])
def test_embeddings_start_large_only_if_they_are_the_kernel_of_the_logits(tied):
    random.seed(3)
    decoder = layers.AttentionDecoder(500, 16, 4, None, 16, tie_embedding=tied)
    decoder.embedding.build((None, 1))
    embeddings = np.asarray(decoder.embedding.embeddings)
    random.seed(3)
    expected = keras.initializers.RandomNormal(stddev=1 / 4) if tied else "uniform"
    expected = keras.initializers.get(expected)((500, 16))
    np.testing.assert_array_equal(embeddings, expected)


def test_an_initializer_without_a_seed_draws_each_kernel_anew():
    normal = keras.initializers.RandomNormal()
    decoder = layers.AttentionDecoder(5, 3, 4, None, 4, kernel_initializer=normal)
    decoder.build((2, 1), (2, 4), (2, 8))
    start, hidden = (np.asarray(layer.kernel) for layer in (decoder.start, decoder.hidden))
    assert start.shape == hidden.shape == (8, 4)
    assert (start != hidden).all()
