"""Deep Q-network (DQN), trained on replayed transitions."""

import functools
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from keras_dl.rl.replay_buffer import Batch
from keras_dl.typing import Tensor


class DQN:
    """Deep Q-network with a target network and a compiled training step.

    The target of a transition is `y = r + discount * max_a Q'(s', a)`, where Q' is a copy of Q that
    `copy_to_target` updates. With `double`, it is `y = r + discount * Q'(s', argmax_a Q(s', a))`.
    The loss is the Huber loss of Q(s, a) - y, which clips the gradient of the error to [-1, 1] as
    the paper does. No gradient flows through y.

    Args:
        model: `keras.Model` that maps states to `(batch, num_actions)`, such as `models.q_network`.
            A state is a stack of frames along the last axis, or one vector.
        optimizer: `keras.optimizers.Optimizer`.
        double: bool. Whether Q selects the best next action and Q' only evaluates it.
        jit_compile: bool. Whether to compile the step with XLA. Use it for small dense networks: on
            CPUs, XLA's convolutions are slower than TensorFlow's.

    Reference: Mnih et al. 2015, "Human-level control through deep reinforcement learning"; van
    Hasselt et al. 2016, "Deep Reinforcement Learning with Double Q-learning".
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        *,
        double: bool = True,
        jit_compile: bool = False,
    ) -> None:
        self.model = model
        self.target = keras.models.clone_model(model)
        self.target.trainable = False
        self.optimizer = optimizer
        self.double = double
        optimizer.build(model.trainable_variables)
        self.copy_to_target()
        state = tf.TensorSpec((None, *model.input_shape[1:]), model.inputs[0].dtype)
        self._greedy = tf.function(self._best_actions, [state], jit_compile=jit_compile)
        self._jit_compile = jit_compile
        self._learning: dict[int, Callable[..., tuple[tf.Tensor, ...]]] = {}

    @property
    def variables(self) -> list[keras.Variable]:
        """All variables of the model, the target network and the optimizer."""
        return [*self.model.variables, *self.target.variables, *self.optimizer.variables]

    def copy_to_target(self) -> None:
        """Copies the weights of the model to the target network."""
        for copy, weight in zip(self.target.variables, self.model.variables, strict=True):
            copy.assign(weight)

    def act(self, states: Tensor) -> np.ndarray:
        """Returns the best action for each state, int64 `(batch,)`."""
        return self._greedy(states).numpy()

    def learn(self, batch: Batch, updates: int = 1) -> dict[str, np.ndarray]:
        """Performs one or more updates in sequence, each on an equal part of the batch.

        Args:
            batch: `Batch` whose size is a multiple of `updates`.
            updates: int. Number of updates.

        Returns:
            dict of float32 arrays: "errors" `(batch,)`, Q(s, a) - y; "loss" and "q" `(updates,)`,
            the mean loss and the mean of max_a Q(s, a).
        """
        shape = (-1, *self.model.input_shape[1:])
        errors, losses, values = self._learn(updates)(
            batch.states.reshape(shape),
            batch.next_states.reshape(shape),
            batch.actions,
            batch.returns,
            batch.discounts,
            batch.weights,
        )
        return {"errors": errors.numpy(), "loss": losses.numpy(), "q": values.numpy()}

    def _learn(self, updates):
        """Returns the compiled function that performs `updates` updates in one call."""
        if updates not in self._learning:
            states = self._greedy.input_signature[0]
            numbers = tf.TensorSpec((None,))
            signature = [states, states, tf.TensorSpec((None,), "int32"), *[numbers] * 3]
            self._learning[updates] = tf.function(
                functools.partial(self._updates, updates),
                signature,
                jit_compile=self._jit_compile,
                autograph=False,
            )
        return self._learning[updates]

    def _best_actions(self, states):
        return tf.argmax(self.model(states, training=False), axis=-1)

    def _updates(self, updates, states, next_states, *batch):
        # The next states of all updates are evaluated at once: larger batches are faster.
        batch = (states, next_states, self.target(next_states, training=False), *batch)
        shares = zip(*(tf.split(array, updates) for array in batch), strict=True)
        errors, losses, values = zip(*(self._update(*share) for share in shares), strict=True)
        return tf.concat(errors, 0), tf.stack(losses), tf.stack(values)

    def _update(self, states, next_states, next_values, actions, returns, discounts, weights):
        if self.double:
            best = tf.argmax(self.model(next_states, training=False), axis=-1)
            next_value = tf.gather(next_values, best, axis=1, batch_dims=1)
        else:
            next_value = tf.reduce_max(next_values, axis=-1)
        target = tf.stop_gradient(returns + discounts * next_value)
        with tf.GradientTape() as tape:
            values = self.model(states, training=True)
            errors = tf.gather(values, actions, axis=1, batch_dims=1) - target
            size = tf.abs(errors)
            huber = tf.where(size <= 1.0, 0.5 * errors**2, size - 0.5)
            loss = tf.reduce_mean(weights * huber)
            scaled = self.optimizer.scale_loss(loss)
        weights_of_model = self.model.trainable_variables
        gradients = tape.gradient(scaled, [weight.value for weight in weights_of_model])
        self.optimizer.apply(gradients, weights_of_model)
        return errors, loss, tf.reduce_mean(tf.reduce_max(values, axis=-1))
