import pytest

from keras_dl.pipelines.text_files import read_lines, read_text

TEXT = "caf\u00e9 \u2028a\nb \U0001f600\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-be", "utf-16-le"]
)
def test_encodings_with_a_byte_order_mark_are_read(tmp_path, encoding):
    path = tmp_path / "text.txt"
    mark = "\ufeff" if encoding.endswith("e") else ""
    path.write_bytes((mark + TEXT).encode(encoding))
    assert read_text(path) == TEXT
    assert read_lines(path) == ["caf\u00e9 \u2028a", "b \U0001f600"]


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"a\nb\n\nc", ["a", "b", "", "c"]),
        (b"a\r\nb\r\r\n\r\n", ["a", "b", ""]),
        (b"a\rb\r\rc\r", ["a", "b", "", "c"]),
        (b"a\n\n", ["a", ""]),
        (b"", []),
    ],
)
def test_line_ends_of_all_systems(tmp_path, content, lines):
    (tmp_path / "lines.txt").write_bytes(content)
    assert read_lines(tmp_path / "lines.txt") == lines


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\nb\n".encode("utf-16-le"), r"t\.txt, line 1: text must be UTF-8, or UTF-16.*zero"),
        (b"a\nb\nc\0\n", r"t\.txt, line 3: text must be UTF-8.*Received a zero byte"),
        (b"\xff\xfea\0\n\0\0\xd8b\0", r"t\.txt, line 2: text must be UTF-16. Received bytes"),
        (b"a\r\nb\r\n\xe9\r\n", r"t\.txt, line 3: text must be UTF-8. Received bytes b'\\xe9"),
        (b"a\rb\rc\xe9\r", r"t\.txt, line 3: text must be UTF-8"),
        (b"a\nb\rc\nd\n", r"t\.txt, line 2: the lines of a file must.*carriage return"),
    ],
)
def test_what_cannot_be_read_is_refused_with_file_and_line(tmp_path, content, message):
    path = tmp_path / "t.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_lines(path)
