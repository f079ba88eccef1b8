"""Each check of the contract must find the mistake that it is there for."""

import dataclasses
import functools
import inspect

import keras
import layer_contract
import numpy as np
import pytest
import tensorflow as tf
from broken_layers import BROKEN, Average
from keras import ops
from layer_case import Case


def case(cls, **changed):
    random = np.random.default_rng(0)
    inputs = {
        "inputs": random.normal(size=(2, 4, 3)).astype("float32"),
        "mask": np.array([[True] * 4, [True, False, True, False]]),
    }
    return Case(
        functools.partial(cls, units=2, scale=3.0),
        **{"inputs": inputs, "padded": ("inputs",), **changed},
    )


def run(check, checked, folder):
    check = getattr(layer_contract, f"check_{check}")
    given = {"case": checked, "folder": folder, "processes": ()}
    check(**{name: given[name] for name in inspect.signature(check).parameters})


def test_a_layer_that_keeps_the_contract_passes(tmp_path):
    layer_contract.check_layer(case(Average), tmp_path, ())


@pytest.mark.parametrize(("check", "message", "cls"), BROKEN)
def test_check_finds_the_mistake(check, message, cls, tmp_path):
    errors = (AssertionError, TypeError, tf.errors.InvalidArgumentError)
    with pytest.raises(errors, match=message):
        run(check, case(cls), tmp_path)


def test_a_layer_that_only_a_test_registers_fails_in_fresh_processes(tmp_path, processes):
    for process in processes:
        with pytest.raises(AssertionError, match="Could not locate class 'Average'"):
            layer_contract.check_saving(case(Average), tmp_path, [process])


def test_a_mask_must_be_checked(tmp_path):
    with pytest.raises(AssertionError, match="must name what it pads"):
        layer_contract.check_padding(case(Average, padded=()))


def test_arguments_must_not_be_left_at_their_defaults():
    checked = case(Average)
    checked = dataclasses.replace(checked, make_layer=functools.partial(Average, units=2))
    with pytest.raises(AssertionError, match=r"must give {'scale'}"):
        layer_contract.check_configuration(checked)


def test_a_random_layer_is_compared_by_shape_and_dtype(tmp_path):
    noise = Case(
        functools.partial(Noise, seed=1), {"inputs": np.ones((2, 3), "float32")}, random=True
    )
    layer_contract.check_layer(noise, tmp_path, ())


@keras.saving.register_keras_serializable(package="test")
class Noise(keras.layers.Layer):
    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, inputs):
        return inputs + keras.random.normal(
            ops.shape(inputs), dtype=inputs.dtype, seed=self.generator
        )

    def compute_output_shape(self, inputs_shape):
        return inputs_shape

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}
