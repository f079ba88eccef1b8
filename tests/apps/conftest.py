import pytest


@pytest.fixture(scope="session")
def reload_server():
    from reload_server import ReloadServer

    with ReloadServer() as server:
        yield server


@pytest.fixture(autouse=True)
def one_process_reloads(request, monkeypatch):
    """Exports of these tests are compared in one process; tests/export has one for each."""
    from keras_dl.export import parity

    class Subprocess:
        def run(self, *arguments, **options):
            return request.getfixturevalue("reload_server").run(*arguments, **options)

    monkeypatch.setattr(parity, "subprocess", Subprocess())
