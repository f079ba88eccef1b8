"""Every builder takes `seed` and `name`; the seed determines weights and random layers."""

import functools
import inspect
import random
import re

import keras
import numpy as np
import pytest

from keras_dl import models

VECTOR = keras.Sequential([keras.Input((6,)), keras.layers.Identity()])
# Builders of small models: their weights are compared.
SMALL = {
    "attention_seq2seq": lambda **given: models.attention_seq2seq(9, 7, dropout=0.2, **given),
    "autoencoder": lambda **given: models.autoencoder((6,), (3,), masking_rate=0.2, **given),
    "bag_of_words_classifier": lambda **given: models.bag_of_words_classifier(9, 2, **given),
    "captioner": lambda **given: models.captioner(VECTOR, 7, dropout=0.2, **given),
    "embedding_network": lambda **given: models.embedding_network(
        (4, 4, 1), 3, filters=(2,), **given
    ),
    "encoder_decoder": lambda **given: models.encoder_decoder(9, 7, decoder_dropout=0.2, **given),
    "feed_forward": lambda **given: models.feed_forward((4, 4, 1), 3, dropout=0.2, **given),
    "gan": lambda **given: models.gan((4, 4, 1), 3, units=(4,), filters=(2,), **given),
    "inverse_cdf_network": lambda **given: models.inverse_cdf_network((4,), **given),
    "language_model": lambda **given: models.language_model(9, units=4, **given),
    "lenet5": lambda **given: models.lenet5(form="1998", **given),
    "q_mlp": lambda **given: models.q_mlp((3,), 2, dueling=True, **given),
    "recurrent_classifier": lambda **given: models.recurrent_classifier(9, 2, units=4, **given),
    "recurrent_tagger": lambda **given: models.recurrent_tagger(9, 2, units=4, **given),
    "siamese_classifier": lambda **given: models.siamese_classifier(3, **given),
    "speech_seq2seq": lambda **given: models.speech_seq2seq(
        3, 7, encoder_units=4, time_masking=0.2, **given
    ),
    "variational_autoencoder": lambda **given: models.variational_autoencoder((6,), 2, **given),
}
# Builders of large models: their weights are not made, only the seeds of their initializers.
LARGE = {
    "alexnet": models.alexnet,
    "googlenet": models.googlenet,
    "inception_v3": models.inception_v3,
    "q_network": models.q_network,
    "resnet": functools.partial(models.resnet, depth=18),
    "squeezenet": models.squeezenet,
    "vgg16": models.vgg16,
    "yolo_detector": models.yolo_detector,
}
# Nothing of these models is random: weights are copied or shared.
CONVERSIONS = {
    "autoencoder_from_rbms",
    "feature_extractor",
    "fully_convolutional",
    "split_autoencoder",
}


def test_every_builder_is_here():
    functions = {name for name in models.__all__ if inspect.isfunction(getattr(models, name))}
    builders = {name for name in functions if "Model" in str(_returns(name)) or name == "gan"}
    builders |= {name for name in functions if "Autoencoder" in str(_returns(name))}
    assert builders - CONVERSIONS == {*SMALL, *LARGE}
    for name in builders - CONVERSIONS:
        parameters = inspect.signature(getattr(models, name)).parameters
        options = [each.name for each in parameters.values() if each.kind == each.KEYWORD_ONLY]
        assert options[-2:] == ["seed", "name"] and parameters["seed"].default is None


def _returns(name):
    return inspect.signature(getattr(models, name)).return_annotation


def _weights(model):
    return [keras.ops.convert_to_numpy(each) for each in model.variables]


def _same(first, second):
    return all(np.array_equal(*pair) for pair in zip(first, second, strict=True))


@pytest.mark.parametrize("name", SMALL)
def test_weights_and_random_layers_depend_on_the_seed_only(name):
    build = SMALL[name]
    first = build(seed=3, name="given")
    assert first.name == "given"
    random.seed(99)
    state = random.getstate()
    assert _same(_weights(build(seed=3)), _weights(first))
    assert random.getstate() == state


def test_dropout_depends_on_the_seed():
    one, same, other = (
        models.feed_forward((4, 4, 1), 3, dropout=0.5, seed=seed) for seed in (3, 3, 4)
    )
    assert not _same(_weights(one), _weights(other))
    other.set_weights(one.get_weights())
    pixels = np.full((2, 4, 4, 1), 200)
    outputs = [model(pixels, training=True).numpy() for model in (one, same, other)]
    np.testing.assert_array_equal(outputs[0], outputs[1])
    assert np.abs(outputs[0] - outputs[2]).max() > 0


@pytest.mark.parametrize("name", LARGE)
def test_seeds_of_initializers_are_drawn_from_the_seed(name):
    draws = random.Random(3)
    possible = {draws.randint(1, 10**9) for _ in range(2000)}
    with keras.StatelessScope(initialize_variables=False):
        model = LARGE[name](seed=3)
    kernels = [each for each in model.layers if hasattr(each, "kernel_initializer")]
    seeds = {layer.kernel_initializer.seed for layer in kernels}
    assert len(seeds) == len(kernels) > 3
    assert seeds <= possible


@pytest.mark.parametrize("seed", ["3", 3.0, np.int64(3)])
def test_other_seeds_are_refused(seed):
    message = rf"^q_mlp: seed must be an int.* Received seed {re.escape(repr(seed))}\."
    with pytest.raises(ValueError, match=message):
        models.q_mlp((3,), 2, seed=seed)


def test_without_a_seed_weights_follow_the_global_state():
    weights = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        weights.append(_weights(SMALL["feed_forward"]()))
    weights.append(_weights(SMALL["feed_forward"]()))
    assert _same(*weights[:2]) and not _same(*weights[1:])
