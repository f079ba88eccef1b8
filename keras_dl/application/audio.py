"""Reading of sounds as the bytes that a SavedModel takes as input."""

import os
import pathlib

from keras_dl.application.errors import UserError


def read_audio_bytes(audio: str | bytes | os.PathLike[str]) -> bytes:
    """Returns the bytes of a WAV file.

    Args:
        audio: path, or the bytes of a file that `pipelines.decode_wav` decodes.

    Raises:
        UserError: if the file cannot be read or decoded. The message does not name it.
    """
    from keras_dl import pipelines

    try:
        encoded = audio if isinstance(audio, bytes) else pathlib.Path(audio).read_bytes()
    except IsADirectoryError as error:
        raise UserError("a directory; a WAV file is expected. List the files in it") from error
    except OSError as error:
        raise UserError(error.strerror or str(error)) from error
    except (TypeError, ValueError) as error:
        raise UserError("not a path, and not the bytes of a file") from error
    if fault := pipelines.wav_fault(encoded):
        raise UserError(fault)
    return encoded
