"""Holds every layer of keras_dl to the contract. A new layer is one more case here."""

import functools
import inspect

import keras
import numpy as np
import pytest
from layer_case import Case, call
from layer_contract import check_layer

from keras_dl import layers

_random = np.random.default_rng(0)


def _floats(*shape):
    return _random.normal(size=shape).astype("float32")


_MASK = np.array([[True, True, True, True], [True, False, True, False]])
_RANDOM = [keras.initializers.RandomNormal(stddev=0.1, seed=seed) for seed in range(4)]
_L2 = [keras.regularizers.L2(factor) for factor in (0.1, 0.2, 0.3, 0.4)]
_OF_CELLS = {
    "kernel_initializer": _RANDOM[0],
    "recurrent_initializer": _RANDOM[1],
    "bias_initializer": _RANDOM[2],
    "kernel_regularizer": _L2[0],
    "recurrent_regularizer": _L2[1],
    "bias_regularizer": _L2[2],
}


def _built_dense():
    dense = keras.layers.Dense(3, use_bias=False, name="tied")
    dense.build((None, 5))
    return dense


CASES = {
    "AttentionDecoder": Case(
        functools.partial(
            layers.AttentionDecoder,
            vocabulary_size=5,
            embedding_units=3,
            units=4,
            attention_units=2,
            output_units=3,
            tie_embedding=True,
            dropout=0.3,
            embeddings_initializer=_RANDOM[3],
            embeddings_regularizer=_L2[3],
            **_OF_CELLS,
            seed=7,
            unroll=False,
        ),
        {
            "previous": np.array([[1, 2, 3], [4, 0, 1]], "int32"),
            "values": _floats(2, 4, 3),
            "initial": _floats(2, 2),
            "mask": _MASK,
        },
        padded=("values",),
        float32_outputs=(0,),
    ),
    "CharacterCNN": Case(
        functools.partial(
            layers.CharacterCNN,
            num_characters=9,
            embedding_units=3,
            filters=5,
            kernel_size=2,
            dropout=0.3,
            embeddings_initializer=_RANDOM[0],
            kernel_initializer=_RANDOM[1],
            bias_initializer=_RANDOM[2],
            embeddings_regularizer=_L2[0],
            kernel_regularizer=_L2[1],
            bias_regularizer=_L2[2],
            seed=7,
        ),
        {"inputs": np.array([[[1, 2, 8], [3, 0, 0]], [[4, 5, 0], [0, 0, 0]]], "int32")},
    ),
    "ContractiveDense": Case(
        functools.partial(layers.ContractiveDense, units=3, contraction=0.5, activation="gelu"),
        {"inputs": _floats(2, 3, 4)},
    ),
    "GaussianSampling": Case(
        functools.partial(layers.GaussianSampling, kl_weight=0.5, inference="sample", seed=3),
        {"mean": _floats(2, 3, 4), "log_var": _floats(2, 3, 4)},
        float32_outputs=(0,),
        random=True,
    ),
    "InverseCDF": Case(
        functools.partial(layers.InverseCDF, grid=[-1.0, 0.0, 2.0], density=[0.0, 2.0, 1.0]),
        {"inputs": _random.random((2, 4, 3)).astype("float32")},
        float32_outputs=(0,),
    ),
    "KLSparsity": Case(
        functools.partial(layers.KLSparsity, target=0.1, weight=2.0),
        {"inputs": _floats(2, 4, 3)},
    ),
    "RestrictedBoltzmannMachine": Case(
        functools.partial(
            layers.RestrictedBoltzmannMachine,
            units=3,
            visible="bernoulli",
            hidden="gaussian",
            steps=2,
            chains=2,
            kernel_initializer=keras.initializers.HeNormal(seed=1),
            kernel_regularizer=keras.regularizers.L2(0.01),
            seed=3,
        ),
        {"inputs": _floats(2, 4)},
        learnt_by_loss=("visible_bias",),
    ),
    "MaskingNoise": Case(
        functools.partial(layers.MaskingNoise, rate=0.4, seed=3),
        {"inputs": _floats(2, 4, 3)},
    ),
    "TiedDense": Case(
        functools.partial(
            layers.TiedDense,
            tied_to=_built_dense(),
            activation="tanh",
            use_bias=True,
            bias_initializer=_RANDOM[0],
            bias_regularizer=_L2[0],
        ),
        {"inputs": _floats(2, 4, 3)},
    ),
    "HierarchicalSoftmax": Case(
        functools.partial(
            layers.HierarchicalSoftmax,
            counts=[5, 0, 3, 1],
            kernel_initializer=_RANDOM[0],
            kernel_regularizer=_L2[0],
        ),
        {"hidden": _floats(2, 4), "words": np.array([3, 0], "int32")},
        float32_outputs=(0,),
    ),
    "MaskedPooling1D": Case(
        functools.partial(layers.MaskedPooling1D, mode="max"),
        {"inputs": _floats(2, 4, 6), "mask": _MASK},
        padded=("inputs",),
    ),
    "LogMel": Case(
        functools.partial(
            layers.LogMel,
            sampling_rate=1000,
            sequence_length=12,
            sequence_stride=5,
            fft_length=16,
            num_mel_bins=3,
            min_freq=50.0,
            max_freq=400.0,
            min_power=1e-4,
        ),
        {"inputs": _floats(2, 31)},
    ),
    "MelCepstrum": Case(
        functools.partial(
            layers.MelCepstrum,
            sampling_rate=1000,
            sequence_length=12,
            sequence_stride=5,
            fft_length=16,
            num_mel_bins=2,
            min_freq=60.0,
            max_freq=400.0,
            min_power=1e-3,
            num_coefficients=1,
            preemphasis=0.9,
        ),
        {"inputs": _floats(2, 31)},
    ),
    "MaskedNormalization": Case(
        functools.partial(layers.MaskedNormalization, epsilon=0.01),
        {"inputs": _floats(2, 4, 6), "mask": _MASK},
        padded=("inputs",),
        padded_outputs=(0,),
    ),
    "TimeMasking": Case(
        functools.partial(layers.TimeMasking, num_masks=3, max_share=0.4, seed=7),
        {"inputs": _floats(2, 4, 6), "mask": _MASK},
        padded=("inputs",),
        padded_outputs=(0,),
    ),
    "FrequencyMasking": Case(
        functools.partial(layers.FrequencyMasking, num_masks=3, max_width=4, seed=7),
        {"inputs": _floats(2, 4, 6)},
    ),
    "WordDropout": Case(
        functools.partial(layers.WordDropout, rate=0.5, unknown=3, min_id=2, seed=7),
        {"inputs": np.array([[1, 2, 8], [3, 0, 0]], "int32")},
    ),
    "BahdanauAttention": Case(
        functools.partial(
            layers.BahdanauAttention,
            units=5,
            kernel_initializer=_RANDOM[0],
            kernel_regularizer=_L2[0],
        ),
        {"query": _floats(2, 3), "values": _floats(2, 4, 6), "mask": _MASK},
        padded=("values",),
        padded_outputs=(1,),
    ),
    "SimplifiedGRUCell": Case(
        functools.partial(layers.SimplifiedGRUCell, units=4, **_OF_CELLS),
        {"inputs": _floats(2, 3), "states": [_floats(2, 4)]},
    ),
    "PeepholeLSTMCell": Case(
        functools.partial(layers.PeepholeLSTMCell, units=4, **_OF_CELLS),
        {"inputs": _floats(2, 3), "states": [_floats(2, 4), _floats(2, 4)]},
    ),
    "CoupledLSTMCell": Case(
        functools.partial(layers.CoupledLSTMCell, units=4, **_OF_CELLS),
        {"inputs": _floats(2, 3), "states": [_floats(2, 4), _floats(2, 4)]},
    ),
    "CaffePreprocessing": Case(
        functools.partial(layers.CaffePreprocessing),
        {"inputs": _random.uniform(0, 255, (2, 3, 4, 3)).astype("float32")},
    ),
    "EuclideanRBF": Case(
        functools.partial(layers.EuclideanRBF, codes=[[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]]),
        {"inputs": _floats(4, 3)},
        float32_outputs=(0,),
    ),
    "LocalResponseNormalization": Case(
        functools.partial(
            layers.LocalResponseNormalization, depth=3, bias=1.0, alpha=0.5, beta=0.6
        ),
        {"inputs": _floats(2, 3, 4, 6)},
    ),
    "PartiallyConnectedConv2D": Case(
        functools.partial(
            layers.PartiallyConnectedConv2D,
            connections=[[0, 2], [1]],
            kernel_size=2,
            kernel_initializer=_RANDOM[0],
            bias_initializer=_RANDOM[1],
            kernel_regularizer=_L2[0],
            bias_regularizer=_L2[1],
        ),
        {"inputs": _floats(2, 4, 5, 3)},
    ),
    "TrainableSubsampling2D": Case(
        functools.partial(
            layers.TrainableSubsampling2D,
            pool_size=2,
            coefficient_initializer=_RANDOM[0],
            bias_initializer=_RANDOM[1],
            coefficient_regularizer=_L2[0],
            bias_regularizer=_L2[1],
        ),
        {"inputs": _floats(2, 4, 6, 3)},
    ),
    "YOLOHead": Case(
        functools.partial(
            layers.YOLOHead,
            anchors=[[1.0, 2.0], [3.0, 0.5]],
            num_classes=2,
            objectness_prior=0.1,
            kernel_initializer=_RANDOM[0],
            kernel_regularizer=_L2[0],
        ),
        {"inputs": _floats(2, 3, 4, 5)},
        float32_outputs=(0,),
    ),
    "CRF": Case(
        functools.partial(
            layers.CRF,
            num_tags=3,
            allowed_transitions=[[True, True, False], [True, True, True], [True, True, True]],
            allowed_starts=[True, False, True],
            allowed_ends=[True, True, False],
            transitions_initializer=_RANDOM[0],
            transitions_regularizer=_L2[0],
            unroll=False,
        ),
        {"inputs": _floats(2, 4, 3), "mask": _MASK},
        padded=("inputs",),
        padded_outputs=(0,),
        float32_outputs=(0,),
        no_mask="the mask is in the conditioned chain",
    ),
}


def test_every_layer_has_a_case():
    assert set(CASES) == {n for n in layers.__all__ if inspect.isclass(getattr(layers, n))}


# XLA compiles the loop of this one for many seconds.
SLOW = [pytest.param("AttentionDecoder", marks=pytest.mark.slow)]


@pytest.mark.parametrize("name", [*SLOW, *sorted(CASES.keys() - {"AttentionDecoder"})])
def test_layer_keeps_the_contract(name, tmp_path, processes):
    check_layer(CASES[name], tmp_path, processes)


# The weights of an initializer or a regularizer, where they do not have its name.
WEIGHTS = {
    "recurrent": {"recurrent_kernel"},
    ("BahdanauAttention", "kernel"): {"W", "U", "v"},
    ("AttentionDecoder", "kernel"): {"kernel", "W", "U", "v"},
}
OPTIONS = [
    (name, option)
    for name, case in CASES.items()
    for option in case.make_layer.keywords
    if option.endswith(("_initializer", "_regularizer"))
]


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_initializers_and_regularizers_reach_their_weights(name, option):
    case, given = CASES[name], CASES[name].make_layer.keywords[option]
    layer = case.make_layer.func.from_config(case.make_layer().get_config())
    call(layer, case.inputs)
    prefix, kind = option.rsplit("_", 1)
    if kind == "initializer":
        reached = [w for w in layer.weights if np.array_equal(w, given(w.shape, w.dtype))]
    else:
        reached = [w for w in layer.weights if w.regularizer and w.regularizer.l2 == given.l2]
        losses = {float(loss) for loss in layer.losses}
        assert {float(given(weight)) for weight in reached} <= losses
    expected = WEIGHTS.get((name, prefix), WEIGHTS.get(prefix, {prefix}))
    assert {weight.name for weight in reached} == expected


@pytest.mark.parametrize("name", sorted({name for name, _ in OPTIONS}))
def test_a_config_without_initializers_and_regularizers_has_the_defaults(name):
    case = CASES[name]
    of_weights = {option for each, option in OPTIONS if each == name}
    required = {k: v for k, v in case.make_layer.keywords.items() if k not in of_weights}
    default = case.make_layer.func(**required, name="same").get_config()
    old = {key: value for key, value in default.items() if key not in of_weights}
    assert case.make_layer.func.from_config(old).get_config() == default
