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
        "-DOCSTART-\nYork NNP I-NP B-LOC\n\t\n. SENT O O"
    )
    sentences = read_conll(path)
    assert [s.tokens for s in sentences] == [("EU", "left"), ("York",), (".",)]
    assert [s.tags for s in sentences] == [("B-ORG", "O"), ("B-LOC",), ("O",)]


MARA = ("Mara", "sang")


@pytest.mark.parametrize(
    ("content", "tokens"),
    [
        ("1 Mara NNP I-NP B-PER\n2 sang VBD I-VP O\n\n1 Mara NNP I-NP B-PER\n", MARA),
        ("0\tMara\tB-PER\n1\tsang\tO\n\n0\tMara\tB-PER\n", MARA),
        ("Mara NNP I-NP\tB-PER\nsang VBD I-VP\tO\n\nMara NNP I-NP\tB-PER\n", MARA),
        ("Mara\tB-PER\t\nsang\tO \n\nMara \tB-PER\n", MARA),
        ("# sent_id = 1\n# Mara\nMara\tB-PER\nsang\tO\n\n# text O\nMara\tB-PER\n", MARA),
        ("New York\tB-LOC\nsang\tO\n\nMara\tB-PER\n", ("New York", "sang")),
        ("# B-PER\n#1 O\n\n# B-PER\n", ("#", "#1")),
        ("token tag\nMara B-PER\nsang O\n\nMara B-PER\n", MARA),
        ("ner\tpos\tword\nB-PER\tNNP\tMara\nO\tVBD\tsang\n\nB-PER\tNNP\tMara\n", MARA),
        ("Mara b-PER\nsang o\n\nMara b-PER\n", MARA),
        ("Mara B-PER\rsang O\r\rMara B-PER\r", MARA),
        ("Mara B-PER\nsang O\n\nMara B-PER\n".encode("utf-16"), MARA),
    ],
)
def test_the_word_is_read_wherever_it_stands(write, content, tokens):
    first, second = read_conll(write(content))
    assert first.tokens == tokens and first.tags[0][:2] == "B-" and first.tags[1] == "O"
    assert len(second.tokens) == 1 and second.tags[0] == "B-PER"


@pytest.mark.parametrize(
    "content",
    [
        'Sentence #,Word,POS,Tag\nSentence: 1,"a, b",NN,B-per\n,sang,VB,O\nSentence: 2,Oslo,NN,O\n',
        'sent_id;token;label\n1;"a, b";B-per\n1;sang;O\n2;Oslo;O\n',
        '"a, b",B-per\nsang,O\n,\nOslo,O\n',
    ],
)
def test_csv_tables(write, content):
    path = write(content)
    assert read_conll(path.rename(path.with_suffix(".csv"))) == [
        (("a, b", "sang"), ("B-per", "O")),
        (("Oslo",), ("O",)),
    ]


@pytest.mark.parametrize(
    "content",
    ['word,tag\n",O\nMara,B-PER\n",O\nsang,O\n', 'word,tag\n",O\n' + "Mara,B-PER\n" * 20_000],
)
def test_csv_tables_with_stray_quotation_marks_are_refused(write, content):
    path = write(content)
    with pytest.raises(ValueError, match=r"\.csv, line 2: a row must be one line of CSV"):
        read_conll(path.rename(path.with_suffix(".csv")))


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
        ("I-PER I-PER O I-LOC", "B-PER I-PER O B-LOC"),
        ("O O", "O O"),
        ("B-PER E-PER S-PER O B-LOC I-LOC E-LOC", "B-PER I-PER B-PER O B-LOC I-LOC I-LOC"),
        ("U-PER B-LOC L-LOC U-LOC", "B-PER B-LOC I-LOC B-LOC"),
    ],
)
def test_all_schemes_become_iob2_with_the_same_entities(write, tags, expected):
    (sentence,) = read_conll(write("".join(f"x {tag}\n" for tag in tags.split())))
    assert sentence.tags == tuple(expected.split())
    bioes = tags.replace("U-", "S-").replace("L-", "E-")
    assert get_entities(list(sentence.tags)) == get_entities(bioes.split())


def test_one_tag_decides_for_the_whole_file(write):
    """`B-` behind its own type is in both schemes, and the first sentence tells nothing."""
    first, second = read_conll(write("a O\n\nb I-PER\nc B-PER\n"))
    assert first.tags == ("O",) and second.tags == ("B-PER", "B-PER")


def test_tags_of_both_schemes_name_all_lines(write):
    path = write("a O\nb I-PER\n\nc B-LOC\nd I-PER\n")
    with pytest.raises(ValueError, match=r"\.conll: .*'I-PER' in lines 2, 5.*'B-LOC' in line 4"):
        read_conll(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a O\nb\n", r"\.conll, line 2: a line must contain a token and a tag.*Received 'b'"),
        ("a O\n\tO\n", r"\.conll, line 2: a line must contain.*Received '\\tO'"),
        ("New York B-LOC\nis O\nbig O\n", r"\.conll, line 1: a line must have 2 columns"),
        ("a O\n\nb X-PER\n", r"\.conll, line 3: a tag must be.*Received 'X-PER'"),
        ("a O\n\nb PER\n", r"\.conll, line 3: a tag must be.*Received 'PER'"),
        ("B-PER\ta\nO\tb\n", r"line 1: .*Received 'a', and a tag in the first column"),
        ("a|NN|O b|NN|O\n", r"line 1: a tag must.*one token to a line"),
        ("0 O\n1 B-PER\n", r"line 1: the first column must contain the words.*only numbers"),
        ("7 a NN O\n7 b NN O\n", r"line 1: the first column must contain the words"),
        ("1-2 du O\n1 de O\n2 le O\n", r"line 1: the first column must.*only numbers and ranges"),
        ("f 0 a O\nf 1 b O\nf 0 c O\n", r"line 1: the first column must.*only 'f'"),
        ("a O\n\nb O\nc B-PER\nd O\ne S-PER\n", r"lines 3 to 6: .*'O' after 'B-PER'"),
        ("a S-PER\nb E-PER\n", r"lines 1 to 2: .*'E-PER' after 'S-PER'"),
        ("# only = comments\n", r"\.conll: the file must not be empty"),
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
