import pytest

from keras_dl.pipelines import read_tsv


def _write(folder, content):
    path = folder / "reviews.tsv"
    path.write_bytes(content)
    return path


def test_quotes_and_spaces_belong_to_the_text(tmp_path):
    path = _write(tmp_path, 'label\ttext\n3\t " a\u2028b " \n0\t"\n10\tbÃ©art\n'.encode())
    assert read_tsv(path) == [(' " a\u2028b " ', 3), ('"', 0), ("bÃ©art", 10)]


def test_byte_order_mark_windows_line_ends_and_empty_text(tmp_path):
    path = _write(tmp_path, b"\xef\xbb\xbflabel\ttext\r\n1\tgood\r\n0\t")
    assert read_tsv(path) == [("good", 1), ("", 0)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"label\ttext\n1\ta\nb\n", r"\.tsv, line 3: a line must contain.*Received 'b'"),
        (b"label\ttext\n1\ta\tb\n", r"\.tsv, line 2: a line must contain.*'1\\ta\\tb'"),
        (b"label\ttext\n1\ta\n\n2\tb\n", r"\.tsv, line 3: a line must contain.*Received ''"),
        (b"label\ttext\n1.0\ta\n", r"\.tsv, line 2: a label must be.*Received '1.0'"),
        (b"label\ttext\n-1\ta\n", r"\.tsv, line 2: a label must be.*Received '-1'"),
        (b"text\tlabel\na\t1\n", r"\.tsv, line 1: the header must be.*'text\\tlabel'"),
        (b"label\ttext\n1\t\xe9\n", r"\.tsv, line 2: text must be UTF-8.*b'\\xe9"),
        (b"label\ttext\n", r"\.tsv: the file must not be empty"),
        (b"", r"\.tsv: the file must not be empty"),
    ],
)
def test_errors_name_file_and_line(tmp_path, content, message):
    with pytest.raises(ValueError, match=message):
        read_tsv(_write(tmp_path, content))
