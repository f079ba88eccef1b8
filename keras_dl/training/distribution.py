"""Training on several hosts: who is who, and which part of a batch is whose.

On one host nothing is needed but the scope of a strategy:

    with tf.distribute.MirroredStrategy().scope():
        model = ...
        model.compile(...)
    fit(model, ...)

Several hosts on TensorFlow: the same with `tf.distribute.MultiWorkerMirroredStrategy()`, made
before anything else of TensorFlow runs, in one process on each host with its own `TF_CONFIG`.
Several hosts on JAX: call `join_jax_hosts` first. All processes run the same program with the same
seed; `epoch_data` gives the batches of the whole run, and each process takes its share of each.
All but the first open their `Run` with `writes=False`.
They write checkpoints at the end of each epoch only, where all can agree on the place, and may need
half a minute to part when they end.
"""

from collections.abc import Iterable

import keras
import tensorflow as tf


def join_jax_hosts(coordinator: str, num_processes: int, process_id: int) -> None:
    """Joins the processes of a run on JAX, so that `fit` trains over all devices of all hosts.

    Must come before any array exists, thus before any model. Processes must also end together.

    Args:
        coordinator: str, `"host:port"` of process 0, the same in all processes.
        num_processes: int. How many processes the run has.
        process_id: int from 0 to `num_processes - 1`. Process 0 writes the run folder, which all
            must be able to read if they resume.

    Raises:
        RuntimeError: if Keras does not run on JAX, or JAX has made arrays before.
    """
    if keras.backend.backend() != "jax":
        raise RuntimeError(
            "join_jax_hosts: Keras must run on JAX. Received the backend "
            f"{keras.backend.backend()!r}. Set KERAS_BACKEND=jax before keras is imported, or use "
            "tf.distribute.MultiWorkerMirroredStrategy."
        )
    import jax

    # Without this, processes on CPUs cannot exchange gradients at all.
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    # TensorFlow only reads the data here; it would take the memory of the GPUs from JAX.
    tf.config.set_visible_devices([], "GPU")
    keras.distribution.initialize(coordinator, num_processes, process_id)
    # `fit` hands out the data itself: exact shares of each batch, which resuming needs.
    keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))


def process_place(model: keras.Model) -> tuple[int, int]:
    """Tells which process of how many trains `model`.

    Returns:
        Pair of int (index, number of processes). Process 0 writes and prints.
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
    """Whether `model` was made in the scope of a strategy for several devices of one process."""
    return (
        keras.backend.backend() == "tensorflow"
        and model.distribute_strategy.num_replicas_in_sync > 1
        and not on_tensorflow_workers(model)
    )


def on_tensorflow_workers(model: keras.Model) -> bool:
    """Whether `model` was made in the scope of a `MultiWorkerMirroredStrategy`."""
    return keras.backend.backend() == "tensorflow" and isinstance(
        model.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy
    )


def share_of_batches(dataset: tf.data.Dataset, index: int, num_processes: int) -> tf.data.Dataset:
    """Takes rows `[index * n, (index + 1) * n)` of each batch of `n * num_processes` rows."""

    def share(tensor):
        size = tf.shape(tensor)[0]
        tf.debugging.assert_equal(
            size % num_processes,
            0,
            f"the rows of each batch must divide evenly among {num_processes} processes. "
            "Drop the rest of the data (`drop_remainder=True`), or choose another batch size.",
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
    """Trains `model`, made in the scope of a `MultiWorkerMirroredStrategy`, as `Model.fit` would.

    Keras 3 fails in its reduction of the metrics over workers (keras-team/keras#20585). The step
    itself is sound: this loop runs the model's `train_step` on every worker, where the optimizer
    adds up the gradients and the loss counts as its share of the mean over the global batch, and
    reads the metrics, which hold the sums of all workers.

    Every process calls it with the same arguments, and the strategy gives each its part of each
    global batch. Losses are the means over the workers' parts, hence exact for equal parts; with
    masks or sample weights they are, as everywhere in `tf.distribute`, means of weighted means.
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
    """Figures of one pass over `dataset`, as `Model.evaluate(dataset, return_dict=True)`."""
    return _evaluation(model, dataset)()


def _evaluation(model, dataset):
    """Function that passes over `dataset`, traced once however often it is called."""
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
    """Says that workers share each batch. Left to itself, TensorFlow may share files instead."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return dataset.with_options(options)
