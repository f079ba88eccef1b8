"""Decoder that describes an image in words."""

import keras

from keras_dl.layers.attention_decoder import AttentionDecoder
from keras_dl.models.encoder_decoder import with_decoder
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes


@seeded
def captioner(
    features: keras.Model,
    vocabulary_size: int,
    *,
    embedding_units: int = 64,
    decoder_units: int = 128,
    attention_units: int = 64,
    output_units: int | None = None,
    tie_embedding: bool = False,
    dropout: float = 0.0,
    decoder_dropout: float = 0.0,
    seed: int | None = None,
    name: str = "captioner",
) -> keras.Model:
    """Builds a model that describes images, from a model that computes features of an image.

    If the features are a grid, the decoder attends to its cells at every step and computes its
    first state from their mean. If they are one vector, the decoder computes its first state from
    this vector and reads it at every step. Training changes the weights of `features`, too, unless
    `features.trainable` is False. The model is used like `attention_seq2seq`.

    Args:
        features: keras.Model from images to a grid `(batch, rows, columns, channels)` or a vector
            `(batch, channels)`.
        vocabulary_size: int. Number of tokens, including the start token.
        embedding_units: int. Size of a token vector.
        decoder_units: int. State size of the decoder.
        attention_units: int. Size of the hidden layer that computes attention scores. Ignored if
            the features are a vector.
        output_units: int or None. Size of a tanh layer before the logits; None omits the layer.
        tie_embedding: bool. Whether the logits use the embedding of the tokens. `output_units` must
            then be `embedding_units`.
        dropout: float. Dropout rate of the features.
        decoder_dropout: float. Dropout rate of the decoder's token vectors and of the inputs of the
            last layer.
        seed: int or None. Seed of the initial weights, without those of `features`, and of dropout.
        name: str. Name of the model.

    Returns:
        keras.Model from `{"image": inputs of features, "previous": int (batch, target_time)}` to
        float32 logits `(batch, target_time, vocabulary_size)`. Its layers are `encoder`, a model,
        and `decoder`, an `AttentionDecoder`.

    Raises:
        ValueError: if `features` has other inputs or outputs, a size is not positive, or
            `output_units` does not allow `tie_embedding`.

    Reference: Xu et al. 2015, arXiv:1502.03044, sections 3.1 and 4.2 (soft attention), for a grid;
    Vinyals et al. 2015, arXiv:1411.4555, for a vector, which they read only once.
    `AttentionDecoder` lists other differences.
    """
    shapes = [tuple(each.shape) for each in (*features.inputs, *features.outputs)]
    if len(shapes) != 2 or len(shapes[1]) not in (2, 4) or shapes[1][-1] is None:
        raise ValueError(
            "captioner: features must have one input, and one output of shape (batch, rows, "
            "columns, channels) or (batch, channels), with a static number of channels. Received "
            f"shapes {shapes}. Select one layer of a network, before Flatten."
        )
    check_sizes(
        "captioner",
        vocabulary_size=vocabulary_size,
        embedding_units=embedding_units,
        decoder_units=decoder_units,
    )
    is_grid = len(shapes[1]) == 4
    image = keras.Input(shapes[0][1:], dtype=features.inputs[0].dtype, name="image")
    values = initial = keras.layers.Dropout(dropout, name="values_dropout")(features(image))
    if is_grid:
        values = keras.layers.Reshape((-1, shapes[1][-1]), name="cells")(values)
        initial = keras.layers.GlobalAveragePooling1D(name="mean")(values)
    encoder = keras.Model(image, {"values": values, "initial": initial}, name="encoder")
    decoder = AttentionDecoder(
        vocabulary_size,
        embedding_units,
        decoder_units,
        attention_units if is_grid else None,
        output_units,
        tie_embedding,
        decoder_dropout,
        name="decoder",
    )
    return with_decoder(encoder, decoder, name)
