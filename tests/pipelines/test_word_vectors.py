import gzip
import io

import numpy as np
import pytest

from keras_dl import pipelines


def test_what_is_written_is_read_again_to_the_bit(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(3, 5)).astype("float32")
    file = io.BytesIO()
    pipelines.write_vectors(file, ["the", "\u00e9t\u00e9", "12"], vectors)
    (tmp_path / "vectors.txt").write_bytes(file.getvalue())
    words, found = pipelines.read_vectors(tmp_path / "vectors.txt")
    assert words == ["the", "\u00e9t\u00e9", "12"] and file.getvalue().startswith(b"3 5\n")
    np.testing.assert_array_equal(found, vectors)


@pytest.mark.parametrize(
    "text", ["a 1 2\nb 1\n", "a 1 2\nb 1 x\n", "a\n", "a 1 2\nb 1 nan\n", "a 1 2\n 3 4\n"]
)
def test_bad_vectors_are_told_with_their_line(tmp_path, text):
    (tmp_path / "bad.txt").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=f"bad.txt, line {text.count(chr(10))}"):
        pipelines.read_vectors(tmp_path / "bad.txt")


def test_files_that_are_not_whole_are_told(tmp_path):
    whole = gzip.compress(b"a 1 2\n" * 1000)
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "latin.txt").write_bytes(b"a 1 2\n\xe9 3 4\n")
    for name in ("cut.gz", "latin.txt"):
        with pytest.raises(ValueError, match=f"{name}, line .* whole and UTF-8"):
            pipelines.read_vectors(tmp_path / name)
