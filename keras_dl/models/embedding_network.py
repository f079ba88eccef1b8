"""Convolutional network from images to embeddings, and a classifier of pairs of embeddings."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes


@seeded
def embedding_network(
    input_shape: tuple[int, int, int],
    units: int = 64,
    *,
    filters: Sequence[int] = (64, 64, 64, 64),
    normalize: bool = True,
    seed: int | None = None,
    name: str = "embedding_network",
) -> keras.Model:
    """Builds a small convolutional network whose outputs are compared by their distance.

    Each block is a convolution of 3 x 3, batch normalization, ReLU and max pooling. A linear layer
    follows. Batch normalization has a momentum of 0.9, because training takes few steps.

    Args:
        input_shape: tuple `(height, width, channels)`. Height and width must be at least
            `2**len(filters)`.
        units: int. Size of an embedding.
        filters: ints. Filters of each block.
        normalize: bool. Whether to scale embeddings to length 1, so that the cosine similarity is
            their product.
        seed: int or None. Seed of the initial weights.
        name: str. Name of the model.

    Returns:
        keras.Model from pixels `(batch, height, width, channels)`, 0 to 255, to float32 embeddings
        `(batch, units)`. The last layer is named `embedding`.

    Raises:
        ValueError: if a size is out of range.

    Reference: Vinyals et al. 2016, arXiv:1606.04080, section 4.1; without normalization of the
    embeddings, Snell et al. 2017, arXiv:1703.05175.
    """
    check_sizes(
        "embedding_network", units=units, blocks=len(filters), filters=min(filters, default=0)
    )
    check_input_shape("embedding_network", input_shape, at_least=2 ** len(filters))
    pixels = keras.Input(input_shape, name="pixels")
    values = keras.layers.Rescaling(1 / 255, name="scaled")(pixels)
    for index, count in enumerate(filters):
        conv = keras.layers.Conv2D(count, 3, padding="same", use_bias=False, name=f"conv_{index}")
        values = keras.layers.BatchNormalization(momentum=0.9, name=f"norm_{index}")(conv(values))
        values = keras.layers.Activation("relu", name=f"relu_{index}")(values)
        values = keras.layers.MaxPooling2D(name=f"pool_{index}")(values)
    values = keras.layers.Flatten(name="flat")(values)
    last = None if normalize else "embedding"
    values = keras.layers.Dense(units, dtype="float32", name=last or "projection")(values)
    if normalize:
        values = keras.layers.UnitNormalization(dtype="float32", name="embedding")(values)
    return keras.Model(pixels, values, name=name)


@seeded
def siamese_classifier(
    units: int, *, seed: int | None = None, name: str = "siamese_classifier"
) -> keras.Model:
    """Builds a binary classifier of pairs of embeddings: do they belong to the same class?

    It is a logistic regression of the absolute differences of the components, so it does not depend
    on the order of the pair. Compute the embedding of each image once, and train the classifier on
    the embeddings.

    Args:
        units: int. Size of an embedding.
        seed: int or None. Seed of the initial weights.
        name: str. Name of the model.

    Returns:
        keras.Model from the list of inputs `first` and `second`, float `(batch, units)`, to float32
        logits `(batch, 1)`: positive if both belong to the same class. The last layer is named
        `logit`.

    Raises:
        ValueError: if `units` is not positive.

    Reference: Taigman et al. 2014, "DeepFace: Closing the Gap to Human-Level Performance in Face
    Verification", section 4.2; Koch, Zemel & Salakhutdinov 2015, "Siamese Neural Networks for
    One-shot Image Recognition".
    """
    check_sizes("siamese_classifier", units=units)
    first, second = (keras.Input((units,), name=each) for each in ("first", "second"))
    apart = ops.abs(first - second)
    logit = keras.layers.Dense(1, dtype="float32", name="logit")(apart)
    return keras.Model([first, second], logit, name=name)
