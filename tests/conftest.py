"""What holds for every test: float32, one seed, no window."""

import contextlib
import gc
import os
import pathlib
import sys
from unittest import mock

import pytest

os.environ["MPLBACKEND"] = "Agg"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# As the command line has it: the kernels of this process and of those it starts are the same.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# Tests import their shared parts (offered_set) by name.
sys.path.insert(0, str(pathlib.Path(__file__).parent))
pytest.register_assert_rewrite("dqn_case", "fresh_process", "layer_case", "layer_contract")


def pytest_runtest_setup(item):
    """Skips what Keras on another backend cannot run, such as a `tf.function`."""
    if item.get_closest_marker("tensorflow") and os.environ.get("KERAS_BACKEND") == "jax":
        pytest.skip("needs TensorFlow as the backend of Keras")


def pytest_collection_finish():
    """Looks for garbage seldom, and never in what was imported: it took one second in thirty."""
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(autouse=True)
def fresh_start():
    """Resets what a test before may have changed: the dtype policy and the random state."""
    if keras := sys.modules.get("keras"):  # a test that only reads files waits for no import
        keras.config.set_dtype_policy("float32")
        # Without this, TensorFlow also compiles each function anew that tests share, in a second.
        with mock.patch("tensorflow.python.eager.context.pywrap_tfe.TFE_ContextClearCaches"):
            keras.utils.set_random_seed(0)


@pytest.fixture(scope="module", autouse=True)
def memory_is_freed():
    """Frees what the tests of a file compiled: a whole suite of it takes gigabytes."""
    yield
    if keras := sys.modules.get("keras"):
        keras.utils.set_random_seed(0)
    gc.collect()


@pytest.fixture(scope="session", autouse=True)
def optimizers_are_built():
    """Builds each optimizer before its first step, which is then traced once.

    TensorFlow traces a function again that has made variables, and the one that trains takes
    seconds. Yields the method that does not, which the tests of optimizers put back.
    """
    if "keras" not in sys.modules:  # tests that only read files wait for no import
        yield None
        return
    from keras import Model

    make_train_function = Model.make_train_function

    def build_and_make(model, *args, **kwargs):
        if model.built and model.optimizer and not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        return make_train_function(model, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Model, "make_train_function", build_and_make)
        yield make_train_function


@pytest.fixture(scope="session")
def tensorflow_process():
    """A process under TensorFlow in which what was saved must work."""
    from fresh_process import FreshProcess

    with FreshProcess("tensorflow") as process:
        yield process


@pytest.fixture(scope="session")
def jax_process():
    """A process under JAX, which loads what was saved and runs programs."""
    from fresh_process import FreshProcess

    with FreshProcess("jax") as process:
        yield process


@pytest.fixture(scope="session")
def processes(tensorflow_process, jax_process):
    """Both of them."""
    return tensorflow_process, jax_process


@pytest.fixture(scope="session")
def exports_in_one_process():
    """A context manager, within which exports are compared in one process and not in new ones."""
    from reload_server import ReloadServer

    from keras_dl.export import parity

    @contextlib.contextmanager
    def within():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(parity, "subprocess", server)
            yield

    with ReloadServer() as server:
        yield within
