"""Recurrent language model that predicts the next token, and its step function."""

from collections.abc import Callable
from typing import Literal

import keras
from keras import ops

from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes
from keras_dl.typing import Tensor

_RECURRENT = {
    "simple_rnn": keras.layers.SimpleRNN,
    "gru": keras.layers.GRU,
    "lstm": keras.layers.LSTM,
}


@seeded
def language_model(
    vocabulary_size: int,
    *,
    embedding_units: int = 128,
    units: int = 256,
    layers: int = 1,
    cell: Literal["lstm", "gru", "simple_rnn"] = "lstm",
    dropout: float = 0.0,
    seed: int | None = None,
    name: str = "language_model",
) -> keras.Model:
    """Builds a recurrent network that predicts the next token at each time step.

    Train it with the loss `SparseCategoricalCrossentropy(from_logits=True)`, using the tokens
    shifted by one as targets. Padding (ID 0, at any position) affects neither the states nor the
    loss. The perplexity of a corpus is `exp` of the metric
    `keras.metrics.SparseCategoricalCrossentropy(from_logits=True)`, the mean over all tokens. The
    loss that `fit` reports is the mean over batches, which may have different numbers of tokens.

    Dropout is applied before, between and after the layers, with a new mask at each time step, but
    not to the recurrent connections.

    Args:
        vocabulary_size: int. Number of tokens, including padding (0).
        embedding_units: int. Size of a token vector.
        units: int. State size of each layer.
        layers: int. Number of stacked recurrent layers.
        cell: `"lstm"`, `"gru"` or `"simple_rnn"`.
        dropout: float. Dropout rate.
        seed: int or None. Seed of the initial weights and of dropout.
        name: str. Name of the model.

    Returns:
        keras.Model from int `(batch, time)` to float32 logits `(batch, time, vocabulary_size)`.
        Its layers include `embedding` and `logits`.

    Raises:
        ValueError: if a size is not positive, or `cell` is unknown.

    Reference: Zaremba, Sutskever & Vinyals 2014, arXiv:1409.2329, section 3. Here states start at 0
    for each row and are not carried over between batches. `language_step` carries them over.
    """
    check_sizes(
        "language_model",
        vocabulary_size=vocabulary_size,
        embedding_units=embedding_units,
        units=units,
        layers=layers,
    )
    if cell not in _RECURRENT:
        raise ValueError(
            f"language_model: cell must be one of {', '.join(_RECURRENT)}. Received cell {cell!r}. "
            "Choose one of them."
        )
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    states = keras.layers.Embedding(
        vocabulary_size, embedding_units, mask_zero=True, name="embedding"
    )(tokens)
    states = keras.layers.Dropout(dropout, name="embedding_dropout")(states)
    for number in range(1, layers + 1):
        recurrent = _RECURRENT[cell](units, return_sequences=True, name=f"recurrent_{number}")
        states = recurrent(states)
        states = keras.layers.Dropout(dropout, name=f"dropout_{number}")(states)
    logits = keras.layers.Dense(vocabulary_size, dtype="float32", name="logits")(states)
    return keras.Model(tokens, logits, name=name)


Step = Callable[[Tensor, list[list[Tensor]]], tuple[Tensor, list[list[Tensor]]]]


def language_step(
    model: keras.Model,
) -> tuple[Step, Callable[[int | Tensor], list[list[Tensor]]]]:
    """Returns functions that run a `language_model` one token at a time, with a carried state.

    They use the weights of the model, without dropout. A step costs the same for any number of
    tokens before it, while a call of the model reads them all again. Steps over a text give the
    outputs of one call. Padding (ID 0) does not change the state.

    Args:
        model: keras.Model from `language_model`.

    Returns:
        pair of functions. `step(tokens, state) -> (log_probs, state)`, for `keras_dl.decoding`,
            goes from the last token of each text, int `(n,)`, to float32 log-probabilities of the
            next one, in nats, `(n, vocabulary_size)`. `initial_state(batch_size) -> state` returns
            the state before the first token: a list of the states of each layer, float
            `(batch_size, units)`.

    Raises:
        ValueError: if the model has other layers than a `language_model`.

    Example:
    >>> step, initial_state = language_step(language_model(9, units=4))
    >>> log_probs, state = step([3, 1], initial_state(2))
    >>> tuple(log_probs.shape)
    (2, 9)
    """
    layers = {layer.name: layer for layer in model.layers}
    cells = [getattr(layers[name], "cell", None) for name in layers if "recurrent_" in name]
    if not {"embedding", "logits"} <= set(layers) or not cells or None in cells:
        raise ValueError(
            f"language_step: model must come from language_model. Received layers {list(layers)}. "
            "Build the model with language_model."
        )
    embedding, logits = layers["embedding"], layers["logits"]

    def step(tokens, state):
        tokens = ops.convert_to_tensor(tokens)
        is_token = ops.expand_dims(tokens != 0, 1)
        # `call` and not `__call__`, which attaches a mask that a cell does not support.
        outputs, new_state = embedding.call(tokens), []
        for cell, old in zip(cells, state, strict=True):
            _, new = cell(outputs, old, training=False)
            new = [ops.where(is_token, *pair) for pair in zip(new, old, strict=True)]
            new_state.append(new)
            outputs = new[0]
        return ops.log_softmax(logits(outputs)), new_state

    def initial_state(batch_size):
        return [cell.get_initial_state(batch_size) for cell in cells]

    return step, initial_state
