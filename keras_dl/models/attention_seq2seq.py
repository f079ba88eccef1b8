"""Encoder-decoder with attention for sequence-to-sequence tasks."""

from collections.abc import Callable

import keras

from keras_dl.layers.attention_decoder import AttentionDecoder
from keras_dl.models.seeded import seeded
from keras_dl.typing import Tensor


@seeded
def attention_seq2seq(
    source_vocabulary_size: int,
    target_vocabulary_size: int,
    *,
    embedding_units: int = 32,
    encoder_units: int = 64,
    decoder_units: int = 128,
    attention_units: int = 64,
    dropout: float = 0.0,
    seed: int | None = None,
    name: str = "attention_seq2seq",
) -> keras.Model:
    """Builds a bidirectional encoder and a decoder that attends to the encoder outputs.

    Train it with `fit`, using the target tokens shifted by one as `previous` (teacher forcing). For
    decoding, `seq2seq_initial_state` and `seq2seq_step_fn` run the decoder one token at a time. The
    decoder attends to all encoder outputs at every step.

    Args:
        source_vocabulary_size: int. Number of source tokens, including padding (0).
        target_vocabulary_size: int. Number of target tokens, including the start token.
        embedding_units: int. Size of the token vectors of encoder and decoder.
        encoder_units: int. State size of each direction of the encoder.
        decoder_units: int. State size of the decoder.
        attention_units: int. Size of the hidden layer that computes attention scores.
        dropout: float. Dropout rate of the encoder's inputs and outputs.
        seed: int or None. Seed of the initial weights and of dropout.
        name: str. Name of the model.

    Returns:
        keras.Model from `{"source": int (batch, source_time), "previous": int (batch,
        target_time)}` to float32 logits `(batch, target_time, target_vocabulary_size)`.
        Its layers are `encoder`, a model, and `decoder`, an `AttentionDecoder`.

    Raises:
        ValueError: if a size is not positive.

    Reference: Bahdanau, Cho & Bengio 2015, arXiv:1409.0473, sections 3 and A. `AttentionDecoder`
    lists the differences from the paper.
    """
    encoder = _encoder(source_vocabulary_size, embedding_units, encoder_units, dropout)
    source = keras.Input((None,), dtype="int32", name="source")
    previous = keras.Input((None,), dtype="int32", name="previous")
    encoded = encoder(source)
    logits = AttentionDecoder(
        target_vocabulary_size, embedding_units, decoder_units, attention_units, name="decoder"
    )(previous, encoded["values"], encoded["initial"], encoded["mask"])
    return keras.Model({"source": source, "previous": previous}, logits, name=name)


def _encoder(vocabulary_size, embedding_units, units, dropout):
    source = keras.Input((None,), dtype="int32", name="source")
    mask = keras.ops.not_equal(source, 0)
    embedded = keras.layers.Embedding(vocabulary_size, embedding_units, name="embedding")(source)
    embedded = keras.layers.Dropout(dropout, name="embedding_dropout")(embedded)
    recurrent = keras.layers.Bidirectional(
        keras.layers.GRU(units, return_sequences=True, return_state=True), name="recurrent"
    )
    values, _, last_backward = recurrent(embedded, mask=mask)
    values = keras.layers.Dropout(dropout, name="values_dropout")(values)
    outputs = {"values": values, "initial": last_backward, "mask": mask}
    return keras.Model(source, outputs, name="encoder")


def seq2seq_initial_state(model: keras.Model, source: Tensor) -> dict[str, Tensor]:
    """Encodes `source` and returns the initial state of the decoder.

    Args:
        model: keras.Model from `attention_seq2seq`.
        source: int `(batch, source_time)`; 0 is padding.

    Returns:
        dict of tensors with leading dimension batch: the state before the first token.
    """
    encoded = model.get_layer("encoder")(source)
    return model.get_layer("decoder").initial_state(**encoded)


def seq2seq_step_fn(
    model: keras.Model,
) -> Callable[[Tensor, dict[str, Tensor]], tuple[Tensor, dict[str, Tensor]]]:
    """Returns the step function of an `attention_seq2seq` model, for `keras_dl.decoding`."""
    return model.get_layer("decoder").step


def attention_weights(model: keras.Model, source: Tensor, previous: Tensor) -> Tensor:
    """Returns the attention weights of an `attention_seq2seq` model for given target tokens.

    Args:
        model: keras.Model from `attention_seq2seq`.
        source: int `(batch, source_time)`; 0 is padding.
        previous: int `(batch, target_time)`. The token before each target token.

    Returns:
        float `(batch, target_time, source_time)`, the weights of each target token.
    """
    return model.get_layer("decoder").attention_weights(
        previous, **model.get_layer("encoder")(source)
    )
