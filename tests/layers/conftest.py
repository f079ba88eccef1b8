import pytest
from fresh_process import FreshProcess


@pytest.fixture(scope="session")
def processes():
    """Processes in which a saved layer must work: one under TensorFlow, one under JAX."""
    with FreshProcess("tensorflow") as tensorflow, FreshProcess("jax") as jax:
        yield tensorflow, jax
