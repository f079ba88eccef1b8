"""Several devices and several processes, against one plain `Model.fit`."""

import json
import re
import socket

import numpy as np
import pytest
import tensorflow as tf

from keras_dl.training import join_jax_hosts
from keras_dl.training.distribution import share_of_batches


@pytest.fixture(scope="module")
def expected(program):
    """History and weights of three epochs on one device, with nothing of this package."""
    model = program.make_plain_model()
    losses = {}
    for epoch in range(3):
        data = program.epoch_data(tf.constant(epoch, tf.int64))
        history = model.fit(
            data, validation_data=program.validation_data(), shuffle=False, verbose=0
        )
        for name, (value,) in history.history.items():
            losses.setdefault(name, []).append(value)
    return losses, model.get_weights()


def assert_as_expected(path, expected):
    losses, weights = expected
    with np.load(path) as result:
        assert {name for name in result if name[:3] != "arr"} == {f"history_{k}" for k in losses}
        for name, values in losses.items():
            np.testing.assert_allclose(result[f"history_{name}"], values, rtol=1e-5, err_msg=name)
        for number, weight in enumerate(weights):
            np.testing.assert_allclose(result[f"arr_{number}"], weight, rtol=1e-4, atol=1e-5)


def finish(*processes):
    outputs = [process.communicate(timeout=400)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), outputs
    return outputs


def free_ports(number):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def lines_of(output):
    lines = [line.split(" - ")[0] for line in output.splitlines()]
    return [line for line in lines if re.fullmatch(r"epoch \d+/\d+", line)]


@pytest.mark.slow
def test_mirrored_strategy_on_two_devices(program, start, tmp_path, expected):
    finish(start("train_on_two_devices", tmp_path))
    assert_as_expected(tmp_path / "result.npz", expected)


@pytest.mark.slow
def test_two_tensorflow_workers(program, start, tmp_path, expected):
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    configs = [{"cluster": cluster, "task": {"type": "worker", "index": i}} for i in range(2)]
    workers = [
        start("train_as_tensorflow_worker", tmp_path, TF_CONFIG=json.dumps(c)) for c in configs
    ]
    first, second = finish(*workers)
    for index in range(2):
        assert_as_expected(tmp_path / f"result{index}.npz", expected)
    assert lines_of(first) == ["epoch 1/1", "epoch 2/3", "epoch 3/3"]
    assert lines_of(second) == []


@pytest.mark.slow
def test_two_jax_processes(program, start, tmp_path, expected):
    coordinator = f"127.0.0.1:{free_ports(1)[0]}"
    processes = [
        start("train_as_jax_process", tmp_path, coordinator, index, KERAS_BACKEND="jax")
        for index in range(2)
    ]
    first, second = finish(*processes)
    for index in range(2):
        assert_as_expected(tmp_path / f"result{index}.npz", expected)
    assert lines_of(first) == ["epoch 1/1", "epoch 2/3", "epoch 3/3"]
    assert lines_of(second) == []


def test_shares_of_a_batch_add_up_to_it():
    x = np.arange(12).reshape(6, 2)
    batches = tf.data.Dataset.from_tensor_slices((x, {"a": x + 1})).batch(6)
    shares = [next(iter(share_of_batches(batches, index, 3))) for index in range(3)]
    np.testing.assert_array_equal(np.concatenate([share[0] for share in shares]), x)
    np.testing.assert_array_equal(np.concatenate([share[1]["a"] for share in shares]), x + 1)


def test_batch_that_cannot_be_shared():
    batches = tf.data.Dataset.range(5).batch(5).map(lambda x: (x, x))
    with pytest.raises(tf.errors.InvalidArgumentError, match="divide evenly among 2 processes"):
        list(share_of_batches(batches, 0, 2))


def test_jax_hosts_need_the_jax_backend():
    with pytest.raises(RuntimeError, match="Received the backend 'tensorflow'"):
        join_jax_hosts("127.0.0.1:1", 2, 0)
