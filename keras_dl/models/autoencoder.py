"""Sparse, contractive and denoising autoencoders, and autoencoders from Boltzmann machines."""

import math
from collections.abc import Sequence

import keras

from keras_dl.layers.contractive_dense import ContractiveDense
from keras_dl.layers.kl_sparsity import KLSparsity
from keras_dl.layers.masking_noise import MaskingNoise
from keras_dl.layers.restricted_boltzmann_machine import RestrictedBoltzmannMachine
from keras_dl.layers.tied_dense import TiedDense
from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded

_LATENT = "latent"


@seeded
def autoencoder(
    input_shape: tuple[int, ...],
    units: Sequence[int],
    *,
    activation: str = "sigmoid",
    latent_activation: str | None = None,
    output_activation: str | None = "sigmoid",
    tied: bool = False,
    l1: float = 0.0,
    sparsity_target: float = 0.05,
    sparsity_weight: float = 0.0,
    contractive_weight: float = 0.0,
    masking_rate: float = 0.0,
    noise_stddev: float = 0.0,
    seed: int | None = None,
    name: str = "autoencoder",
) -> keras.Model:
    """Builds an autoencoder of dense layers: an encoder and a mirrored decoder.

    `units=(1000, 500, 250, 30)` maps the inputs through 1000, 500 and 250 units to a latent vector
    of size 30, and back. A small latent vector, a penalty or noise prevents the model from merely
    copying its inputs. Penalties are added to the losses of the model. Noise is added only in
    training: train with `fit(x, x)`, so that the targets are clean. The usual metric is the sum of
    the squared errors of the pixels of an image: multiply `mean_squared_error` by the number of
    pixels.

    Args:
        input_shape: tuple. Shape of an example. The model flattens examples that are not vectors.
        units: sequence of ints. Sizes of the layers of the encoder, the latent layer last.
        activation: str. Activation of all layers except the latent layer and the reconstruction.
        latent_activation: str or None. Activation of the latent layer; None is linear.
        output_activation: str or None. Activation of the reconstruction.
        tied: bool. Whether the decoder uses the encoder's transposed weights, with separate biases.
        l1: float. Penalty on the latent vector: `l1 * sum of |h|`, averaged over the batch.
        sparsity_target: float. Target for the mean activation in `layers.KLSparsity`.
        sparsity_weight: float. Weight of this penalty on the latent layer, which then must have a
            sigmoid activation; 0 disables the penalty.
        contractive_weight: float. Weight of the penalty of `layers.ContractiveDense` on each layer
            of the encoder.
        masking_rate: float. Fraction of the inputs that are set to 0 in training.
        noise_stddev: float. Standard deviation of the noise added to the inputs in training.
        seed: int or None. Seed of the initial weights and of the noise.
        name: str. Name of the model.

    Returns:
        keras.Model from float `(batch, *input_shape)` to float32 of the same shape.
        `split_autoencoder` returns its encoder and its decoder. The last layer of the encoder is
        named `latent`.

    Raises:
        ValueError: if sizes, rates or penalties are invalid.

    Reference: Vincent et al. 2010, "Stacked denoising autoencoders"; Rifai et al. 2011,
    "Contractive auto-encoders"; Ng 2011, "Sparse autoencoder", CS294A lecture notes.
    """
    _check(units, l1, sparsity_weight, latent_activation, masking_rate, noise_stddev)
    check_input_shape("autoencoder", input_shape, None)
    inputs = values = keras.Input(input_shape, name="inputs")
    if masking_rate:
        values = MaskingNoise(masking_rate, name="masking")(values)
    if noise_stddev:
        values = keras.layers.GaussianNoise(noise_stddev, name="noise")(values)
    if len(input_shape) > 1:
        values = keras.layers.Flatten(name="flat")(values)
    encoding = _encoding(
        units, [*[activation] * (len(units) - 1), latent_activation], contractive_weight
    )
    for layer in encoding:
        values = layer(values)
    if l1:
        values = keras.layers.ActivityRegularization(l1=l1, dtype="float32", name="l1")(values)
    if sparsity_weight:
        values = KLSparsity(sparsity_target, sparsity_weight, name="sparsity")(values)
    sizes = [math.prod(input_shape), *units[:-1]]
    functions = [output_activation, *[activation] * (len(units) - 1)]
    for index in reversed(range(len(units))):
        back = TiedDense if tied else keras.layers.Dense
        goes_to = encoding[index] if tied else sizes[index]
        dtype = None if index else "float32"
        values = back(goes_to, functions[index], dtype=dtype, name=f"decoder_{index}")(values)
    if len(input_shape) > 1:
        values = keras.layers.Reshape(input_shape, dtype="float32", name="shaped")(values)
    return keras.Model(inputs, values, name=name)


def split_autoencoder(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Returns the encoder and the decoder of an `autoencoder`, two models that share its weights.

    Args:
        model: keras.Model from `autoencoder` or `autoencoder_from_rbms`.

    Returns:
        pair of keras.Model: from examples to latent vectors `(batch, units)`, and from latent
        vectors to examples.
    """
    latent = model.get_layer(_LATENT).output
    encoder = keras.Model(model.inputs[0], latent, name="encoder")
    values = inputs = keras.Input(latent.shape[1:], name=_LATENT)
    names = [layer.name for layer in model.layers]
    first = next(index for index, name in enumerate(names) if name.startswith("decoder_"))
    for layer in model.layers[first:]:
        values = layer(values)
    return encoder, keras.Model(inputs, values, name="decoder")


def autoencoder_from_rbms(
    machines: Sequence[RestrictedBoltzmannMachine],
    input_shape: tuple[int, ...] | None = None,
    *,
    name: str = "autoencoder",
) -> keras.Model:
    """Builds a deep autoencoder from a stack of restricted Boltzmann machines.

    The encoder starts with the weights and hidden biases of the machines, the decoder with the
    transposed weights and the visible biases. They do not share weights, so `fit` tunes them
    separately.

    Args:
        machines: sequence of built `layers.RestrictedBoltzmannMachine`, the lowest first, each with
            as many visible units as the previous one has hidden units.
        input_shape: tuple or None. Shape of an example; None is a vector.
        name: str. Name of the model.

    Returns:
        keras.Model with the same structure as from `autoencoder`.

    Raises:
        ValueError: if sizes do not match, or a layer between the first and the last is Gaussian.

    Reference: Hinton & Salakhutdinov 2006, "Reducing the dimensionality of data with neural
    networks".
    """
    if not machines or not all(machine.built for machine in machines):
        raise ValueError(
            "autoencoder_from_rbms: machines must contain at least one machine, and all must be "
            f"built. Received {len(machines)} machines; not built: "
            f"{[machine.name for machine in machines if not machine.built]}. Train them first."
        )
    shapes = [tuple(machine.kernel.shape) for machine in machines]
    below = [shape[1] for shape in shapes[:-1]]
    between = [m.visible for m in machines[1:]] + [m.hidden for m in machines[:-1]]
    input_shape = input_shape or shapes[0][:1]
    if below != [shape[0] for shape in shapes[1:]] or "gaussian" in between:
        raise ValueError(
            "autoencoder_from_rbms: machines must each accept the outputs of the previous one, "
            f"with Bernoulli units between them. Received kernel shapes {shapes}, unit types "
            f"{[(m.visible, m.hidden) for m in machines]}. Train each machine on the outputs of "
            "the previous one."
        )
    activations = {"bernoulli": "sigmoid", "gaussian": None}
    if math.prod(input_shape) != shapes[0][0]:
        raise ValueError(
            "autoencoder_from_rbms: input_shape must have as many values as the first machine "
            f"takes, {shapes[0][0]}. Received {tuple(input_shape)}. Pass None for a vector."
        )
    model = autoencoder(
        input_shape,
        [shape[1] for shape in shapes],
        latent_activation=activations[machines[-1].hidden],
        output_activation=activations[machines[0].visible],
        name=name,
    )
    for index, (machine, name) in enumerate(zip(machines, _names(len(machines)), strict=True)):
        kernel = keras.ops.convert_to_numpy(machine.kernel)
        model.get_layer(name).set_weights([kernel, machine.hidden_bias])
        model.get_layer(f"decoder_{index}").set_weights([kernel.T, machine.visible_bias])
    return model


def _encoding(units, activations, contraction):
    """Returns the layers of the encoder."""
    dense, options = keras.layers.Dense, {}
    if contraction:
        dense, options = ContractiveDense, {"contraction": contraction}
    return [
        dense(size, activation=activation, name=name, **options)
        for name, size, activation in zip(_names(len(units)), units, activations, strict=True)
    ]


def _names(count):
    """Returns the names of the layers of the encoder."""
    return [*(f"encoder_{index}" for index in range(count - 1)), _LATENT]


def _check(units, l1, sparsity_weight, latent_activation, masking_rate, noise_stddev):
    if not units or min(units) < 1:
        raise ValueError(
            "autoencoder: units must contain at least one layer size, and all sizes must be "
            f"positive. Received {tuple(units)}. Use (1000, 500, 250, 30), for example."
        )
    if not 0 <= masking_rate < 1 or noise_stddev < 0 or l1 < 0:
        raise ValueError(
            "autoencoder: masking_rate must be at least 0 and below 1, and noise_stddev and l1 "
            f"at least 0. Received masking_rate {masking_rate}, noise_stddev {noise_stddev}, l1 "
            f"{l1}. Use 0 to disable them."
        )
    if sparsity_weight and latent_activation != "sigmoid":
        raise ValueError(
            "autoencoder: latent_activation must be sigmoid with sparsity_weight. Received "
            f"latent_activation {latent_activation!r}. Use sigmoid, or l1 instead of sparsity."
        )
