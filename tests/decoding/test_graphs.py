"""The searches inside an exported graph, under XLA and under another backend."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from keras_dl.decoding import beam_search, exhaustive_search


def assert_same(found, expected):
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def test_an_exported_graph_takes_any_batch(history_models, search_all, tmp_path):
    models = history_models(12, 3, 4, seed=29)
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec((None,), "int32", name="model")])
    def serve(model):
        zeros = tf.zeros_like(model)
        state = {"model": model, "history": (zeros, [tf.cast(zeros, "float32")])}
        return search_all(models, state, tf.shape(model)[0])

    module.serve = serve
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": serve})
    loaded = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    for rows in ([0], [3, 1, 2], list(range(12)), []):
        found = loaded(model=tf.constant(rows, "int32"))
        assert_same(found, search_all(models, models.state(rows), len(rows)))


def test_xla_finds_the_same(history_models, search_all):
    models = history_models(6, 3, 4, seed=31)
    compiled = tf.function(lambda: search_all(models, models.state(), 6), jit_compile=True)
    assert_same(compiled(), search_all(models, models.state(), 6))


@pytest.mark.parametrize("count", [1, 5])
def test_step_may_lose_its_static_shapes(history_models, search_all, count):
    models = history_models(count, 3, 4, seed=5)
    expected = search_all(models, models.state(), count)
    whole_step = models.step

    def step(tokens, state):
        rows = tf.where(tokens >= 0)[:, 0]  # all of them, which the graph cannot know
        return tf.nest.map_structure(lambda leaf: tf.gather(leaf, rows), whole_step(tokens, state))

    models.step = step
    assert_same(tf.function(lambda: search_all(models, models.state(), count))(), expected)


SCRIPT = """
import sys
import jax
import numpy as np
sys.path.insert(0, sys.argv[2])
from conftest import SETTINGS, HistoryModels, search_all
from keras_dl.decoding import beam_search, exhaustive_search

models = HistoryModels(20, 3, 4, seed=37)
found = jax.jit(lambda state: search_all(models, state, 20))(models.state())
step = jax.jit(models.step)
best, best_scores, _ = exhaustive_search(step, models.state(), batch_size=20, **SETTINGS)
np.savez(sys.argv[1], **found, best=best, best_scores=best_scores)
"""


def test_jax_finds_the_same(history_models, search_all, tmp_path, jax_process):
    found = tmp_path / "found.npz"
    jax_process.run(SCRIPT, found, Path(__file__).parent)
    models = history_models(20, 3, 4, seed=37)
    expected = search_all(models, models.state(), 20)
    arguments = models.search_arguments()
    expected["best"], expected["best_scores"], _ = exhaustive_search(**arguments)
    assert_same(dict(np.load(found)), expected)


def test_sizes_and_penalty_may_be_inputs_of_a_graph(history_models):
    models = history_models(8, 4, 5, seed=41)
    arguments = models.search_arguments()

    @tf.function
    def search(**options):
        return beam_search(**arguments | options)

    for width, length_penalty, max_length in ((1, 0.0, 5), (3, 0.7, 4), (6, 1.0, 5)):
        given = {"width": width, "length_penalty": length_penalty, "max_length": max_length}
        sequences, scores = search(**{name: tf.constant(each) for name, each in given.items()})
        expected = beam_search(**arguments | given)
        np.testing.assert_array_equal(sequences, expected[0])
        np.testing.assert_allclose(scores, expected[1], rtol=1e-6)
