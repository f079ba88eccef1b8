import contextlib
import gc
import sys
import types

import pytest

from keras_dl.application.starting import start_tensorflow, without_graph_optimization


def test_what_keras_would_import_is_hidden_only_meanwhile(monkeypatch):
    seen = []

    def list_logical_devices():
        seen.append((sys.modules.get("pandas", "absent"), "sklearn" in sys.modules))

    config = types.SimpleNamespace(list_logical_devices=list_logical_devices)
    monkeypatch.setitem(sys.modules, "tensorflow", types.SimpleNamespace(config=config))
    monkeypatch.setitem(sys.modules, "sklearn", types.ModuleType("sklearn"))
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    start_tensorflow()
    assert seen == [(None, True)]
    assert "pandas" not in sys.modules
    assert sys.modules["sklearn"]
    assert gc.isenabled()


@pytest.mark.parametrize("was_off", [False, True])
def test_graph_optimization_is_afterwards_as_it_was(was_off):
    import tensorflow as tf

    def is_off():
        return tf.config.optimizer.get_experimental_options()["disable_meta_optimizer"]

    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": was_off})
    try:
        with contextlib.suppress(ZeroDivisionError), without_graph_optimization():
            assert is_off()
            raise ZeroDivisionError
        assert is_off() == was_off
    finally:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})
