import csv

import pytest

from keras_dl.pipelines import read_labeled_texts

TEXTS = ['He said "no".', "a, b; c", "caf\u00e9 \U0001f600", 'ends with "quotes"', "plain"]
LABELS = ["neg", "pos", "neg", "pos", "pos"]


def _write(folder, content, name="reviews.tsv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_quotes_and_spaces_belong_to_the_text(tmp_path):
    path = _write(tmp_path, 'label\ttext\n3\t " a\u2028b " \n0\t"\n10\t"b\u00e9art"\n')
    assert read_labeled_texts(path) == [(' " a\u2028b " ', "3"), ('"', "0"), ('"b\u00e9art"', "10")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_are_read_as_the_csv_module_writes_them(tmp_path, separator):
    path = tmp_path / "table"
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = [("id", "Label", "Review"), *zip(range(5), LABELS, TEXTS, strict=True)]
        csv.writer(file, delimiter=separator).writerows(rows)
    assert read_labeled_texts(path) == list(zip(TEXTS, LABELS, strict=True))


def test_fields_may_have_line_breaks(tmp_path):
    path = tmp_path / "table.csv"
    rows = [["text", "class"], ["two\nlines, \u2028 and\r\nmore", "1.0"], ["", "0.0"]]
    with open(path, "w", encoding="utf-16", newline="") as file:
        csv.writer(file).writerows(rows)
    assert read_labeled_texts(path) == [(rows[1][0], "1"), ("", "0")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xef\xbb\xbflabel\ttext\r\n1\tgood\r\n0\t", [("good", "1"), ("", "0")]),
        (b"text\tlabel\rgood\t1\r\r", [("good", "1")]),
        (b"\n\nText\tSentiment\n\ngood\t-1\n \n", [("good", "-1")]),
        (b"text,label\rgood,spam\r", [("good", "spam")]),
        (b'text, label\n"good, too", "spam"\n', [("good, too", "spam")]),
        (b"__label__a 1 b\n\n__label__b-c\tx y\n", [("1 b", "a"), ("x y", "b-c")]),
    ],
)
def test_line_ends_headers_and_blank_lines(tmp_path, content, expected):
    assert read_labeled_texts(_write(tmp_path, content)) == expected


def test_columns_may_be_named(tmp_path):
    path = _write(tmp_path, "text\tsummary\tlabel\nlong\tshort\t1\n")
    assert read_labeled_texts(path, text_column="Summary") == [("short", "1")]
    with pytest.raises(ValueError, match="line 1: the header must have one column of texts"):
        read_labeled_texts(path, label_column="stars")


def test_directories_of_classes(tmp_path):
    for name in ("neg/1.txt", "neg/0.txt", "pos/a.txt", "unsup/b.txt", ".git/c.txt", "neg/d.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f" {name}\n", "utf-8")
    found = read_labeled_texts(tmp_path)
    assert found == [("neg/0.txt", "neg"), ("neg/1.txt", "neg"), ("pos/a.txt", "pos")]
    with pytest.raises(ValueError, match=r"neg: the file must not be empty.*one subdirectory"):
        read_labeled_texts(tmp_path / "neg")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("label\ttext\n1\ta\nb\n", r"\.tsv, line 3: a row must have 2 columns.*Received 1 columns"),
        ("label\ttext\n1\ta\tb\n", r"\.tsv, line 2: a row must have 2 columns.*Received 3"),
        ("label,text\n1,a\n1,a, b\n", r"\.tsv, line 3: a row must have 2 columns.*Received 3"),
        ('label,text\n1,"a\nb"\n1,"a" b\n', r"\.tsv, line 4: a row must be valid CSV"),
        ('label,text\n1,"a\n', r"\.tsv, line 2: a row must be valid CSV"),
        ("label\ttext\n \ta\n", r"\.tsv, line 2: a row must have a label"),
        ("1\tgood\n0\tbad\n", r"\.tsv, line 1: the header must have one column.*'1\\tgood'"),
        ("text\treview\tlabel\na\tb\t1\n", r"\.tsv, line 1: the header must have one column"),
        ("__label__a __label__b x\n", r"\.tsv, line 1: a line must contain one label"),
        ("__label__a x\ny\n", r"\.tsv, line 2: a line must contain one label"),
        (b"label\ttext\n1\t\xe9\n", r"\.tsv, line 2: text must be UTF-8.*b'\\xe9"),
        (
            "label\ttext\n1\ta\n".encode("utf-16-le"),
            r"\.tsv, line 1: text must be UTF-8, or UTF-16",
        ),
        ("label\ttext\n", r"\.tsv: the file must not be empty"),
        ("", r"\.tsv: the file must not be empty"),
    ],
)
def test_errors_name_file_and_line(tmp_path, content, message):
    with pytest.raises(ValueError, match=message):
        read_labeled_texts(_write(tmp_path, content))
