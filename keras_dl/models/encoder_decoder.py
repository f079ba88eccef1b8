"""Encoder-decoders for sequence-to-sequence tasks, with and without attention."""

from collections.abc import Callable

import keras
from keras import ops

from keras_dl.layers.attention_decoder import AttentionDecoder
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes
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
    output_units: int | None = None,
    tie_embedding: bool = False,
    dropout: float = 0.0,
    decoder_dropout: float = 0.0,
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
        output_units: int or None. Size of a tanh layer before the logits; None omits the layer. It
            saves time if the target vocabulary is large.
        tie_embedding: bool. Whether the logits use the embedding of the target tokens.
            `output_units` must then be `embedding_units`.
        dropout: float. Dropout rate of the encoder's inputs and outputs.
        decoder_dropout: float. Dropout rate of the decoder's token vectors and of the inputs of the
            last layer.
        seed: int or None. Seed of the initial weights and of dropout.
        name: str. Name of the model.

    Returns:
        keras.Model from `{"source": int (batch, source_time), "previous": int (batch,
        target_time)}` to float32 logits `(batch, target_time, target_vocabulary_size)`.
        Its layers are `encoder`, a model, and `decoder`, an `AttentionDecoder`.

    Raises:
        ValueError: if a size is not positive, or `output_units` does not allow `tie_embedding`.

    Reference: Bahdanau, Cho & Bengio 2015, arXiv:1409.0473, sections 3 and A. `AttentionDecoder`
    lists the differences from the paper.
    """
    check_sizes(
        "attention_seq2seq",
        source_vocabulary_size=source_vocabulary_size,
        target_vocabulary_size=target_vocabulary_size,
        embedding_units=embedding_units,
        encoder_units=encoder_units,
        decoder_units=decoder_units,
        attention_units=attention_units,
    )
    source, values, last_states, mask = _read(
        source_vocabulary_size, embedding_units, encoder_units, dropout
    )
    values = keras.layers.Dropout(dropout, name="values_dropout")(values)
    encoded = {"values": values, "initial": last_states[1], "mask": mask}
    decoder = AttentionDecoder(
        target_vocabulary_size,
        embedding_units,
        decoder_units,
        attention_units,
        output_units,
        tie_embedding,
        decoder_dropout,
        name="decoder",
    )
    return with_decoder(keras.Model(source, encoded, name="encoder"), decoder, name)


@seeded
def encoder_decoder(
    source_vocabulary_size: int,
    target_vocabulary_size: int,
    *,
    embedding_units: int = 32,
    encoder_units: int = 64,
    decoder_units: int = 128,
    output_units: int | None = None,
    tie_embedding: bool = False,
    dropout: float = 0.0,
    decoder_dropout: float = 0.0,
    seed: int | None = None,
    name: str = "encoder_decoder",
) -> keras.Model:
    """Builds a bidirectional encoder and a decoder that receives only its last states.

    The last states of both directions are one vector, whatever the length of the source. The
    decoder computes its first state from this vector and reads it at every step. The model is used
    like `attention_seq2seq`.

    Args:
        source_vocabulary_size: int. Number of source tokens, including padding (0).
        target_vocabulary_size: int. Number of target tokens, including the start token.
        embedding_units: int. Size of the token vectors of encoder and decoder.
        encoder_units: int. State size of each direction of the encoder.
        decoder_units: int. State size of the decoder.
        output_units: int or None. Size of a tanh layer before the logits; None omits the layer.
        tie_embedding: bool. Whether the logits use the embedding of the target tokens.
            `output_units` must then be `embedding_units`.
        dropout: float. Dropout rate of the encoder's inputs and outputs.
        decoder_dropout: float. Dropout rate of the decoder's token vectors and of the inputs of the
            last layer.
        seed: int or None. Seed of the initial weights and of dropout.
        name: str. Name of the model.

    Returns:
        keras.Model with the inputs, outputs and layers of `attention_seq2seq`.

    Raises:
        ValueError: if a size is not positive, or `output_units` does not allow `tie_embedding`.

    Reference: Cho et al. 2014, arXiv:1406.1078, section 2.2. Unlike in the paper, the encoder is
    bidirectional. `AttentionDecoder` lists other differences.
    """
    check_sizes(
        "encoder_decoder",
        source_vocabulary_size=source_vocabulary_size,
        target_vocabulary_size=target_vocabulary_size,
        embedding_units=embedding_units,
        encoder_units=encoder_units,
        decoder_units=decoder_units,
    )
    source, _, last_states, _ = _read(
        source_vocabulary_size, embedding_units, encoder_units, dropout
    )
    values = keras.layers.Concatenate(name="last_states")(last_states)
    values = keras.layers.Dropout(dropout, name="values_dropout")(values)
    encoded = {"values": values, "initial": values}
    decoder = AttentionDecoder(
        target_vocabulary_size,
        embedding_units,
        decoder_units,
        None,
        output_units,
        tie_embedding,
        decoder_dropout,
        name="decoder",
    )
    return with_decoder(keras.Model(source, encoded, name="encoder"), decoder, name)


def _read(vocabulary_size, embedding_units, units, dropout):
    """Returns the source, `(batch, time, 2 * units)` states, both last states and the mask."""
    source = keras.Input((None,), dtype="int32", name="source")
    mask = ops.not_equal(source, 0)
    embedded = keras.layers.Embedding(vocabulary_size, embedding_units, name="embedding")(source)
    embedded = keras.layers.Dropout(dropout, name="embedding_dropout")(embedded)
    recurrent = keras.layers.Bidirectional(
        keras.layers.GRU(units, return_sequences=True, return_state=True), name="recurrent"
    )
    states, *last_states = recurrent(embedded, mask=mask)
    return source, states, last_states, mask


def with_decoder(encoder: keras.Model, decoder: AttentionDecoder, name: str) -> keras.Model:
    """Joins an encoder and a decoder to a model of the logits for given previous tokens.

    Args:
        encoder: keras.Model from one input to a dict of `values`, `initial` and, optionally,
            `mask`, the arguments of the decoder.
        decoder: `AttentionDecoder`.
        name: str. Name of the model.

    Returns:
        keras.Model from a dict of the encoder's input, with its name, and `previous`, to logits.
    """
    (inner,) = encoder.inputs
    source = keras.Input(inner.shape[1:], dtype=inner.dtype, name=inner.name)
    previous = keras.Input((None,), dtype="int32", name="previous")
    logits = decoder(previous, **encoder(source))
    return keras.Model({inner.name: source, "previous": previous}, logits, name=name)


def seq2seq_initial_state(model: keras.Model, source: Tensor) -> dict[str, Tensor]:
    """Encodes `source` and returns the initial state of the decoder.

    Args:
        model: keras.Model from `attention_seq2seq`, `encoder_decoder`, `captioner` or
            `speech_seq2seq`.
        source: the input of the encoder: int `(batch, source_time)`, where 0 is padding, images, or
            a dict of `features` and `mask`.

    Returns:
        dict of tensors with leading dimension batch: the state before the first token.
    """
    encoded = model.get_layer("encoder")(source)
    return model.get_layer("decoder").initial_state(**encoded)


def seq2seq_step_fn(
    model: keras.Model,
) -> Callable[[Tensor, dict[str, Tensor]], tuple[Tensor, dict[str, Tensor]]]:
    """Returns the step function of a model with a decoder, for `keras_dl.decoding`."""
    return model.get_layer("decoder").step


def attention_weights(model: keras.Model, source: Tensor, previous: Tensor) -> Tensor:
    """Returns the attention weights of a model for given target tokens.

    Args:
        model: keras.Model from `attention_seq2seq`, `captioner` or `speech_seq2seq`.
        source: the input of the encoder, see `seq2seq_initial_state`.
        previous: int `(batch, target_time)`. The token before each target token.

    Returns:
        float `(batch, target_time, source_time)`, the weights of each target token. For images,
        `source_time` is the number of grid cells, row by row; for speech, the number of time steps
        of the encoder's outputs.
    """
    return model.get_layer("decoder").attention_weights(
        previous, **model.get_layer("encoder")(source)
    )
