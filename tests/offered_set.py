"""A small set of tensorflow-datasets, so that reading one is tested without a network."""

import functools


def offer(folder, monkeypatch, name, features, parts):
    """Writes a set as tensorflow-datasets does, which it then offers by its name.

    Args:
        folder: pathlib.Path.
        monkeypatch: pytest's.
        name: str.
        features: dict from names to features of tensorflow-datasets.
        parts: dict from the names of parts to `tf.data.Dataset`.
    """
    import tensorflow_datasets as tfds

    tfds.dataset_builders.store_as_tfds_dataset(
        name=name,
        version="1.0.0",
        features=tfds.features.FeaturesDict(features),
        split_datasets=parts,
        data_dir=folder,
        disable_shuffling=True,
    )
    for function in ("builder", "load"):
        found = functools.partial(getattr(tfds, function), data_dir=folder)
        monkeypatch.setattr(tfds, function, found)
