import gzip
import itertools
import random

import pytest

from keras_dl.pipelines import read_parallel_files, read_parallel_table, split_parallel_texts


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_two_files_of_any_encoding_and_line_end(write):
    source = write("train.de", "\ufeff Eins\t1 \r\nZwei\r\n\r\nDrei\r\n")
    target = write("train.en.gz", gzip.compress(b"One 1\nTwo\n \nThree"))
    expected = [("Eins\t1", "One 1"), ("Zwei", "Two"), ("Drei", "Three")]
    assert read_parallel_files(source, target) == expected
    old = write("train.fr", "Un\u2028\rDeux\r\rTrois".encode("utf-16"))
    assert read_parallel_files(source, old)[0] == ("Eins\t1", "Un")


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("a\nb\nc\n", "x\ny\n", r"s\.txt, line 3: .*t\.txt ends.*Received 3 and 2 lines"),
        ("a\n", "x\ny\nz", r"t\.txt, line 2: .*s\.txt ends.*Received 3 and 1 lines"),
        ("a\nb\n", "x\n\n", r"t\.txt, line 2: a pair must have.*'b' and ''"),
        ("a\nb\n", "x\n\xa0\ny\n", r"3 and 2 lines"),
        ("\n", "\n", r"t\.txt: the file must not be empty"),
        ("a\n", b"\xff\n", r"t\.txt, line 1: text must be UTF-8"),
    ],
)
def test_files_that_do_not_match_name_file_and_line(write, source, target, message):
    with pytest.raises(ValueError, match=message):
        read_parallel_files(write("s.txt", source), write("t.txt", target))


@pytest.mark.parametrize(
    "content",
    [
        'Go.\tGeh!\n\n"Hi"\tHallo \n',
        'Go.\tGeh!\tCC-BY 2.0 (France)\r\n"Hi"\tHallo\tCC-BY 2.0\r\n',
        '\ufeff1276\tGo.\t77\tGeh!\n12\t"Hi"\t34\tHallo\n',
    ],
)
def test_tables_of_all_formats(write, content):
    assert read_parallel_table(write("deu.txt", content)) == [("Go.", "Geh!"), ('"Hi"', "Hallo")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Go.\tGeh!\nHi\tHal\tlo\n", r"\.tsv, line 2: all lines must .*'Hi\\tHal\\tlo'"),
        ("Go.\tGeh!\nHi\n", r"\.tsv, line 2: all lines must"),
        ("Go.\n", r"\.tsv, line 1: all lines must"),
        ("a\tGo.\tb\tGeh!\n", r"\.tsv, line 1: all lines must"),
        ("Go.\tGeh!\n\n \tHallo\n", r"\.tsv, line 3: a pair must have .*'' and 'Hallo'"),
        ("Go.\tGeh!\rHi\tHallo\nx\ty\n", r"\.tsv, line 1: the lines of a file"),
        ("\n \n", r"\.tsv: the file must not be empty"),
    ],
)
def test_tables_with_errors_name_file_and_line(write, content, message):
    with pytest.raises(ValueError, match=message):
        read_parallel_table(write("pairs.tsv", content))


def plain(text):
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def test_no_text_of_either_side_stands_in_two_parts():
    chance = random.Random(0)
    pairs = [
        (
            f"{chance.choice('Aa')} {n}{chance.choice('.!')}",
            f"{chance.choice(['ß', 'SS'])}-{chance.randint(0, 900)}?",
        )
        for n in (chance.randint(0, 900) for _ in range(800))
    ]
    parts = split_parallel_texts(pairs)
    assert sorted(itertools.chain(*map(list, parts))) == list(range(800))
    assert all(len(part) > 5 for part in parts) and len(parts[0]) > 500
    for one, other in itertools.combinations(parts, 2):
        for side in (0, 1):
            texts = [{plain(pairs[index][side]) for index in part} for part in (one, other)]
            assert not texts[0] & texts[1]
    # Other pairs in another order change no part.
    again = split_parallel_texts([*pairs[::-1], ("new", "neu")])
    assert [[799 - i for i in part if i < 800][::-1] for part in again] == [
        p.tolist() for p in parts
    ]


def test_groups_go_where_the_usual_split_of_tatoeba_has_them():
    # Of each part, one pair, and two sentences of which the first in the alphabet decides.
    train = [("No comment.", "Kein Kommentar."), ("Mama cried.", "Mama weinte.")]
    dev = [("I clapped my hands.", "Ich klatschte."), ("I'm weak.", "Ich bin schwach.")]
    test = [("Take it away.", "Nimm es weg."), ("He gave in.", "Er gab auf.")]
    others = [("I am weak.", "Ich bin schwach."), ("He gave up.", "Er gab auf.")]
    found = split_parallel_texts([*train, *dev, *test, *others])
    assert [part.tolist() for part in found] == [[0, 1], [2, 3, 6], [4, 5, 7], []]
