"""The script for a GPU runs under JAX on a CPU, tiny: each application in each precision."""

import os
import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "gpu.py"


# Compilation takes most of the time: without optimization a third of it.
FLAGS = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_every_application_trains_in_every_precision():
    done = subprocess.run(
        [sys.executable, SCRIPT, "--tiny", "--steps", "5"],
        env=os.environ | {"KERAS_BACKEND": "jax", "XLA_FLAGS": FLAGS},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "loss" not in done.stdout
    rows = done.stdout.splitlines()[2:]
    assert len(rows) == 9 and all(row.count(" ms (") == 3 for row in rows)
