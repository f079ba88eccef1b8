"""Comparison of optimizers, learning rate decays and regularizers on the same network."""

import dataclasses
import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras.optimizers import schedules

from apps.digits import data, model, views
from keras_dl import optimizers, plots

_SMALL = 32  # digits in a mini-batch
_TESTED = 2000
_STEPS_AT_ONCE = 50


@dataclasses.dataclass(frozen=True)
class Way:
    """Training method. Learning rates were chosen by the loss on synthetic digits."""

    optimizer: Callable  # takes the steps per epoch
    batch_size: int | None = _SMALL  # None: all digits in one step
    penalty: float = 0.0
    dropout: float = 0.0
    augmentation: bool = False
    patience: int | None = None  # epochs without a better loss on held-out digits


def _descent(rate, momentum=0.0):
    return lambda steps: keras.optimizers.SGD(rate, momentum=momentum)


def _decayed(schedule, epochs=1, **options):
    return Way(lambda steps: keras.optimizers.SGD(schedule(0.1, epochs * steps, **options)))


def _adam(steps):
    return keras.optimizers.Adam(1e-3)


OPTIMIZERS = {
    "batch gradient descent": Way(_descent(0.1), batch_size=None),
    "mini-batch gradient descent": Way(_descent(0.05)),
    "online gradient descent": Way(_descent(0.005), batch_size=1),
    "momentum": Way(_descent(0.01, momentum=0.9)),
    "RMSProp": Way(lambda steps: keras.optimizers.RMSprop(1e-3)),
    "Adam": Way(_adam),
}
DECAYS = {
    "rate .1, constant": Way(_descent(0.1)),
    "rate .1 / (1 + epoch / 5)": _decayed(
        schedules.InverseTimeDecay, decay_rate=1 / 5, staircase=True
    ),
    "rate .1 * .9 ^ epoch": _decayed(schedules.ExponentialDecay, decay_rate=0.9, staircase=True),
    "rate .1 / sqrt(epoch + 1)": _decayed(optimizers.SquareRootDecay),
    "rate .1, halved every 5 epochs": _decayed(
        schedules.ExponentialDecay, epochs=5, decay_rate=0.5, staircase=True
    ),
}
REGULARIZERS = {
    "none": Way(_adam),
    "norm penalty": Way(_adam, penalty=3e-3),
    "augmentation": Way(_adam, augmentation=True),
    "early stopping": Way(_adam, patience=5),
    "dropout": Way(_adam, dropout=0.3),
}


def compare(config):
    """Trains with each method, prints its results, and returns a dict of plots."""
    keras.config.set_dtype_policy(config.precision)
    digits, labels = data.read(config, "train")
    tested, tested_labels = data.read(config, config.split)
    count = min(config.compare_examples, len(labels) // 2)
    windows = data.framed(digits[: 2 * count]).astype("float32")
    test = data.framed(tested[:_TESTED]).astype("float32"), tested_labels[:_TESTED]
    train = windows[:count], labels[:count]
    few = tuple(each[: count // 5] for each in train)
    held_out = windows[count:], labels[count : 2 * count]
    seeds, epochs = config.compare_seeds, config.compare_epochs
    print(f"{count} digits, {epochs} epochs, {seeds} seeds")
    seen = count * np.arange(1, epochs + 1)
    panels = {
        title: {
            name: (seen, _runs(name, way, seeds, epochs, train, train, test)["loss"])
            for name, way in ways.items()
        }
        for title, ways in (("Optimizers", OPTIMIZERS), ("Decays of the learning rate", DECAYS))
    }
    print(f"{count // 5} digits, {3 * epochs} epochs, {seeds} seeds, Adam")
    errors = {
        name: _runs(name, way, seeds, 3 * epochs, few, held_out, test)["errors"]
        for name, way in REGULARIZERS.items()
    }
    return {
        "loss": plots.curves_with_spread(
            panels, "gradient evaluations (digits seen)", "training loss", log=True
        ),
        "bias_and_variance": plots.bias_and_variance(errors, "What regularizers do"),
    }


def _runs(name, way, seeds, epochs, train, held_out, test):
    """Trains with one method and several seeds, prints a line, and returns losses and errors."""
    start, runs = time.monotonic(), []
    net = compiled(way, len(train[1]))
    net.optimizer.build(net.trainable_variables)
    fresh = [variable.numpy() for variable in net.optimizer.variables]
    for seed in range(seeds):
        # One compiled network for all seeds, and the same initial weights for all methods.
        keras.utils.set_random_seed(seed)
        net.set_weights(model.lenet5().get_weights())
        for variable, value in zip(net.optimizer.variables, fresh, strict=True):
            variable.assign(value)
        runs.append(_run(net, way, seed, epochs, train, held_out, test))
    seconds = time.monotonic() - start
    losses, errors = [loss for loss, _ in runs], np.array([error for _, error in runs])
    last = np.mean([loss[-1] for loss in losses])
    (train_error, test_error), spread = errors.mean(0), errors[:, 1].std()
    print(
        f"{name:30} loss {last:.4f}  train error {train_error:6.2f}%"
        f"  test error {test_error:6.2f} ± {spread:.2f}%  {seconds:5.1f} s",
        flush=True,
    )
    return {"loss": losses, "errors": errors}


def _run(net, way, seed, epochs, train, held_out, test):
    """Returns the losses on `held_out` and the errors on train and test, in percent."""
    stopping = keras.callbacks.EarlyStopping(patience=way.patience or 0, restore_best_weights=True)
    history = net.fit(
        batches(way, *train, seed),
        epochs=epochs,
        validation_data=_whole(held_out),
        callbacks=[stopping] if way.patience else [],
        shuffle=False,
        verbose=0,
    ).history
    right = [net.evaluate(_whole(part), verbose=0)[1] for part in (train, test)]
    return history["val_loss"], [100 * (1 - share) for share in right]


def compiled(way, count):
    """Returns the compiled network for a method that trains on `count` digits."""
    plain = model.lenet5()
    layers = [keras.Input(plain.input_shape[1:])]
    for layer in plain.layers[1:]:
        settings = layer.get_config()
        if way.penalty and "kernel_regularizer" in settings:
            settings["kernel_regularizer"] = keras.regularizers.L2(way.penalty)
        if way.dropout and isinstance(layer, keras.layers.Dense):
            layers.append(keras.layers.Dropout(way.dropout))
        layers.append(type(layer).from_config(settings))
    net = keras.Sequential(layers)
    steps = -(-count // (way.batch_size or count))
    net.compile(
        way.optimizer(steps),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
        steps_per_execution=min(_STEPS_AT_ONCE, steps),
    )
    return net


def batches(way, windows, labels, seed):
    """Returns the training batches for a method, reshuffled in each epoch."""
    found = tf.data.Dataset.from_tensor_slices((windows, labels))
    found = found.shuffle(len(labels), seed=seed).batch(way.batch_size or len(labels))
    if not way.augmentation:
        return found.prefetch(4)
    seeds = tf.data.Dataset.random(seed, rerandomize_each_iteration=True).batch(2)

    def look(batch, view):
        return views.near(batch[0][..., 0], view, data.WINDOW)[..., None], batch[1]

    return tf.data.Dataset.zip(found, seeds).map(look).prefetch(4)


def _whole(part):
    return tf.data.Dataset.from_tensors(part)
