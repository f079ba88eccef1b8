"""`Model.fit` for `MultiWorkerMirroredStrategy`, on which Keras' own does not work.

Keras 3 fails in its reduction of the figures over workers (keras-team/keras#20585). The step itself
is sound: this loop runs the model's `train_step` on every worker, where the optimizer adds up the
gradients and the loss counts as its share of the mean over the global batch, and reads the metrics,
which hold the sums of all workers.
"""

import keras
import tensorflow as tf


def fit_on_workers(
    model,
    dataset,
    *,
    initial_epoch,
    epochs,
    steps_per_epoch,
    validation_data,
    callbacks,
    verbose,
):
    """Trains `model`, made in the scope of a `MultiWorkerMirroredStrategy`, as `Model.fit` would.

    Every process calls it with the same arguments, and the strategy gives each its part of each
    global batch. Losses are the means over the workers' parts, hence exact for equal parts; with
    masks or sample weights they are, as everywhere in `tf.distribute`, means of weighted means.
    """
    strategy = model.distribute_strategy
    callbacks = keras.callbacks.CallbackList(
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

    logs = None
    callbacks.on_train_begin()
    for epoch in range(initial_epoch, epochs):
        model.reset_metrics()
        callbacks.on_epoch_begin(epoch)
        for batch in range(0, steps_per_epoch, model.steps_per_execution):
            callbacks.on_train_batch_begin(batch)
            logs = train()
            callbacks.on_train_batch_end(batch + model.steps_per_execution - 1, logs)
            if model.stop_training:
                break
        val_logs = {f"val_{name}": value for name, value in validate().items()}
        callbacks.on_epoch_end(epoch, {**logs, **val_logs})
        if model.stop_training:
            break
    model.optimizer.finalize_variable_values(model.trainable_variables)
    callbacks.on_train_end(logs)


def evaluate_on_workers(model, dataset):
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
