import numpy as np
import pytest
import scipy.io.wavfile

from keras_dl import pipelines


def _write(path, count=10, rate=8000):
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.wavfile.write(path, rate, np.arange(count, dtype="int16"))


def test_reads_one_file_and_names_one_that_is_none(tmp_path):
    _write(tmp_path / "a.wav")
    waveform = pipelines.read_wav(tmp_path / "a.wav", 8000)
    np.testing.assert_array_equal(waveform * 2**15, np.arange(10))
    (tmp_path / "b.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"b\.wav: truncated"):
        pipelines.read_wav(tmp_path / "b.wav", 8000)


def test_names_of_recordings(tmp_path):
    for name in ("7_george_0.wav", "7_george_10.WAV", "sub/a_b_theo_3.wav", ".7_x_1.wav"):
        _write(tmp_path / name)
    (tmp_path / "README.md").write_text("no recording")
    found = [each[1:] for each in pipelines.read_recordings(tmp_path)]
    assert found == [("7", "george", 0), ("7", "george", 10), ("a_b", "theo", 3)]
    assert pipelines.read_recordings(tmp_path)[0].path == tmp_path / "7_george_0.wav"


@pytest.mark.parametrize("name", ["seven.wav", "7_george.wav", "7_george_x.wav", "_george_1.wav"])
def test_other_names_are_refused(name, tmp_path):
    _write(tmp_path / name)
    with pytest.raises(ValueError, match=rf"LABEL_SPEAKER_NUMBER.wav. Received .*{name}"):
        pipelines.read_recordings(tmp_path)


def test_directories_without_recordings_are_refused(tmp_path):
    with pytest.raises(ValueError, match="must contain WAV files"):
        pipelines.read_recordings(tmp_path)
    with pytest.raises(FileNotFoundError, match="must be a directory"):
        pipelines.read_recordings(tmp_path / "none")


@pytest.mark.parametrize("separator", ["\t", ","])
def test_tables_of_transcripts(separator, tmp_path):
    for name in ("a.wav", "sub/b.wav"):
        _write(tmp_path / name)
    rows = [("File", "speaker", "transcript"), ("a.wav", "x", "one two"), ("sub/b.wav", "y", "")]
    table = tmp_path / ("table.tsv" if separator == "\t" else "table.csv")
    table.write_text("".join(separator.join(row) + "\n" for row in rows))
    expected = [(tmp_path / "a.wav", "one two"), (tmp_path / "sub/b.wav", "")]
    assert pipelines.read_transcripts(table) == expected


def test_missing_files_of_a_table_are_named(tmp_path):
    table = tmp_path / "table.tsv"
    table.write_text("file\ttranscript\nnone.wav\tone\n")
    with pytest.raises(ValueError, match=r"1 do not. Received .*none\.wav"):
        pipelines.read_transcripts(table)
