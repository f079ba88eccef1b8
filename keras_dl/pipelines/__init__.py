"""Readers, vocabularies and batches that turn files and data sets into tensors."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.pipelines.audio_augmentation import (
    add_noise,
    change_speed,
    colored_noise,
    draw_string,
    join_recordings,
)
from keras_dl.pipelines.audio_resampling import resample
from keras_dl.pipelines.batches import (
    batch_all_by_length,
    batches_by_length,
    bucket_by_length,
    epoch_batches,
)
from keras_dl.pipelines.character_vocabulary import CharacterVocabulary, canonical_character
from keras_dl.pipelines.class_batches import class_batches
from keras_dl.pipelines.coco_files import read_coco
from keras_dl.pipelines.conll import Sentence, read_conll
from keras_dl.pipelines.detection_dataset import DetectionDataset
from keras_dl.pipelines.detection_files import PARTS, read_detection_files
from keras_dl.pipelines.entities import entities, entity_spans
from keras_dl.pipelines.image_decoding import (
    decode_image,
    decode_or_blank,
    decode_resized,
    decode_rows,
    image_fault,
    image_shape,
)
from keras_dl.pipelines.image_files import read_images
from keras_dl.pipelines.images import (
    random_affine_crop,
    random_color_jitter,
    resize_image,
    skipping_step,
)
from keras_dl.pipelines.labeled_texts import read_labeled_texts
from keras_dl.pipelines.parallel_texts import (
    read_parallel_files,
    read_parallel_table,
    split_parallel_texts,
)
from keras_dl.pipelines.splits import split_at_random, split_by_hash
from keras_dl.pipelines.subword_vocabulary import SubwordVocabulary, learn_subwords
from keras_dl.pipelines.tag_schemes import scheme_evidence, tag_constraints
from keras_dl.pipelines.text_files import read_lines
from keras_dl.pipelines.tfds import read_tfds, tfds_builder
from keras_dl.pipelines.voc_files import read_voc
from keras_dl.pipelines.wav_decoding import decode_wav, decode_wavs, wav_fault
from keras_dl.pipelines.wav_files import (
    Recording,
    read_recordings,
    read_transcripts,
    read_wav,
)
from keras_dl.pipelines.word_vocabulary import (
    WordVocabulary,
    build_vocabulary,
    tokenize,
    without_full_width,
)
from keras_dl.pipelines.yolo_files import read_yolo

__all__ = [
    "PARTS",
    "CharacterVocabulary",
    "DetectionDataset",
    "Recording",
    "Sentence",
    "SubwordVocabulary",
    "WordVocabulary",
    "add_noise",
    "batch_all_by_length",
    "batches_by_length",
    "bucket_by_length",
    "build_vocabulary",
    "canonical_character",
    "change_speed",
    "class_batches",
    "colored_noise",
    "decode_image",
    "decode_or_blank",
    "decode_resized",
    "decode_rows",
    "decode_wav",
    "decode_wavs",
    "draw_string",
    "entities",
    "entity_spans",
    "epoch_batches",
    "image_fault",
    "image_shape",
    "join_recordings",
    "learn_subwords",
    "random_affine_crop",
    "random_color_jitter",
    "read_coco",
    "read_conll",
    "read_detection_files",
    "read_images",
    "read_labeled_texts",
    "read_lines",
    "read_parallel_files",
    "read_parallel_table",
    "read_recordings",
    "read_tfds",
    "read_transcripts",
    "read_voc",
    "read_wav",
    "read_yolo",
    "resample",
    "resize_image",
    "scheme_evidence",
    "skipping_step",
    "split_at_random",
    "split_by_hash",
    "split_parallel_texts",
    "tag_constraints",
    "tfds_builder",
    "tokenize",
    "wav_fault",
    "without_full_width",
]
