"""Recurrent decoder with attention over an encoded sequence."""

from typing import Any, cast

import keras
from keras import ops

from keras_dl.layers.bahdanau_attention import BahdanauAttention
from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class AttentionDecoder(keras.layers.Layer):
    """Recurrent decoder that attends to an encoded source sequence at every step.

    The state `s`, the tokens `y` and the attention context `c(t)` for the query `s(t-1)` satisfy
    `s(t) = GRU(s(t-1), [embedding(y(t-1)), c(t)])` and `logits(t) = Dense([s(t), c(t)])`. `call`
    runs over given tokens (teacher forcing); `step` runs one token at a time with the same weights,
    for `keras_dl.decoding`. Attention ignores padding of the source. On TensorFlow, XLA compiles
    the forward pass but not its gradient, so `jit_compile="auto"` does not use XLA.

    Args:
        vocabulary_size: int. Number of tokens in the vocabulary.
        embedding_units: int. Size of a token embedding.
        units: int. Size of the state.
        attention_units: int. Size of the hidden layer that computes the attention scores.

    Call arguments:
        previous: int `(batch, target_time)`. The token before each target token.
        values: float `(batch, source_time, dv)`. The encoded source.
        initial: float `(batch, di)`. Vector from which the layer computes the first state,
            `tanh(Dense(initial))`.
        mask: bool `(batch, source_time)`. False where the source is padding.

    Returns:
        float32 logits `(batch, target_time, vocabulary_size)`.

    Raises:
        ValueError: if a size is not positive.

    Reference: Bahdanau, Cho & Bengio 2015, arXiv:1409.0473, appendix A.2.2. Unlike in the paper,
    the output layer has no maxout layer and does not use the previous token.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_units: int,
        units: int,
        attention_units: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        # On TensorFlow, the loop of ops.scan has no bound, and XLA needs one for the gradient.
        self.supports_jit = False
        sizes = (vocabulary_size, embedding_units, units, attention_units)
        if min(sizes) < 1:
            raise ValueError(
                "AttentionDecoder: vocabulary_size, embedding_units, units and attention_units "
                f"must be positive. Received {sizes}. Use at least 1 for each."
            )
        self.vocabulary_size = vocabulary_size
        self.embedding_units = embedding_units
        self.units = units
        self.attention_units = attention_units
        self.embedding = keras.layers.Embedding(
            vocabulary_size, embedding_units, dtype=self.dtype_policy, name="embedding"
        )
        self.start = keras.layers.Dense(
            units, activation="tanh", dtype=self.dtype_policy, name="start"
        )
        self.attention = BahdanauAttention(
            attention_units, dtype=self.dtype_policy, name="attention"
        )
        self.cell = keras.layers.GRUCell(units, dtype=self.dtype_policy, name="cell")
        self.logits = keras.layers.Dense(vocabulary_size, dtype="float32", name="logits")

    def build(
        self,
        previous_shape: Shape,
        values_shape: Shape,
        initial_shape: Shape,
        mask_shape: Shape | None = None,
    ) -> None:
        features = cast(int, values_shape[-1])
        self.embedding.build(previous_shape)
        self.start.build(initial_shape)
        self.attention.build((None, self.units), values_shape)
        self.cell.build((None, self.embedding_units + features))
        self.logits.build((None, self.units + features))

    def call(self, previous: Tensor, values: Tensor, initial: Tensor, mask: Tensor) -> Tensor:
        states, contexts, _ = self._run(previous, values, initial, mask)
        return self.logits(ops.transpose(ops.concatenate([states, contexts], -1), (1, 0, 2)))

    def attention_weights(
        self, previous: Tensor, values: Tensor, initial: Tensor, mask: Tensor
    ) -> Tensor:
        """Returns the attention weights, float `(batch, target_time, source_time)`."""
        _, _, weights = self._run(previous, values, initial, mask)
        return ops.transpose(weights, (1, 0, 2))

    def initial_state(self, values: Tensor, initial: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Returns the state before the first token, a dict for `step`."""
        return {
            "state": self.start(initial),
            "values": values,
            "keys": self.attention.keys(values),
            "mask": mask,
        }

    def step(self, tokens: Tensor, state: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes log-probabilities of the next token: the step function for `keras_dl.decoding`.

        Args:
            tokens: int `(n,)`. The last token of each sequence.
            state: dict of tensors, from `initial_state` or the previous step.

        Returns:
            pair of the float32 log-probabilities `(n, vocabulary_size)` of the next token and the
            new state.
        """
        hidden, context, _ = self._advance(self.embedding(tokens), state["state"], state)
        logits = self.logits(ops.concatenate([hidden, context], -1))
        return ops.log_softmax(logits), {**state, "state": hidden}

    def _run(self, previous, values, initial, mask):
        state = self.initial_state(values, initial, mask)
        embedded = ops.transpose(self.embedding(previous), (1, 0, 2))

        def advance(carry, token):
            carry = self._advance(token, carry[0], state)
            return carry, carry  # on TensorFlow, the outputs of ops.scan must match the carry

        first = (state["state"], ops.zeros_like(values[:, 0]), ops.zeros_like(values[:, :, 0]))
        _, steps = ops.scan(advance, first, embedded)
        return steps

    def _advance(self, embedded, query, state):
        context, weights = self.attention(
            query, state["values"], mask=state["mask"], keys=state["keys"]
        )
        hidden, _ = self.cell(ops.concatenate([embedded, context], -1), [query])
        return hidden, context, weights

    def compute_output_shape(
        self,
        previous_shape: Shape,
        values_shape: Shape,
        initial_shape: Shape,
        mask_shape: Shape | None = None,
    ) -> Shape:
        return (*previous_shape, self.vocabulary_size)

    def compute_output_spec(
        self,
        previous: keras.KerasTensor,
        values: keras.KerasTensor,
        initial: keras.KerasTensor,
        mask: keras.KerasTensor,
    ) -> keras.KerasTensor:
        return keras.KerasTensor((*previous.shape, self.vocabulary_size), "float32")

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        return None

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "embedding_units": self.embedding_units,
            "units": self.units,
            "attention_units": self.attention_units,
        }
