"""Reads data sets of tensorflow-datasets, which is imported only when needed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

Examples: TypeAlias = np.ndarray | list[Any]
"""Values of a feature: one array, or a list with an array or a dict of arrays for each example."""

_BATCH_SIZE = 1000


def tfds_builder(name: str, features: Sequence[str] = ()) -> "tfds.core.DatasetBuilder":
    """Downloads and prepares a data set, and returns its builder.

    Args:
        name: str. Name of the data set, such as `"mnist"`, or `"glue/sst2:2.0.0"` with
            configuration and version.
        features: names of features that the data set must have.

    Raises:
        ValueError: if the data set does not exist, cannot be downloaded or written, or lacks a
            feature.
        ImportError: if tensorflow-datasets is not installed.
    """
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise ImportError(
            "tfds_builder: the package tensorflow-datasets must be installed. Received "
            f"{error}. Run pip install 'keras_dl[apps]'."
        ) from error
    try:
        builder = tfds.builder(name)
        builder.download_and_prepare()
    except Exception as error:  # for instance unknown name, no network, no space
        cause = str(error).strip().partition("\n")[0].rstrip(".")
        raise ValueError(
            "tfds_builder: name must be a data set that tensorflow-datasets can read. Received "
            f"{name}: {type(error).__name__}{cause and ': '}{cause}. If the data set "
            "is already prepared, set TFDS_DATA_DIR to its directory."
        ) from error
    available = sorted(builder.info.features.keys())
    if not set(features) <= set(available):
        raise ValueError(
            f"tfds_builder: the data set must have the features {', '.join(features)}. Received "
            f"{name} with {', '.join(available)}. Choose another data set."
        )
    return builder


def read_tfds(
    builder: "tfds.core.DatasetBuilder",
    split: str,
    features: Sequence[str],
    *,
    decode_images: bool = True,
) -> dict[str, Examples]:
    """Reads features of one split into memory, in the order of its files.

    Args:
        builder: builder that `tfds_builder` returned.
        split: str. Name of a split of the data set.
        features: names of the features to read.
        decode_images: bool. Whether to read the feature `image` as pixels. False returns the bytes
            of the image files, which may differ in image size.

    Returns:
        dict that maps the name of a feature to its values: one array if all examples have the same
        shape, otherwise a list of arrays, or of dicts of arrays for nested features.

    Raises:
        ValueError: if the data set has no split of this name.
    """
    import tensorflow_datasets as tfds

    if split not in builder.info.splits:
        raise ValueError(
            f"read_tfds: split must be one of {', '.join(builder.info.splits)}, the splits of "
            f"{builder.info.full_name}. Received {split}. Choose another split or data set."
        )
    decoders = None if decode_images else {"image": tfds.decode.SkipDecoding()}
    data = builder.as_dataset(split, decoders=decoders, shuffle_files=False)
    data = data.map(lambda example: {name: example[name] for name in features})
    specs = data.element_spec.values()
    if all(not isinstance(s, dict) and s.shape.is_fully_defined() for s in specs):
        batches = list(data.batch(_BATCH_SIZE).as_numpy_iterator())
        return {name: np.concatenate([each[name] for each in batches]) for name in features}
    examples = list(tfds.as_numpy(data))
    return {name: [example[name] for example in examples] for name in features}
