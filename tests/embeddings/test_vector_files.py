import gzip

import gensim
import numpy as np
import pytest

from keras_dl.embeddings import WordVectors

WORDS = ["the", "\u00e9t\u00e9", "12", "a\u00a0b".replace("\u00a0", "_"), "U.S."]


@pytest.fixture
def vectors():
    return WordVectors(WORDS, np.random.default_rng(0).normal(size=(5, 7)))


@pytest.mark.parametrize("style", ["text", "binary", "glove"])
@pytest.mark.parametrize("suffix", [".vec", ".vec.gz"])
def test_what_is_written_is_read_again_to_the_bit(vectors, tmp_path, style, suffix):
    path = tmp_path / f"a{suffix}"
    vectors.save(path, style)
    assert path.read_bytes().startswith(b"\x1f\x8b") == suffix.endswith(".gz")
    found = WordVectors.load(path)
    assert found.words == WORDS
    np.testing.assert_array_equal(found.vectors, vectors.vectors)


@pytest.mark.parametrize("style", ["text", "binary"])
def test_gensim_reads_what_we_write_and_we_what_it_writes(vectors, tmp_path, style):
    vectors.save(tmp_path / "ours", style)
    theirs = gensim.models.KeyedVectors.load_word2vec_format(
        tmp_path / "ours", binary=style == "binary"
    )
    assert theirs.index_to_key == WORDS
    np.testing.assert_array_equal(theirs.vectors, vectors.vectors)
    theirs.save_word2vec_format(tmp_path / "theirs", binary=style == "binary")
    found = WordVectors.load(tmp_path / "theirs")
    assert found.words == WORDS
    np.testing.assert_array_equal(found.vectors, vectors.vectors)


def test_variants_of_text_files(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a 1 2 \r\n. . . 3 4\nb 5 6\na 7 8")  # spaces in words, and words twice
    found = WordVectors.load(path)
    assert found.words == ["a", ". . .", "b"]
    np.testing.assert_array_equal(found.vectors, [[1, 2], [3, 4], [5, 6]])
    path.write_text("7 3\n" * 1 + "x 1e-3 -2 +3\n" * 7, "utf-8")
    assert WordVectors.load(path).words == ["x"]


def test_files_of_many_lines_are_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_dl.embeddings.vector_files._AT_ONCE", 1)
    words = [f"word{place}" for place in range(999)]
    vectors = WordVectors(words, np.random.default_rng(0).normal(size=(999, 20)))
    vectors.save(tmp_path / "a.txt")
    found = WordVectors.load(tmp_path / "a.txt")
    assert found.words == words
    np.testing.assert_array_equal(found.vectors, vectors.vectors)
    lines = (tmp_path / "a.txt").read_text("utf-8").splitlines()
    lines[700] = lines[700].replace(" ", " x", 1)
    (tmp_path / "a.txt").write_text("\n".join(lines), "utf-8")
    with pytest.raises(ValueError, match="a.txt, line 701: .* 20 finite numbers"):
        WordVectors.load(tmp_path / "a.txt")


@pytest.mark.parametrize(
    "text, line",
    [
        ("a 1 2\nb 1\n", 2),
        ("a 1 2\nb 1 x\n", 2),
        ("a 1 2\n1 2\n", 2),
        ("a\n", 1),
        ("a 1 2\nb 1 nan\n", 2),
        ("a 1 2\n 3 4\n", 2),
        ("2 2\na 1 2\nb 1 2 3\n", 3),
        ("3 2\na 1 2\nb 1 2\n", 3),
    ],
)
def test_bad_lines_are_told(tmp_path, text, line):
    (tmp_path / "bad.txt").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=f"bad.txt, line {line}: "):
        WordVectors.load(tmp_path / "bad.txt")


def test_files_that_are_not_whole_are_told(vectors, tmp_path):
    whole = gzip.compress(b"a 1 2\n" * 1000)
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "no.gz").write_bytes(b"a 1 2\n")
    (tmp_path / "latin.txt").write_bytes(b"a 1 2\n\xe9 3 4\n")
    for name, said in (("cut.gz", "1.*whole"), ("no.gz", "1.*whole"), ("latin.txt", "2.*UTF-8")):
        with pytest.raises(ValueError, match=f"{name}, line {said}"):
            WordVectors.load(tmp_path / name)
    vectors.save(tmp_path / "cut.bin", "binary")
    (tmp_path / "cut.bin").write_bytes((tmp_path / "cut.bin").read_bytes()[:-9])
    with pytest.raises(ValueError, match="cut.bin, word 5: 5 words of 7 numbers"):
        WordVectors.load(tmp_path / "cut.bin")
    (tmp_path / "empty.txt").write_bytes(b"")
    with pytest.raises(ValueError, match="empty.txt must hold word vectors"):
        WordVectors.load(tmp_path / "empty.txt")


def test_words_that_no_file_can_hold_are_told_before_anything_is_lost(tmp_path):
    (tmp_path / "a.txt").write_text("old", "utf-8")
    with pytest.raises(ValueError, match="'New York'"):
        WordVectors(["New York"], [[1.0]]).save(tmp_path / "a.txt")
    with pytest.raises(ValueError, match="format 'csv'"):
        WordVectors(["a"], [[1.0]]).save(tmp_path / "a.txt", "csv")
    assert (tmp_path / "a.txt").read_text("utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]
