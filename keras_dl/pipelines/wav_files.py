"""Reads WAV files, directories of labeled recordings, and tables of transcripts."""

import os
import pathlib
from typing import NamedTuple

import numpy as np

from keras_dl.pipelines.labeled_texts import read_labeled_texts
from keras_dl.pipelines.wav_decoding import decode_wav, wav_fault


class Recording(NamedTuple):
    """A recording of a directory, as its file name describes it.

    Attributes:
        path: `pathlib.Path` of the file.
        label: str. What is said.
        speaker: str.
        number: int. Tells recordings of the same label and speaker apart.
    """

    path: pathlib.Path
    label: str
    speaker: str
    number: int


def read_wav(path: str | os.PathLike[str], sampling_rate: int) -> np.ndarray:
    """Reads a WAV file to one channel at a given sampling rate.

    Args:
        path: str or path of a file that `decode_wav` decodes.
        sampling_rate: int, a multiple of 25. Samples per second of the result, in Hz.

    Returns:
        float32 `(samples,)`, from -1 to 1 if the file has PCM.

    Raises:
        ValueError: if the file is not a complete WAV file. The message names it.
        OSError: if the file cannot be read.
    """
    encoded = pathlib.Path(path).read_bytes()
    waveform, is_audio = decode_wav(encoded, sampling_rate)
    if not is_audio:
        raise ValueError(
            f"read_wav: path must be a complete WAV file. Received {path}: {wav_fault(encoded)}. "
            "Convert it, for example with ffmpeg -i FILE -acodec pcm_s16le NEW.wav."
        )
    return waveform.numpy()


def read_recordings(directory: str | os.PathLike[str]) -> list[Recording]:
    """Lists the recordings of a directory, whose files are named `LABEL_SPEAKER_NUMBER.wav`.

    The free spoken digit data set and AudioMNIST have such files. Those of subdirectories are
    listed, too. Hidden files are ignored.

    Args:
        directory: str or path.

    Returns:
        list of `Recording`, in the order of the paths.

    Raises:
        ValueError: if a WAV file has another name, or there is no WAV file.
        FileNotFoundError: if `directory` is no directory.
    """
    directory = pathlib.Path(directory)
    if not directory.is_dir():
        raise FileNotFoundError(
            f"read_recordings: directory must be a directory. Received {directory}. Check the path."
        )
    paths = sorted(path for path in directory.rglob("*") if path.suffix.lower() == ".wav")
    found = [_recording(path) for path in paths if not path.name.startswith(".")]
    if not found:
        raise ValueError(
            "read_recordings: directory must contain WAV files. Received "
            f"{directory} without any. Add files such as 7_george_12.wav."
        )
    return found


def _recording(path):
    label, speaker, number = [*path.stem.rsplit("_", 2), "", ""][:3]
    if not (label and speaker and number.isdecimal()):
        raise ValueError(
            "read_recordings: files must be named LABEL_SPEAKER_NUMBER.wav. Received "
            f"{path}. Rename it to a name such as 7_george_12.wav, or move it elsewhere."
        )
    return Recording(path, label, speaker, int(number))


def read_transcripts(path: str | os.PathLike[str]) -> list[tuple[pathlib.Path, str]]:
    """Reads a table of audio files and what is said in them.

    The table has a header with the columns `file` and `transcript`, in any case, and may have
    others. Columns are separated by tabs, commas or semicolons; see `read_labeled_texts`.

    Args:
        path: str or path of the table. Files are relative to its directory.

    Returns:
        list of tuples (path, transcript) of `pathlib.Path` and str. A transcript may be empty.

    Raises:
        ValueError: if the table is not such a table, or a file does not exist. The message names
            file and line.
        OSError: if the table cannot be read.
    """
    path = pathlib.Path(path)
    rows = read_labeled_texts(path, text_column="transcript", label_column="file")
    found = [(path.parent / file, text) for text, file in rows]
    missing = [str(file) for file, _ in found if not file.is_file()]
    if missing:
        raise ValueError(
            f"{path}: all files of the table must exist. {len(missing)} do not. Received "
            f"{missing[0]}. Correct the path, which is relative to the table, or remove the row."
        )
    return found
