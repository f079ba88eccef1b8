"""Training on several devices and hosts.

On one host, create the model in the scope of a strategy:

    with tf.distribute.MirroredStrategy().scope():
        model = ...
        model.compile(...)
    fit(model, ...)

For several hosts on TensorFlow, use `tf.distribute.MultiWorkerMirroredStrategy()` in the same way.
Create it before any other use of TensorFlow, in one process on each host with its own `TF_CONFIG`.
For several hosts on JAX, call `join_jax_hosts` first. All processes run the same program with the
same seed. `epoch_data` returns the batches of the whole run, and each process takes its part of
each batch. All processes but the first open their `Run` with `writes=False`. Checkpoints are saved
only at the end of each epoch, when all processes have finished the same batches. At the end, the
processes may need half a minute to disconnect.
"""

import zlib
from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf


def join_jax_hosts(coordinator: str, num_processes: int, process_id: int) -> None:
    """Connects the processes of a run on JAX, so that `fit` trains on the devices of all hosts.

    Call it before you create any array or model. All processes must end together.

    Args:
        coordinator: str. `"host:port"` of process 0, the same in all processes.
        num_processes: int. Number of processes of the run.
        process_id: int from 0 to `num_processes - 1`. Only process 0 writes to the run directory.
            To resume, all processes must be able to read it.

    Raises:
        RuntimeError: if Keras does not run on JAX, or JAX arrays already exist.
    """
    if keras.backend.backend() != "jax":
        raise RuntimeError(
            "join_jax_hosts: Keras must run on JAX. Received the backend "
            f"{keras.backend.backend()!r}. Set KERAS_BACKEND=jax before keras is imported, or use "
            "tf.distribute.MultiWorkerMirroredStrategy."
        )
    import jax

    # Without this, processes on CPUs cannot exchange gradients.
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    # TensorFlow only reads data here; with GPUs, it would take their memory from JAX.
    tf.config.set_visible_devices([], "GPU")
    keras.distribution.initialize(coordinator, num_processes, process_id)
    # `fit` splits each batch exactly, which resuming needs.
    keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))


def is_equal_on_workers(text: str, strategy: tf.distribute.Strategy | None) -> bool:
    """Returns whether all processes of a run, which must all call this, pass the same text.

    Args:
        text: str.
        strategy: the `MultiWorkerMirroredStrategy`. None: Keras runs on JAX.
    """
    number = zlib.crc32(text.encode())
    if strategy is None:
        from jax.experimental import multihost_utils

        numbers = multihost_utils.process_allgather(np.array([number], "uint32"))
    else:
        numbers = strategy.gather(tf.constant([number], "int64"), axis=0).numpy()
    return np.ptp(numbers) == 0


def process_index_and_count(model: keras.Model) -> tuple[int, int]:
    """Returns the index of this process among the processes that train `model`.

    Returns:
        tuple of int (index, number of processes). Process 0 writes and prints.
    """
    if keras.backend.backend() == "jax":
        import jax

        return jax.process_index(), jax.process_count()
    if not on_tensorflow_workers(model):
        return 0, 1
    resolver = model.distribute_strategy.cluster_resolver
    hosts = resolver.cluster_spec().as_dict()
    chiefs, workers = len(hosts.get("chief", ())), len(hosts.get("worker", ()))
    index = resolver.task_id + (chiefs if resolver.task_type == "worker" else 0)
    return index, max(chiefs + workers, 1)


def on_tensorflow_devices(model: keras.Model) -> bool:
    """Whether `model` was created under a strategy for several devices of one process."""
    return (
        keras.backend.backend() == "tensorflow"
        and model.distribute_strategy.num_replicas_in_sync > 1
        and not on_tensorflow_workers(model)
    )


def on_tensorflow_workers(model: keras.Model) -> bool:
    """Whether `model` was created under a `MultiWorkerMirroredStrategy`."""
    return keras.backend.backend() == "tensorflow" and isinstance(
        model.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy
    )


def share_of_batches(dataset: tf.data.Dataset, index: int, num_processes: int) -> tf.data.Dataset:
    """Keeps rows `[index * n, (index + 1) * n)` of each batch of `n * num_processes` rows."""

    def share(tensor):
        size = tf.shape(tensor)[0]
        tf.debugging.assert_equal(
            size % num_processes,
            0,
            f"fit: the rows of each batch must divide evenly among {num_processes} processes. "
            "Use drop_remainder=True, or choose another batch size.",
        )
        rows = size // num_processes
        return tensor[index * rows : (index + 1) * rows]

    return dataset.map(lambda *batch: tf.nest.map_structure(share, batch))


def fit_on_workers(
    model: keras.Model,
    dataset: tf.data.Dataset,
    *,
    initial_epoch: int,
    epochs: int,
    steps_per_epoch: int,
    validation_data: tf.data.Dataset | None,
    callbacks: Iterable[keras.callbacks.Callback],
    verbose: int,
) -> None:
    """Trains `model` under a `MultiWorkerMirroredStrategy`, as `Model.fit` would.

    Keras 3 fails when it reduces the metrics over workers (keras-team/keras#20585). Its training
    step is correct. This loop runs the model's `train_step` on every worker, where the optimizer
    sums the gradients and each loss is scaled to its part of the mean over the global batch. Then
    it reads the metrics, which contain the sums over all workers.

    Every process calls it with the same arguments, and the strategy gives each process its part of
    each global batch. Losses are the means over the workers' parts, which is exact for equal parts.
    With masks or sample weights they are means of weighted means, as always in `tf.distribute`.
    """
    strategy = model.distribute_strategy
    calls = keras.callbacks.CallbackList(
        list(callbacks),
        add_history=True,
        add_progbar=verbose != 0,
        model=model,
        verbose=verbose,
        epochs=epochs,
        steps=steps_per_epoch,
    )
    batches = iter(strategy.experimental_distribute_dataset(_split_by_rows(dataset)))
    validate = _evaluation(model, validation_data) if validation_data is not None else dict
    model.stop_training = False

    @tf.function
    def train():
        for _ in tf.range(model.steps_per_execution):
            strategy.run(model.train_step, args=(next(batches),))
        return model.get_metrics_result()

    logs: dict[str, tf.Tensor] = {}
    calls.on_train_begin()
    for epoch in range(initial_epoch, epochs):
        model.reset_metrics()
        calls.on_epoch_begin(epoch)
        for batch in range(0, steps_per_epoch, model.steps_per_execution):
            calls.on_train_batch_begin(batch)
            logs = train()
            calls.on_train_batch_end(batch + model.steps_per_execution - 1, logs)
            if model.stop_training:
                break
        val_logs = {f"val_{name}": value for name, value in validate().items()}
        calls.on_epoch_end(epoch, {**logs, **val_logs})
        if model.stop_training:
            break
    model.optimizer.finalize_variable_values(model.trainable_variables)
    calls.on_train_end(logs)


def evaluate_on_workers(model: keras.Model, dataset: tf.data.Dataset) -> dict[str, tf.Tensor]:
    """Computes metrics on `dataset`, as `Model.evaluate(dataset, return_dict=True)` would."""
    return _evaluation(model, dataset)()


def _evaluation(model, dataset):
    """Returns a function that evaluates `dataset`, traced once for all calls."""
    strategy = model.distribute_strategy
    batches = strategy.experimental_distribute_dataset(_split_by_rows(dataset))

    @tf.function
    def test(batch):
        strategy.run(model.test_step, args=(batch,))
        return model.get_metrics_result()

    def evaluate():
        model.reset_metrics()
        logs = {}
        for batch in batches:
            logs = test(batch)
        return logs

    return evaluate


def _split_by_rows(dataset):
    """Makes workers split each batch; by default, TensorFlow may split files instead."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return dataset.with_options(options)
