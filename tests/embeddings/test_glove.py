import keras
import numpy as np
import pytest
import scipy.optimize

from keras_dl import embeddings

VOCABULARY, UNITS = 12, 4
RATE = 1 / 16  # Keras keeps it in float32, where 0.05 would be off by 1.5e-8
NAMES = ("words", "contexts", "word_biases", "context_biases")


def _counted(seed=0, vocabulary_size=VOCABULARY):
    random = np.random.default_rng(seed)
    share = 1 / np.arange(1, vocabulary_size + 1)
    documents = [random.choice(vocabulary_size, 30, p=share / share.sum()) for _ in range(20)]
    return embeddings.cooccurrences(documents, vocabulary_size, window=4)


def _model(**options):
    options = {"units": UNITS, "x_max": 10.0, "dtype": "float64", **options}
    model = embeddings.glove(VOCABULARY, **options)
    model.compile(keras.optimizers.Adagrad(RATE, initial_accumulator_value=1), jit_compile=False)
    return model


def _weights(model):
    return {name: getattr(model, name).numpy() for name in NAMES}


def _dense_objective(flat, rows, columns, counts, x_max=10.0, alpha=0.75):
    """The sum over the whole matrix, with what does not occur weighing nothing."""
    matrix = np.zeros((VOCABULARY, VOCABULARY))
    matrix[rows, columns] = counts
    occurs = matrix > 0
    cuts = np.cumsum([VOCABULARY * UNITS] * 2 + [VOCABULARY])
    words, contexts, word_biases, context_biases = np.split(flat, cuts)
    words, contexts = words.reshape(-1, UNITS), contexts.reshape(-1, UNITS)
    scores = words @ contexts.T + word_biases[:, None] + context_biases
    weights = np.where(matrix < x_max, (matrix / x_max) ** alpha, 1.0) * occurs
    return np.sum(weights * (scores - np.log(np.where(occurs, matrix, 1))) ** 2) / 2


def _flat(weights):
    return np.concatenate([weights[name].ravel() for name in NAMES])


def _with_larger_weights(model):
    """First vectors are so small that a mistake in their product would not show."""
    random = np.random.default_rng(1)
    model.set_weights([random.normal(size=weight.shape) for weight in model.get_weights()])
    return model


def test_loss_is_the_objective_of_the_paper():
    counted = _counted()
    model = _with_larger_weights(_model())
    data, _ = embeddings.glove_batches(*counted, batch_size=7)
    wanted = _dense_objective(_flat(_weights(model)), *counted) / len(counted[0])
    np.testing.assert_allclose(model.evaluate(data(0), verbose=0), wanted, rtol=1e-13)
    whole, _ = embeddings.glove_batches(*counted, batch_size=10**6)
    shown = model.fit(whole(0), verbose=0, shuffle=False).history["loss"]
    np.testing.assert_allclose(shown, [wanted], rtol=1e-13)


def _accumulators(model):
    return dict(zip(NAMES, model.optimizer.variables[-len(NAMES) :], strict=True))


def _learn(model, rows, columns, counts):
    """Returns the gradient that one step on the pairs took, which its size tells."""
    before = _weights(model)
    model.train_on_batch((rows, columns), counts)
    roots = {name: np.sqrt(v.numpy() + 1e-7) for name, v in _accumulators(model).items()}
    return {
        name: (before[name] - new) / RATE * roots[name] for name, new in _weights(model).items()
    }


def test_gradient_over_the_corpus_is_that_of_the_dense_objective():
    """The objective is quadratic in each number: central differences are exact at any width."""
    counted = _counted()
    model = _with_larger_weights(_model())
    start = _flat(_weights(model))
    found = _flat(_learn(model, *counted))
    sides = np.eye(len(start))
    wanted = [
        (_dense_objective(start + side, *counted) - _dense_objective(start - side, *counted)) / 2
        for side in sides
    ]
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9 * np.abs(wanted).max())
    numeric = scipy.optimize.approx_fprime(start, _dense_objective, 1e-7, *counted)
    np.testing.assert_allclose(found, numeric, rtol=1e-4, atol=1e-3)


def test_each_pair_adds_its_own_square_to_the_accumulators():
    counted = _counted()
    model = _with_larger_weights(_model())
    start = model.get_weights()
    squares = {name: np.ones_like(weight) for name, weight in _weights(model).items()}
    other = _model()
    for number in range(len(counted[0])):
        other.set_weights(start)
        alone = _learn(other, *(array[number : number + 1] for array in counted))
        for name, accumulator in _accumulators(other).items():
            squares[name] += alone[name] ** 2
            accumulator.assign(np.ones(accumulator.shape))
    _learn(model, *counted)
    for name, accumulator in _accumulators(model).items():
        np.testing.assert_allclose(accumulator.numpy(), squares[name], rtol=1e-6)


def test_without_common_words_a_step_is_that_of_keras():
    rows, columns, counts = np.array([2, 5, 7]), np.array([5, 2, 9]), np.array([1.0, 30.0, 0.5])
    model = _with_larger_weights(_model())
    variables = [keras.Variable(weight, dtype="float64") for weight in _weights(model).values()]
    optimizer = keras.optimizers.Adagrad(RATE, initial_accumulator_value=1)
    for _ in range(3):
        gradients = _learn(model, rows, columns, counts)
        optimizer.apply([gradients[name] for name in NAMES], variables)
    for name, variable in zip(NAMES, variables, strict=True):
        np.testing.assert_allclose(getattr(model, name).numpy(), variable.numpy(), rtol=1e-12)


def test_it_comes_near_the_minimum_that_scipy_finds():
    counted = _counted()
    model = _model(seed=3)
    best = scipy.optimize.minimize(
        _dense_objective, _flat(_weights(model)), counted, "L-BFGS-B", options={"maxfun": 10**5}
    )
    data, _ = embeddings.glove_batches(*counted, batch_size=16)
    model.compile(keras.optimizers.Adagrad(0.3, initial_accumulator_value=1))
    first = model.evaluate(data(0), verbose=0)
    model.fit(data(0).repeat(150), verbose=0, shuffle=False)
    last = model.evaluate(data(0), verbose=0)
    assert best.fun / len(counted[0]) < last < first / 20


def test_compiled_and_not_are_the_same():
    found = []
    for jit_compile in (False, True):
        model = _with_larger_weights(_model())
        model.compile(
            keras.optimizers.Adagrad(RATE, initial_accumulator_value=1), jit_compile=jit_compile
        )
        data, _ = embeddings.glove_batches(*_counted(), batch_size=20)
        model.fit(data(0), verbose=0, shuffle=False)
        found.append(_flat(_weights(model)))
    np.testing.assert_allclose(*found, rtol=1e-9)


def test_the_result_is_the_sum_of_both_vectors():
    model = _model()
    wanted = model.words.numpy() + model.contexts.numpy()
    np.testing.assert_allclose(model.word_vectors, wanted, rtol=1e-6)
    assert model.word_vectors.dtype == "float32"
    scores = model((np.array([2]), np.array([3])))
    words, contexts, word_biases, context_biases = _weights(model).values()
    wanted = words[2] @ contexts[3] + word_biases[2] + context_biases[3]
    np.testing.assert_allclose(scores, wanted, rtol=1e-12)


def test_weights_and_loss_are_float32_in_half_precision():
    keras.config.set_dtype_policy("mixed_float16")
    counted = [np.array([2, 3]), np.array([3, 2]), np.array([1e7, 1e-7])]
    model = _model(dtype=None)
    history = model.fit(embeddings.glove_batches(*counted)[0](0), verbose=0, shuffle=False).history
    assert np.isfinite(history["loss"]).all() and np.isfinite(model.word_vectors).all()
    assert model.words.dtype == "float32"


def test_it_comes_back_from_a_file_and_goes_on(tmp_path):
    data, _ = embeddings.glove_batches(*_counted(), batch_size=20)
    model = _model(dtype="float32")
    model.fit(data(0), verbose=0, shuffle=False)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    for each in (model, again):
        each.fit(data(1), verbose=0, shuffle=False)
    np.testing.assert_array_equal(again.word_vectors, model.word_vectors)
    assert again.x_max == 10


def test_batches_have_each_pair_once_in_an_order_of_their_epoch():
    counted = _counted()
    data, steps = embeddings.glove_batches(*counted, batch_size=7, seed=5)
    epochs = []
    for epoch in (0, 0, 1):
        batches = [(*pair, counts) for pair, counts in data(epoch).as_numpy_iterator()]
        assert len(batches) == steps and {len(batch[0]) for batch in batches[:-1]} == {7}
        epochs.append([np.concatenate(parts) for parts in zip(*batches, strict=True)])
    for one, other in zip(epochs[0], epochs[1], strict=True):
        np.testing.assert_array_equal(one, other)
    assert (epochs[0][2] != epochs[2][2]).any() and (epochs[0][2] != counted[2]).any()
    for epoch in epochs:
        order = np.lexsort((epoch[1], epoch[0]))
        for found, wanted in zip(epoch, counted, strict=True):
            np.testing.assert_array_equal(found[order], wanted)


@pytest.mark.parametrize(
    ("arrays", "received"),
    [
        (([2], [3], [0.0]), "from 0.0 to 0.0"),
        (([2, 2], [3, 4], [1.0, np.nan]), "to nan"),
        (([2, 2], [3, 4], [1.0, np.inf]), "to inf"),
        (([2], [3, 4], [1.0, 1.0]), r"\(1,\), \(2,\)"),
        (([], [], []), r"\(0,\)"),
    ],
)
def test_pairs_are_checked(arrays, received):
    with pytest.raises(ValueError, match=received):
        embeddings.glove_batches(*arrays)


@pytest.mark.parametrize(
    ("arguments", "received"),
    [({"units": 0}, "units 0"), ({"x_max": 0.0}, "x_max 0.0"), ({"alpha": -1.0}, "alpha -1.0")],
)
def test_arguments_are_checked(arguments, received):
    with pytest.raises(ValueError, match=received):
        _model(**arguments)


def test_another_optimizer_is_refused():
    model, data = _model(), embeddings.glove_batches(*_counted())[0](0)
    model.compile(keras.optimizers.Adam())
    with pytest.raises(ValueError, match="Received adam"):
        model.fit(data, verbose=0, shuffle=False)
