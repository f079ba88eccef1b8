"""Recurrent decoder with attention over an encoded sequence."""

from typing import Any, cast

import keras
from keras import ops

from keras_dl.layers.bahdanau_attention import BahdanauAttention
from keras_dl.layers.scan import scan
from keras_dl.typing import Config, Initializer, Regularizer, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class AttentionDecoder(keras.layers.Layer):
    """Recurrent decoder that attends to an encoded source at every step.

    The state `s`, the tokens `y` and the attention context `c(t)` for the query `s(t-1)` satisfy
    `s(t) = GRU(s(t-1), [embedding(y(t-1)), c(t)])` and `logits(t) = Dense([s(t), c(t)])`. `call`
    runs over given tokens (teacher forcing); `step` runs one token at a time with the same weights,
    for `keras_dl.decoding`. Attention ignores padding of the source. On TensorFlow, XLA compiles
    the forward pass but not its gradient, so `jit_compile="auto"` does not use XLA.

    With `output_units`, the logits are `Dense(tanh(Dense([s(t), c(t)])))`, which is cheaper for a
    large vocabulary. With `tie_embedding`, the kernel of the last layer is the transposed embedding
    of the tokens.

    Args:
        vocabulary_size: int. Number of tokens in the vocabulary.
        embedding_units: int. Size of a token embedding.
        units: int. Size of the state.
        attention_units: int or None. Size of the hidden layer that computes the attention scores.
            With None, there is no attention: the source is one vector, the context of every step.
        output_units: int or None. Size of a tanh layer before the logits; None omits the layer.
        tie_embedding: bool. Whether the logits use the embedding of the tokens. `output_units` must
            then be `embedding_units`.
        dropout: float, at least 0 and below 1. Dropout rate of the token embeddings and of the
            inputs of the last layer in training, with a new mask at each step.
        embeddings_initializer: initializer of the embeddings. With None, it is `"uniform"`, or, if
            they are also the kernel of the logits, `RandomNormal(stddev=embedding_units**-0.5)`:
            from the small values of `"uniform"`, learning starts slowly.
        kernel_initializer: initializer of the kernels of all dense layers, of the attention and of
            the GRU, or None for `"glorot_uniform"`.
        recurrent_initializer: initializer of the recurrent kernel, or None for `"orthogonal"`.
        bias_initializer: initializer of all biases.
        embeddings_regularizer, kernel_regularizer, recurrent_regularizer, bias_regularizer:
            regularizers of the same weights, or None.
        seed: int or None. Seed of the dropout.
        unroll: bool. Whether the graph repeats a step for each token instead of a loop, for
            runtimes that know no loops. The number of tokens must then be known.

    Call arguments:
        previous: int `(batch, target_time)`. The token before each target token.
        values: float `(batch, source_time, dv)`. The encoded source. Without attention, one vector
            `(batch, dv)`.
        initial: float `(batch, di)`. Vector from which the layer computes the first state,
            `tanh(Dense(initial))`.
        mask: bool `(batch, source_time)`. False where the source is padding. None: no padding.

    Returns:
        float32 logits `(batch, target_time, vocabulary_size)`.

    Raises:
        ValueError: if a size is not positive, `dropout` is out of range, `output_units` does not
            allow `tie_embedding`, or `values` does not fit `attention_units`.

    Reference: Bahdanau, Cho & Bengio 2015, arXiv:1409.0473, appendix A.2.2. Unlike in the paper,
    the output layer has no maxout layer and does not use the previous token. Without attention, the
    layer is the decoder of Cho et al. 2014, arXiv:1406.1078, with the same differences. Press &
    Wolf 2017, arXiv:1608.05859, for tied embeddings.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_units: int,
        units: int,
        attention_units: int | None,
        output_units: int | None = None,
        tie_embedding: bool = False,
        dropout: float = 0.0,
        embeddings_initializer: Initializer | None = None,
        kernel_initializer: Initializer | None = None,
        recurrent_initializer: Initializer | None = None,
        bias_initializer: Initializer = "zeros",
        embeddings_regularizer: Regularizer | None = None,
        kernel_regularizer: Regularizer | None = None,
        recurrent_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        seed: int | None = None,
        unroll: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        # On TensorFlow, the loop of ops.scan has no bound, and XLA needs one for the gradient.
        self.supports_jit = False
        _check(vocabulary_size, embedding_units, units, attention_units, output_units)
        if not 0 <= dropout < 1:
            raise ValueError(
                "AttentionDecoder: dropout must be at least 0 and below 1. Received dropout "
                f"{dropout}. Pass the fraction of values to drop."
            )
        if tie_embedding and output_units != embedding_units:
            raise ValueError(
                "AttentionDecoder: output_units must equal embedding_units with tie_embedding. "
                f"Received output_units {output_units}, embedding_units {embedding_units}. Pass "
                f"output_units={embedding_units}."
            )
        self.vocabulary_size = vocabulary_size
        self.embedding_units = embedding_units
        self.units = units
        self.attention_units = attention_units
        self.output_units = output_units
        self.tie_embedding = tie_embedding
        self.dropout = dropout
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.embeddings_regularizer = keras.regularizers.get(embeddings_regularizer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = keras.regularizers.get(recurrent_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.seed = seed
        self.unroll = unroll
        self.embedding = keras.layers.Embedding(
            vocabulary_size,
            embedding_units,
            _copy(self.embeddings_initializer)
            or _default_embeddings(tie_embedding, embedding_units),
            embeddings_regularizer=self.embeddings_regularizer,
            dtype=self.dtype_policy,
            name="embedding",
        )
        self.start = keras.layers.Dense(units, "tanh", name="start", **self._dense_options())
        self.attention = attention_units and BahdanauAttention(
            attention_units,
            self.kernel_initializer,
            self.kernel_regularizer,
            dtype=self.dtype_policy,
            name="attention",
        )
        self.cell = keras.layers.GRUCell(
            units,
            recurrent_initializer=_copy(self.recurrent_initializer) or "orthogonal",
            recurrent_regularizer=self.recurrent_regularizer,
            name="cell",
            **self._dense_options(),
        )
        self.hidden = output_units and keras.layers.Dense(
            output_units, "tanh", name="hidden", **self._dense_options()
        )
        # One layer for both inputs: two with the same seed would have the same masks.
        self.dropping = keras.layers.Dropout(
            dropout, seed=seed, dtype=self.dtype_policy, name="dropout"
        )
        if not tie_embedding:
            options = {**self._dense_options(), "dtype": "float32"}
            self.logits = keras.layers.Dense(vocabulary_size, name="logits", **options)

    def _dense_options(self):
        return {
            "kernel_initializer": _copy(self.kernel_initializer) or "glorot_uniform",
            "bias_initializer": _copy(self.bias_initializer),
            "kernel_regularizer": self.kernel_regularizer,
            "bias_regularizer": self.bias_regularizer,
            "dtype": self.dtype_policy,
        }

    def build(
        self,
        previous_shape: Shape,
        values_shape: Shape,
        initial_shape: Shape,
        mask_shape: Shape | None = None,
    ) -> None:
        if len(values_shape) != (3 if self.attention else 2):
            raise ValueError(
                "AttentionDecoder: values must have shape (batch, source_time, dv), or (batch, dv) "
                f"without attention. Received values {tuple(values_shape)}, attention_units "
                f"{self.attention_units}. Pass attention_units for a sequence, None for a vector."
            )
        features = cast(int, values_shape[-1])
        self.embedding.build(previous_shape)
        self.start.build(initial_shape)
        if self.attention:
            self.attention.build((None, self.units), values_shape)
        self.cell.build((None, self.embedding_units + features))
        if self.hidden:
            self.hidden.build((None, self.units + features))
        if self.tie_embedding:
            self.bias = self.add_weight(
                (self.vocabulary_size,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                autocast=False,
                name="bias",
            )
        else:
            self.logits.build((None, self.output_units or self.units + features))

    def call(
        self,
        previous: Tensor,
        values: Tensor,
        initial: Tensor,
        mask: Tensor | None = None,
        training: bool | None = None,
    ) -> Tensor:
        states, contexts, _ = self._run(previous, values, initial, mask, training)
        features = ops.transpose(ops.concatenate([states, contexts], -1), (1, 0, 2))
        return self._logits(features, training)

    def _logits(self, features, training=False):
        features = self.hidden(features) if self.hidden else features
        features = self.dropping(features, training=training)
        if not self.tie_embedding:
            return self.logits(features)
        kernel = ops.transpose(ops.cast(self.embedding.embeddings, "float32"))
        return ops.matmul(ops.cast(features, "float32"), kernel) + self.bias

    def attention_weights(
        self, previous: Tensor, values: Tensor, initial: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Returns the attention weights, float `(batch, target_time, source_time)`.

        Without attention, the source is one vector with a weight of 1.
        """
        _, _, weights = self._run(previous, values, initial, mask)
        return ops.transpose(weights, (1, 0, 2))

    def initial_state(
        self, values: Tensor, initial: Tensor, mask: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Returns the state before the first token, a dict for `step`."""
        state = {"state": self.start(initial)}
        if not self.attention:
            return {**state, "values": ops.expand_dims(values, 1)}
        masks = {} if mask is None else {"mask": mask}
        return {**state, "values": values, "keys": self.attention.keys(values), **masks}

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
        logits = self._logits(ops.concatenate([hidden, context], -1))
        return ops.log_softmax(logits), {**state, "state": hidden}

    def _run(self, previous, values, initial, mask, training=False):
        state = self.initial_state(values, initial, mask)
        embedded = self.dropping(self.embedding(previous), training=training)

        def advance(carry, token):
            carry = self._advance(token, carry[0], state)
            return carry, carry  # on TensorFlow, the outputs of ops.scan must match the carry

        values = state["values"]
        first = (state["state"], ops.zeros_like(values[:, 0]), ops.zeros_like(values[:, :, 0]))
        _, steps = scan(advance, first, ops.transpose(embedded, (1, 0, 2)), unroll=self.unroll)
        return steps

    def _advance(self, embedded, query, state):
        context, weights = self._attend(query, state)
        hidden, _ = self.cell(ops.concatenate([embedded, context], -1), [query])
        return hidden, context, weights

    def _attend(self, query, state):
        if not self.attention:
            return state["values"][:, 0], ops.ones_like(state["values"][:, :, 0])
        return self.attention(query, state["values"], mask=state.get("mask"), keys=state["keys"])

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
        mask: keras.KerasTensor | None = None,
        training: bool | None = None,
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
            "output_units": self.output_units,
            "tie_embedding": self.tie_embedding,
            "dropout": self.dropout,
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": keras.initializers.serialize(self.recurrent_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "embeddings_regularizer": keras.regularizers.serialize(self.embeddings_regularizer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "recurrent_regularizer": keras.regularizers.serialize(self.recurrent_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
            "seed": self.seed,
            "unroll": self.unroll,
        }


def _check(vocabulary_size, embedding_units, units, attention_units, output_units):
    sizes = (vocabulary_size, embedding_units, units, attention_units, output_units)
    if min(size for size in sizes if size is not None) < 1:
        raise ValueError(
            "AttentionDecoder: vocabulary_size, embedding_units, units, attention_units and "
            f"output_units must be positive. Received {sizes}. Use at least 1 for each."
        )


def _default_embeddings(tie_embedding, units):
    """Returns the default initializer of the embeddings; creating a random one draws its seed."""
    return keras.initializers.RandomNormal(stddev=units**-0.5) if tie_embedding else "uniform"


def _copy(initializer):
    """Returns a copy of an initializer: one without a seed draws a new one for each kernel."""
    is_initializer = isinstance(initializer, keras.initializers.Initializer)
    return initializer.clone() if is_initializer else initializer
