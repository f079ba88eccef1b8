import importlib.util
import os
import pathlib
import signal
import subprocess
import sys

import keras
import pytest

_PROGRAM = pathlib.Path(__file__).with_name("program.py")


@pytest.fixture(scope="session")
def program():
    spec = importlib.util.spec_from_file_location("training_program", _PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def whole(program, tmp_path_factory):
    """The run that was never broken off."""
    model = program.make_model()
    data = program.validation_data()
    return model, program.fit(model, tmp_path_factory.mktemp("whole"), validation_data=data)


@pytest.fixture(scope="session")
def start():
    """Starts the program in another process, on the CPU alone: `start(mode, folder, ...)`."""
    root = _PROGRAM.parents[2]
    processes = []

    def run(*arguments, **variables):
        environment = {
            **os.environ,
            "PYTHONPATH": str(root),
            "CUDA_VISIBLE_DEVICES": "",
            "JAX_PLATFORMS": "cpu",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            **variables,
        }
        processes.append(
            subprocess.Popen(
                [sys.executable, str(_PROGRAM), *map(str, arguments)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture(autouse=True)
def _float32():
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(autouse=True)
def _interrupts_as_in_a_terminal():
    """Background jobs and `nohup` have Ctrl-C ignored."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)
