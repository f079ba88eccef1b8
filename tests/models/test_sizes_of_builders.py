"""Every builder checks its sizes and names those that are not positive."""

import inspect

import keras
import pytest

from keras_dl import models

IMAGE = (224, 224, 3)
GIVEN = {
    "alexnet": (IMAGE,),
    "attention_seq2seq": (9, 7),
    "bag_of_words_classifier": (9, 2),
    "captioner": (keras.Sequential([keras.Input((6,)), keras.layers.Identity()]), 7),
    "embedding_network": (IMAGE,),
    "encoder_decoder": (9, 7),
    "feed_forward": (IMAGE,),
    "gan": (IMAGE,),
    "googlenet": (IMAGE,),
    "inception_v3": (IMAGE,),
    "language_model": (9,),
    "lenet5": (IMAGE,),
    "q_mlp": ((3,), 2),
    "q_network": (),
    "recurrent_classifier": (9, 2),
    "recurrent_tagger": (9, 2),
    "resnet": (),
    "siamese_classifier": (3,),
    "speech_seq2seq": (3, 7),
    "squeezenet": (IMAGE,),
    "variational_autoencoder": (IMAGE, 2),
    "vgg16": (IMAGE,),
    "yolo_detector": (IMAGE,),
}
# The features of this captioner are a vector; depths have another message.
OTHERS = {("captioner", "attention_units"), ("resnet", "depth")}
SIZES = [
    (name, size)
    for name in GIVEN
    for size, parameter in inspect.signature(getattr(models, name)).parameters.items()
    if (parameter.annotation is int or size == "num_classes") and (name, size) not in OTHERS
]


@pytest.mark.parametrize(("name", "size"), SIZES)
def test_sizes_that_are_not_positive_are_named(name, size):
    builder = getattr(models, name)
    arguments = inspect.signature(builder).bind(*GIVEN[name]).arguments | {size: 0}
    with pytest.raises(ValueError, match=rf"^{name}: .*\b{size}\b.* Received .*\b{size} 0\b"):
        builder(**arguments)


def test_every_builder_with_sizes_is_here():
    sizes = {"num_classes", "num_actions", "vocabulary_size", "target_vocabulary_size"}
    functions = {name for name in models.__all__ if inspect.isfunction(getattr(models, name))}
    signatures = {name: inspect.signature(getattr(models, name)).parameters for name in functions}
    assert {name for name, parameters in signatures.items() if sizes & set(parameters)} <= set(
        GIVEN
    )
