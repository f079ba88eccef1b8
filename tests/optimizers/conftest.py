import keras
import pytest


@pytest.fixture(autouse=True)
def optimizers_build_themselves(optimizers_are_built, monkeypatch):
    monkeypatch.setattr(keras.Model, "make_train_function", optimizers_are_built)
