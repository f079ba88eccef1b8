import pytest
from seqeval.metrics.sequence_labeling import get_entities

from keras_dl.pipelines import read_conll


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "sentences.conll"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_columns_blank_lines_and_document_marks(write):
    path = write(
        "-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\nleft VBD  I-VP O\n \n\n"
        "-DOCSTART-\nNew York\tB-LOC\n\t\n.\tSENT\tO"
    )
    sentences = read_conll(path)
    assert [s.tokens for s in sentences] == [("EU", "left"), ("New York",), (".",)]
    assert [s.tags for s in sentences] == [("B-ORG", "O"), ("B-LOC",), ("O",)]


def test_byte_order_mark_and_windows_line_ends(write):
    sentences = read_conll(write(b"\xef\xbb\xbfAda B-PER\r\nL. I-PER\r\n\r\nHi O\r\n"))
    assert sentences == [(("Ada", "L."), ("B-PER", "I-PER")), (("Hi",), ("O",))]


def test_strange_characters_stay_in_their_tokens(write):
    tokens = ("\xa0", "a\u200bb", "Dubbz\ufeff", "a\u2028b", '"', "\x85", "#1", "\U0001f600")
    path = write("".join(f"{token} O\n" for token in tokens))
    assert read_conll(path) == [(tokens, ("O",) * 8)]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("I-PER I-PER B-PER I-PER", "B-PER I-PER B-PER I-PER"),
        ("O I-LOC I-PER O I-PER", "O B-LOC B-PER O B-PER"),
        ("B-PER I-PER B-PER B-LOC", "B-PER I-PER B-PER B-LOC"),
        ("O O", "O O"),
    ],
)
def test_both_schemes_become_iob2_with_the_same_entities(write, tags, expected):
    (sentence,) = read_conll(write("".join(f"x {tag}\n" for tag in tags.split())))
    assert sentence.tags == tuple(expected.split())
    assert get_entities(list(sentence.tags)) == get_entities(tags.split())


def test_one_tag_decides_for_the_whole_file(write):
    """`B-` behind its own type is in both schemes, and the first sentence tells nothing."""
    first, second = read_conll(write("a O\n\nb I-PER\nc B-PER\n"))
    assert first.tags == ("O",) and second.tags == ("B-PER", "B-PER")


def test_tags_of_both_schemes_name_both_lines(write):
    path = write("a O\nb I-PER\n\nc B-LOC\nd I-PER\n")
    with pytest.raises(ValueError, match=r"\.conll: .*'I-PER' in line 2.*'B-LOC' in line 4"):
        read_conll(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a O\nb\n", r"\.conll, line 2: a line must contain a token and a tag.*Received 'b'"),
        ("a O\n\tO\n", r"\.conll, line 2: a line must contain.*Received '\\tO'"),
        ("a\tO\nb\tO\t\n", r"\.conll, line 2: a line must contain"),
        ("a O\n\nb S-PER\n", r"\.conll, line 3: a tag must be.*Received 'S-PER'"),
        ("a B-\n", r"\.conll, line 1: a tag must be.*Received 'B-'"),
        (b"a O\nb\xff O\n", r"\.conll, line 2: text must be UTF-8. Received bytes b'\\xff O"),
        ("", r"\.conll: the file must not be empty"),
        ("-DOCSTART- O\n\n", r"\.conll: the file must not be empty"),
    ],
)
def test_errors_name_file_and_line(write, content, message):
    with pytest.raises(ValueError, match=message):
        read_conll(write(content))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_conll(tmp_path / "nowhere.conll")
