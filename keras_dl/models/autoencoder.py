"""Nets that learn to give back what they got, through a layer that can't hold it as it is."""

import math
from collections.abc import Sequence

import keras

from keras_dl.layers.contractive_dense import ContractiveDense
from keras_dl.layers.kl_sparsity import KLSparsity
from keras_dl.layers.masking_noise import MaskingNoise
from keras_dl.layers.restricted_boltzmann_machine import RestrictedBoltzmannMachine
from keras_dl.layers.tied_dense import TiedDense

_LATENT = "latent"


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
) -> keras.Model:
    """Builds an encoder down (or up) to a code, and a decoder the same way back.

    `units=(1000, 500, 250, 30)` goes from the inputs over 1000, 500 and 250 units to a code of 30
    and back. What keeps a code from being a mere copy is its size, or one of the penalties, which
    are among the losses of the model, or the noise, which is added in training alone: train with
    `fit(x, x)`, so that the wanted outputs are clean. For the sum of squares over the pixels of a
    image, the usual figure, multiply `mean_squared_error` by the number of pixels.

    Args:
        input_shape: tuple. Shape of an example; anything but a vector is flattened inside.
        units: sequence of ints. Sizes of the layers of the encoder, the code's last.
        activation: str. Activation of all layers but the code and the reconstruction.
        latent_activation: str or None. Activation of the code; None: linear.
        output_activation: str or None. Activation of the reconstruction.
        tied: bool. The decoder has the transposed weights of the encoder, and biases of its own.
        l1: float. Penalty on the code: `l1 * sum of |h|`, the mean of the batch.
        sparsity_target: float. Mean activation that the penalty of `layers.KLSparsity` wants.
        sparsity_weight: float. That penalty on the latent layer, which then needs the activation
            sigmoid; 0: none.
        contractive_weight: float. Penalty of `layers.ContractiveDense` on each layer of the
            encoder.
        masking_rate: float. Share of the inputs that training puts to 0.
        noise_stddev: float. Standard deviation of what training adds to the inputs.

    Returns:
        keras.Model from float `(batch, *input_shape)` to float32 of the same shape.
        `split_autoencoder` gives its encoder and its decoder.

    Raises:
        ValueError: if sizes, shares or penalties are not possible.

    Reference: Vincent et al. 2010, "Stacked denoising autoencoders"; Rifai et al. 2011,
    "Contractive auto-encoders"; Ng 2011, "Sparse autoencoder", CS294A lecture notes.
    """
    _check(units, l1, sparsity_weight, latent_activation, masking_rate, noise_stddev)
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
    return keras.Model(inputs, values, name="autoencoder")


def split_autoencoder(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Returns the encoder and the decoder of an `autoencoder`, two models with its weights.

    Args:
        model: keras.Model, as `autoencoder` or `autoencoder_from_rbms` builds it.

    Returns:
        pair of keras.Model: from examples to codes `(batch, units)`, and from codes to examples.
    """
    code = model.get_layer(_LATENT).output
    encoder = keras.Model(model.inputs[0], code, name="encoder")
    values = inputs = keras.Input(code.shape[1:], name=_LATENT)
    names = [layer.name for layer in model.layers]
    first = next(index for index, name in enumerate(names) if name.startswith("decoder_"))
    for layer in model.layers[first:]:
        values = layer(values)
    return encoder, keras.Model(inputs, values, name="decoder")


def autoencoder_from_rbms(
    machines: Sequence[RestrictedBoltzmannMachine], input_shape: tuple[int, ...] | None = None
) -> keras.Model:
    """Makes a deep autoencoder of a stack of restricted Boltzmann machines.

    The encoder has their weights and hidden biases, the decoder the transposed weights and the
    visible biases. From there on the two have weights of their own, for `fit` to tune.

    Args:
        machines: sequence of built `layers.RestrictedBoltzmannMachine`, the lowest first, each with
            as many visible units as the one before has hidden ones.
        input_shape: tuple or None. Shape of an example; None: a vector.

    Returns:
        keras.Model, as `autoencoder` builds it.

    Raises:
        ValueError: if sizes don't fit, or a layer between the first and the last is Gaussian.

    Reference: Hinton & Salakhutdinov 2006, "Reducing the dimensionality of data with neural
    networks".
    """
    if not machines or not all(machine.built for machine in machines):
        raise ValueError(
            "autoencoder_from_rbms: machines must be built ones, at least one. Received "
            f"{[machine.name for machine in machines if not machine.built]} of {len(machines)} "
            "not built. Train them."
        )
    shapes = [tuple(machine.kernel.shape) for machine in machines]
    below = [shape[1] for shape in shapes[:-1]]
    between = [m.visible for m in machines[1:]] + [m.hidden for m in machines[:-1]]
    input_shape = input_shape or shapes[0][:1]
    if below != [shape[0] for shape in shapes[1:]] or "gaussian" in between:
        raise ValueError(
            "autoencoder_from_rbms: each machine must take the outputs of the one below it, 0 or 1 "
            f"between two. Received kernels {shapes}, kinds "
            f"{[(m.visible, m.hidden) for m in machines]}. Train each on the outputs of the one "
            "below."
        )
    activations = {"bernoulli": "sigmoid", "gaussian": None}
    if math.prod(input_shape) != shapes[0][0]:
        raise ValueError(
            "autoencoder_from_rbms: input_shape must have as many numbers as the lowest machine "
            f"takes, {shapes[0][0]}. Received {tuple(input_shape)}. Leave it out for a vector."
        )
    model = autoencoder(
        input_shape,
        [shape[1] for shape in shapes],
        latent_activation=activations[machines[-1].hidden],
        output_activation=activations[machines[0].visible],
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
            f"autoencoder: units must be sizes of layers, at least one. Received {tuple(units)}. "
            "(1000, 500, 250, 30) is a deep one."
        )
    if not 0 <= masking_rate < 1 or noise_stddev < 0 or l1 < 0:
        raise ValueError(
            "autoencoder: masking_rate must be at least 0 and below 1, noise_stddev and l1 "
            f"at least 0. Received masking_rate {masking_rate}, noise_stddev {noise_stddev}, l1 "
            f"{l1}. 0 leaves them out."
        )
    if sparsity_weight and latent_activation != "sigmoid":
        raise ValueError(
            "autoencoder: sparsity_weight needs a code from 0 to 1. Received latent_activation "
            f"{latent_activation!r}. Give latent_activation='sigmoid', or l1 in place of it."
        )
