"""Recurrent language model that predicts the next token."""

from typing import Literal

import keras

from keras_dl.models.seeded import seeded

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
    for each row and are not carried over between batches.
    """
    sizes = (vocabulary_size, embedding_units, units, layers)
    if min(sizes) < 1 or cell not in _RECURRENT:
        raise ValueError(
            "language_model: vocabulary_size, embedding_units, units and layers must be positive, "
            f"and cell one of {list(_RECURRENT)}. Received {sizes}, cell {cell!r}. Use at least "
            "1 for each size."
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
