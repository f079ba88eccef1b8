"""Linear-chain conditional random field (CRF) layer."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_dl.layers import linear_chain
from keras_dl.layers.linear_chain import FORBIDDEN
from keras_dl.typing import Config, Initializer, Regularizer, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class CRF(keras.layers.Layer):
    """Linear-chain conditional random field: maps emissions to a distribution over tag sequences.

    `log p(y) = start(y(1)) + sum of emissions(t, y(t)) + sum of transitions(y(t-1), y(t)) +
    end(y(T)) - log Z`, where Z normalizes over all paths. `call` returns the same distribution step
    by step, `log p(y(t) | y(t-1), emissions)`. The sum along a path is `log p(y)`, so
    `keras_dl.losses.CRFLoss` needs no other input, and training does not need decoding:

        outputs = CRF(9)(Dense(9)(features))
        model.compile(loss=CRFLoss())
        model.fit(x, tags)

    Masked steps may be at any position and are skipped: a transition connects the previous valid
    step with the next one, the start score is added at the first valid step, and the end score at
    the last one. Without a `mask` argument, `call` uses the Keras mask of its inputs; the other
    methods use no mask. A row without a valid step has log-partition 0 and likelihood 1.

    Forbidden transitions, start tags and end tags have a score of -1e7 instead of a trained score,
    both in the partition function and in decoding. Paths that contain them have probability 0, and
    decoding returns such a path only if no other path exists. All results are float32, or float64
    under a float64 policy, and gradients are finite.

    Args:
        num_tags: int. Number of different tags, k.
        allowed_transitions: bool `(k, k)`, `[from, to]`, or None to allow all transitions.
        allowed_starts: bool `(k,)` or None. Tags that a sequence can start with.
        allowed_ends: bool `(k,)` or None. Tags that a sequence can end with.
        transitions_initializer: initializer of the transition scores `(k, k)`, `[from, to]`. The
            start and end scores start at 0.
        transitions_regularizer: regularizer of the transition scores, or None. It also sees the
            scores of forbidden transitions, which stay at their initial values without it.
        unroll: bool. Whether `call` repeats its step in the graph instead of a loop, for runtimes
            that know no loops. The number of time steps must then be known.

    Call arguments:
        inputs: float `(batch, time, k)`. The emissions: the logit of each tag at each step.
        mask: bool `(batch, time)`. False at steps to ignore.

    Returns:
        float32 `(batch, time, k, k)`: `[b, t, i, j]` is the log-probability of tag `j` at step `t`,
        given tag `i` at the previous valid step and all emissions. At the first valid step, all
        rows `i` are equal. A masked step has 0 on the diagonal and -1e30 elsewhere.

    Raises:
        ValueError: if `num_tags` is not positive, or a shape or dtype is wrong.

    Example:
    >>> import numpy as np
    >>> layer = CRF(3, allowed_starts=[True, False, True])
    >>> emissions = np.array([[[1.0, 5.0, 0.0], [0.0, 3.0, 1.0]]])
    >>> layer.decode(emissions).numpy().tolist()
    [[0, 1]]

    Reference: Lafferty, McCallum & Pereira 2001, "Conditional random fields". Lample et al. 2016,
    arXiv:1603.01360, section 2.2, use a CRF as the last layer of a tagger.
    """

    def __init__(
        self,
        num_tags: int,
        allowed_transitions: Tensor | None = None,
        allowed_starts: Tensor | None = None,
        allowed_ends: Tensor | None = None,
        transitions_initializer: Initializer = "zeros",
        transitions_regularizer: Regularizer | None = None,
        unroll: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)  # half precision would round the emissions
        if num_tags < 1:
            raise ValueError(
                f"CRF: num_tags must be positive. Received num_tags {num_tags}. "
                "Pass the number of different tags."
            )
        self.num_tags = num_tags
        k = num_tags
        self.allowed_transitions = _allowed("allowed_transitions", allowed_transitions, (k, k))
        self.allowed_starts = _allowed("allowed_starts", allowed_starts, (k,))
        self.allowed_ends = _allowed("allowed_ends", allowed_ends, (k,))
        self.transitions_initializer = keras.initializers.get(transitions_initializer)
        self.transitions_regularizer = keras.regularizers.get(transitions_regularizer)
        self.unroll = unroll

    def build(self, input_shape: Shape) -> None:
        self._check_emissions(input_shape)
        k = self.num_tags
        # With zeros, training starts from an independent softmax at each step.
        # No autocast: scores are float32 or better under every policy.
        self.transitions = self.add_weight(
            (k, k),
            self.transitions_initializer,
            regularizer=self.transitions_regularizer,
            autocast=False,
            name="transitions",
        )
        self.start_scores = self.add_weight((k,), "zeros", autocast=False, name="start_scores")
        self.end_scores = self.add_weight((k,), "zeros", autocast=False, name="end_scores")

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        return self._condition(inputs, mask)[0]

    def log_partition(self, emissions: Tensor, mask: Tensor | None = None) -> Tensor:
        """Returns log Z, `(batch,)`, in nats.

        The Keras mask of `emissions` is not used: pass `mask`.
        """
        return self._condition(emissions, mask)[1]

    def log_likelihood(self, emissions: Tensor, tags: Tensor, mask: Tensor | None = None) -> Tensor:
        """Returns `log p(tags)`, `(batch,)`, in nats, for instance as a confidence of `decode`.

        The Keras mask of `emissions` is not used: pass `mask`.

        Args:
            emissions: float `(batch, time, k)`.
            tags: int `(batch, time)`. Ignored at masked steps. At valid steps, tags out of range
                are clipped to the nearest tag.
            mask: bool `(batch, time)` or None.
        """
        chain, _ = self._condition(emissions, mask)
        tags = ops.convert_to_tensor(tags)
        if len(tags.shape) != 2 or not linear_chain.may_be_equal(tags.shape, chain.shape[:2]):
            raise ValueError(
                "CRF: tags must have shape (batch, time). Received tags "
                f"{tuple(tags.shape)}, emissions {tuple(chain.shape[:3])}. "
                "Pass one tag for each step of emissions."
            )
        return linear_chain.path_log_probability(chain, tags)

    def marginals(self, emissions: Tensor, mask: Tensor | None = None) -> Tensor:
        """Returns the probability of each tag at each step, `(batch, time, k)`; 0 if masked.

        The Keras mask of `emissions` is not used: pass `mask`.
        """
        return _zero_where_masked(
            linear_chain.marginals(self._condition(emissions, mask)[0]), mask, (2,)
        )

    def decode(self, emissions: Tensor, mask: Tensor | None = None) -> Tensor:
        """Returns the most probable tags (Viterbi), int32 `(batch, time)`; 0 if masked.

        The Keras mask of `emissions` is not used: pass `mask`.
        """
        tags = linear_chain.best_path(linear_chain.scores(*self._parts(emissions, mask)))
        return _zero_where_masked(tags, mask, ())

    def decode_n_best(
        self, emissions: Tensor, n: int, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Returns the `n` most probable tag sequences, the best one first.

        The Keras mask of `emissions` is not used: pass `mask`.

        Args:
            emissions: float `(batch, time, k)`.
            n: int. Number of sequences.
            mask: bool `(batch, time)` or None.

        Returns:
            pair of the tags, int32 `(batch, n, time)`, 0 if masked, and their log-probabilities
            `(batch, n)`. If fewer than `n` sequences are possible, the remaining rows have tags of
            0 and a log-probability of -inf.
        """
        if n < 1:
            raise ValueError(
                f"CRF: n must be positive. Received n {n}. Pass the number of sequences to find."
            )
        tags, scores = linear_chain.best_paths(self._condition(emissions, mask)[0], n)
        return _zero_where_masked(tags, mask, (1,)), scores

    def _condition(self, emissions, mask):
        return linear_chain.condition(*self._parts(emissions, mask), unroll=self.unroll)

    def _parts(self, emissions, mask):
        """Returns emissions plus end scores, transitions, starts and mask, for `linear_chain`."""
        emissions = ops.convert_to_tensor(emissions)
        self._check_emissions(emissions.shape)
        _check_mask(mask, emissions.shape)
        if not self.built:
            self.build(emissions.shape)
        transitions, starts, ends = self._constrained()
        emissions = ops.cast(emissions, self._exact_dtype)
        mask = ops.ones_like(emissions[:, :, 0], "bool") if mask is None else mask
        number = ops.cumsum(ops.cast(mask, "int32"), axis=1)  # index of each valid step, from 1
        count = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True)
        last = ops.expand_dims(number == count, 2)
        emissions = emissions + ops.where(last, ends, 0.0)
        # ops.where instead of a product, because masked emissions may be NaN.
        return ops.where(ops.expand_dims(mask, 2), emissions, 0.0), transitions, starts, mask

    def _constrained(self):
        pairs = (
            (self.transitions, self.allowed_transitions),
            (self.start_scores, self.allowed_starts),
            (self.end_scores, self.allowed_ends),
        )
        weights = [ops.cast(weight, self._exact_dtype) for weight, _ in pairs]
        return [
            weight if allowed is None else ops.where(np.array(allowed), weight, FORBIDDEN)
            for weight, (_, allowed) in zip(weights, pairs, strict=True)
        ]

    @property
    def _exact_dtype(self):
        return keras.backend.result_type(self.variable_dtype, "float32")

    def _check_emissions(self, shape):
        if len(shape) != 3 or shape[-1] != self.num_tags:
            raise ValueError(
                "CRF: emissions must have shape (batch, time, num_tags). Received emissions "
                f"{tuple(shape)}, num_tags {self.num_tags}. Pass one logit for each tag."
            )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self._check_emissions(input_shape)
        return (*input_shape, self.num_tags)

    def compute_output_spec(
        self, inputs: keras.KerasTensor, mask: keras.KerasTensor | None = None
    ) -> keras.KerasTensor:
        _check_mask(mask, inputs.shape)
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), self._exact_dtype)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        return None  # the output encodes the mask

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "num_tags": self.num_tags,
            "allowed_transitions": self.allowed_transitions,
            "allowed_starts": self.allowed_starts,
            "allowed_ends": self.allowed_ends,
            "transitions_initializer": keras.initializers.serialize(self.transitions_initializer),
            "transitions_regularizer": keras.regularizers.serialize(self.transitions_regularizer),
            "unroll": self.unroll,
        }


def _allowed(name, allowed, shape):
    """Returns a constraint as nested lists of bool, or None."""
    if allowed is None:
        return None
    array = np.asarray(allowed)
    if array.shape != shape or array.dtype != bool:
        raise ValueError(
            f"CRF: {name} must be bool of shape {shape}. Received {name} {array.dtype} "
            f"{array.shape}. Set each allowed entry to True, or pass None to allow all."
        )
    if not array.any():
        raise ValueError(
            f"CRF: {name} must have a True entry. Received {name} without any True. "
            "Set each allowed entry to True, or pass None to allow all."
        )
    return array.tolist()


def _check_mask(mask, emissions):
    if mask is None:
        return
    dtype = keras.backend.standardize_dtype(mask.dtype)
    if (
        dtype != "bool"
        or len(mask.shape) != 2
        or not linear_chain.may_be_equal(mask.shape, emissions[:2])
    ):
        raise ValueError(
            "CRF: mask must be bool (batch, time), False at steps to ignore. Received mask "
            f"{dtype} {tuple(mask.shape)}, emissions {tuple(emissions)}. "
            "Pass one bool for each step of emissions."
        )


def _zero_where_masked(tensor, mask, axes):
    return tensor if mask is None else ops.where(ops.expand_dims(mask, axes), tensor, 0)
