import pytest


@pytest.fixture(autouse=True)
def one_process_reloads(exports_in_one_process):
    """Exports of these tests are compared in one process; tests/export has one for each."""
    with exports_in_one_process():
        yield
