import gzip
import tracemalloc
import zlib

import gensim
import numpy as np
import pytest

from keras_dl.embeddings import WordVectors, vector_files

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
    words = [f"word{index}" for index in range(999)]
    vectors = WordVectors(words, np.random.default_rng(0).normal(size=(999, 20)))
    vectors.save(tmp_path / "a.txt")
    found = WordVectors.load(tmp_path / "a.txt")
    assert found.words == words
    np.testing.assert_array_equal(found.vectors, vectors.vectors)
    lines = (tmp_path / "a.txt").read_text("utf-8").splitlines()
    lines[700] = lines[700].replace(" ", " x", 1)
    (tmp_path / "a.txt").write_text("\n".join(lines), "utf-8")
    with pytest.raises(ValueError, match=r"a.txt, line 701: .* 20 finite numbers"):
        WordVectors.load(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a 1 2\nb 1\n", 2),
        ("a 1 2\nb 1 x\n", 2),
        ("a 1 2\n1 2\n", 2),
        ("a\n", 1),
        ("a 1 2\nb 1 nan\n", 2),
        ("a 1 2\n 3 4\n", 2),
        ("2 2\na 1 2\nb 1 2 3\n", 3),
        ("3 2\na 1 2\nb 1 2\n", 3),
        ("2 2\na 1 x\nb 1 2\n", 2),
        ("2 3\na 1 2\nb 1 2\n", 2),
        ("2 2\n\u00e9t\u00e9\nb 1 2\n", 2),
        ("2 0\na 1 2\nb 1 2\n", 2),
        ("\na 1 2\n", 1),
        ("a 1 2\n\nb 1 2\n", 2),
    ],
)
def test_bad_lines_are_told(tmp_path, text, line):
    (tmp_path / "bad.txt").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=f"bad.txt, line {line}: "):
        WordVectors.load(tmp_path / "bad.txt")


def test_files_that_are_not_whole_are_told(vectors, tmp_path):
    (tmp_path / "no.gz").write_bytes(b"a 1 2\n")
    (tmp_path / "latin.txt").write_bytes(b"a 1 2\n\xe9 3 4\n")
    (tmp_path / "head.txt").write_bytes(b"2 2\nma\xefs .25 -.5\nb 3 4\n")
    for name, said in (("no.gz", "1.*gzip"), ("latin.txt", "2.*UTF-8"), ("head.txt", "2.*UTF-8")):
        with pytest.raises(ValueError, match=f"{name}, line {said}"):
            WordVectors.load(tmp_path / name)
    vectors.save(tmp_path / "cut.bin", "binary")
    (tmp_path / "cut.bin").write_bytes((tmp_path / "cut.bin").read_bytes()[:-9])
    with pytest.raises(
        ValueError, match=r"cut.bin, word 5: the file must contain 5 words with 7 values"
    ):
        WordVectors.load(tmp_path / "cut.bin")
    (tmp_path / "empty.txt").write_bytes(b"")
    with pytest.raises(ValueError, match=r"empty.txt must contain word vectors"):
        WordVectors.load(tmp_path / "empty.txt")


@pytest.mark.parametrize("header", ["", "9999 2\n"])
def test_a_compressed_file_breaks_off_at_a_line(tmp_path, header):
    numbers = np.random.default_rng(0).normal(size=(9999, 2)).round(4)
    lines = [f"word{index} {a} {b}\n" for index, (a, b) in enumerate(numbers)]
    whole = gzip.compress((header + "".join(lines)).encode())
    for share in (0.3, 0.9):
        cut = whole[: int(share * len(whole))]
        (tmp_path / "cut.gz").write_bytes(cut)
        line = 1 + zlib.decompressobj(wbits=31).decompress(cut).count(b"\n")
        assert share - 0.05 < line / 9999 < share + 0.05
        with pytest.raises(ValueError, match=f"cut.gz, line {line}: .* complete"):
            WordVectors.load(tmp_path / "cut.gz")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfking 1 2\nqueen 3 4\n",
        b"\xef\xbb\xbf2 2\r\nking 1 2\r\nqueen 3 4\r\n",
        b"2\t2\nking\t1\t2\nqueen\t3\t4\n",
        b"2 2\nking 1 2\nqueen  3  4\n",
        b"2 2 \nking 1 2 \nqueen 3 4 \n",  # fastText
        gzip.compress(b"king 1 2\nqueen 3 4\n"),
    ],
    ids=["mark", "mark and header", "tabs", "two spaces", "fastText", "gzip without .gz"],
)
def test_files_of_other_programs_are_read(tmp_path, content):
    (tmp_path / "a.vec").write_bytes(content)
    found = WordVectors.load(tmp_path / "a.vec")
    assert found.words == ["king", "queen"]
    np.testing.assert_array_equal(found.vectors, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04rest", "Received a zip archive. Unpack it first"),
        ("king 1 2\n".encode("utf-16"), "Received UTF-16. Save the file as UTF-8"),
        (b"\xba\x16\x4f\x2f\x0c\x00", "Received a fastText model. Use its .vec file"),
        (b"king 1 2\rqueen 3 4\r", "line 1: lines must end in a line feed"),
        (b"3 2 float32\nking 1 2\n", "line 1: .* header, if any, has two numbers: words and"),
        (b"2 2\nking 1 2\nqueen 1 2 3\n", "line 3: each line must be a word and 2 finite"),
    ],
)
def test_other_files_are_refused_with_their_kind(tmp_path, content, told):
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(ValueError, match=f"a.txt.*{told}"):
        WordVectors.load(tmp_path / "a.txt")


@pytest.mark.parametrize("binary", [False, True])
def test_words_that_are_not_utf8_are_replaced_on_request_as_gensim_does(tmp_path, binary):
    path = tmp_path / "a.bin"
    numbers = np.array([[1, 2], [3, 4]], "<f4")
    rows = [row.tobytes() if binary else b"%d %d" % tuple(row) for row in numbers]
    path.write_bytes(b"2 2\nqu\xe9n " + rows[0] + b"\nking " + rows[1] + b"\n")
    with pytest.raises(ValueError, match=r"a.bin, (line 2|word 1): .*UTF-8"):
        WordVectors.load(path)
    for errors in ("replace", "ignore"):
        theirs = gensim.models.KeyedVectors.load_word2vec_format(
            path, binary=binary, unicode_errors=errors
        )
        found = WordVectors.load(path, errors=errors)
        assert found.words == theirs.index_to_key and found.words[1] == "king"
        np.testing.assert_array_equal(found.vectors, theirs.vectors)


def test_blank_lines_at_the_end_are_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_dl.embeddings.vector_files._AT_ONCE", 1)
    for text in ("2 2\na 1 2\nb 3 4\n\n", "a 1 2\nb 3 4\n \r\n" + 3000 * "\n"):
        (tmp_path / "a.txt").write_bytes(text.encode())
        assert WordVectors.load(tmp_path / "a.txt").words == ["a", "b"]


@pytest.mark.parametrize("units", [1, 2, 50])
def test_binary_is_told_from_text(tmp_path, units):
    for seed in range(20):
        drawn = np.random.default_rng(seed).normal(size=(5, units))
        for numbers in (drawn, drawn.round(), np.zeros((5, units))):
            WordVectors(WORDS, numbers).save(tmp_path / "a.bin", "binary")
            found = WordVectors.load(tmp_path / "a.bin")
            np.testing.assert_array_equal(found.vectors, numbers.astype("float32"))


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_binary_header_is_held_against_the_size(vectors, tmp_path, suffix):
    path = tmp_path / f"a.bin{suffix}"
    vectors.save(path, "binary")
    content = gzip.decompress(path.read_bytes()) if suffix else path.read_bytes()
    for words, size in ((99999999999999, 167), (6, 167), (5, 99)):
        broken = f"{words} 7\n".encode() + content[4:][:size]
        path.write_bytes(gzip.compress(broken) if suffix else broken)
        with pytest.raises(ValueError, match=f"line 1: .* {words} words .* {size} bytes"):
            WordVectors.load(path)


def test_a_binary_file_is_not_copied(tmp_path):
    numbers = np.random.default_rng(0).normal(size=(5, 200_000))
    WordVectors(WORDS, numbers).save(tmp_path / "a.bin", "binary")
    tracemalloc.start()
    try:
        vector_files.read(tmp_path / "a.bin")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # The vectors, and one of them as it is read.
    assert 1 < peak / (4 * numbers.size) < 1.5


def test_words_that_no_file_can_hold_are_told_before_anything_is_lost(tmp_path):
    (tmp_path / "a.txt").write_text("old", "utf-8")
    with pytest.raises(ValueError, match="'New York'"):
        WordVectors(["New York"], [[1.0]]).save(tmp_path / "a.txt")
    with pytest.raises(ValueError, match="format 'csv'"):
        WordVectors(["a"], [[1.0]]).save(tmp_path / "a.txt", "csv")
    assert (tmp_path / "a.txt").read_text("utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]
