"""Sets of tensorflow-datasets, as `--data tfds:NAME` names them."""


def prepared(name):
    """Returns the builder of a set whose files are ready to be read.

    Raises:
        ValueError: if there is no such set, or it can't be downloaded or written.
    """
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder(name)
        builder.download_and_prepare()
    except Exception as error:  # of many kinds: unknown name, no network, no room
        cause = str(error).strip().partition("\n")[0].rstrip(".")
        raise ValueError(
            f"--data must name a set that tensorflow-datasets can read. Received tfds:{name}: "
            f"{type(error).__name__}{cause and ': '}{cause}. If it is prepared, TFDS_DATA_DIR must "
            "name its folder."
        ) from error
    return builder
