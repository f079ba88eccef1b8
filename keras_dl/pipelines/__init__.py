"""What turns files, data sets and generated examples into tensors."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.pipelines.annotated import BoxedPictures
from keras_dl.pipelines.batches import (
    all_batches,
    batches_by_length,
    epoch_batches,
    length_batches,
)
from keras_dl.pipelines.characters import Characters, canonical_character
from keras_dl.pipelines.coco_files import read_coco
from keras_dl.pipelines.column_files import Sentence, read_conll
from keras_dl.pipelines.entities import entities, entity_spans
from keras_dl.pipelines.picture_files import read_pictures
from keras_dl.pipelines.pictures import (
    decode_picture,
    random_affine_crop,
    random_color_jitter,
    resize_picture,
)
from keras_dl.pipelines.splits import split_at_random, split_by_hash
from keras_dl.pipelines.tables import read_tsv
from keras_dl.pipelines.tag_schemes import scheme_evidence, tag_constraints
from keras_dl.pipelines.tfds import read_tfds, tfds_builder
from keras_dl.pipelines.voc_files import read_voc
from keras_dl.pipelines.words import Words, tokenize, vocabulary

__all__ = [
    "BoxedPictures",
    "Characters",
    "Sentence",
    "Words",
    "all_batches",
    "batches_by_length",
    "canonical_character",
    "decode_picture",
    "entities",
    "entity_spans",
    "epoch_batches",
    "length_batches",
    "random_affine_crop",
    "random_color_jitter",
    "read_coco",
    "read_conll",
    "read_pictures",
    "read_tfds",
    "read_tsv",
    "read_voc",
    "resize_picture",
    "scheme_evidence",
    "split_at_random",
    "split_by_hash",
    "tag_constraints",
    "tfds_builder",
    "tokenize",
    "vocabulary",
]
