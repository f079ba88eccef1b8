import gc
import sys
import types

from keras_dl.application.starting import start_tensorflow


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
