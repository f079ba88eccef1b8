"""Galleries against a loop; files survive kill -9 and damage is named."""

import re
import signal
import subprocess
import sys
import zlib

import numpy as np
import pytest

from keras_dl.embeddings import Gallery

RANDOM = np.random.default_rng(0)
VECTORS = RANDOM.normal(size=(40, 5))
NAMES = [f"person {number // 3}" for number in range(40)]


@pytest.fixture
def gallery():
    filled = Gallery(5, threshold=0.85, false_accept_rate=0.01, model="net")
    for name, vector in zip(NAMES, VECTORS, strict=True):
        filled.enroll(name, vector[None])
    return filled


def cosines(queries):
    unit = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in (queries, VECTORS)]
    return unit[0] @ unit[1].T


@pytest.mark.parametrize("k", [1, 3, 50])
def test_the_nearest_images_of_different_people_are_found(gallery, k):
    queries = RANDOM.normal(size=(7, 5))
    for found, scores in zip(gallery.search(queries, k), cosines(queries), strict=True):
        best = {}
        for row in np.argsort(-scores):
            best.setdefault(NAMES[row], scores[row])
        expected = list(best.items())[:k]
        assert [name for name, _ in found] == [name for name, _ in expected]
        np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], atol=1e-6)


def test_unknown_people_have_no_name(gallery):
    queries = RANDOM.normal(size=(50, 5))
    best = cosines(queries).max(1)
    found = gallery.identify(queries)
    assert [name is None for name, _ in found] == (best < 0.85).tolist()
    assert 0 < (best < 0.85).sum() < 50
    assert Gallery(5).identify(queries[:2]) == [(None, -1.0)] * 2
    assert Gallery(5).search(queries[:2]) == [[], []]


def test_people_are_removed_and_renamed(gallery):
    gallery.remove("person 0")
    gallery.rename("person 1", "ann")
    assert gallery.names == ["ann", *(f"person {number}" for number in range(2, 14))]
    assert len(gallery) == 37 and "person 0" not in gallery
    assert gallery.identify(VECTORS[3:4])[0] == ("ann", pytest.approx(1, abs=1e-6))
    assert gallery.identify(VECTORS[:1])[0][0] != "person 0"
    gallery.enroll("ann", VECTORS[:1])
    assert gallery.identify(VECTORS[:1])[0][0] == "ann"


def test_the_stated_rate_grows_with_the_gallery(gallery):
    assert gallery.false_alarm_rate == pytest.approx(1 - 0.99**40)
    assert Gallery(5, threshold=0.85, false_accept_rate=0.01).false_alarm_rate == 0


def same(one, other):
    settings = ("units", "threshold", "false_accept_rate", "model", "image_names")
    assert all(getattr(one, name) == getattr(other, name) for name in settings)
    np.testing.assert_array_equal(one.vectors, other.vectors)


def test_each_change_is_in_the_file_at_once(gallery, tmp_path):
    path = tmp_path / "gallery.jsonl"
    gallery.save(path)
    same(Gallery.load(path), gallery)
    gallery.enroll("jos\u00e9 \u2028 '\"", VECTORS[:2])
    same(Gallery.load(path), gallery)
    gallery.remove("person 3")
    same(Gallery.load(path), gallery)
    loaded = Gallery.load(path)
    loaded.rename("person 4", "eve")
    same(Gallery.load(path), loaded)
    size = path.stat().st_size
    loaded.save(path)  # without the history
    assert path.stat().st_size < size
    same(Gallery.load(path), loaded)


def test_a_line_that_was_not_finished_is_ignored_and_then_removed(gallery, tmp_path):
    path = tmp_path / "gallery.jsonl"
    gallery.save(path)
    whole = path.read_bytes()
    gallery.enroll("ann", VECTORS[:1])
    changed = path.read_bytes()
    for end in range(len(whole), len(changed) - 1):
        path.write_bytes(changed[:end])
        assert "ann" not in Gallery.load(path)
        assert path.read_bytes() == changed[:end], "another process may be writing it"
    loaded = Gallery.load(path)
    loaded.enroll("ann", VECTORS[:1])
    assert path.read_bytes() == changed
    path.unlink()
    with pytest.raises(FileNotFoundError):
        loaded.enroll("bob", VECTORS[:1])
    assert not path.exists() and "bob" not in loaded


def test_a_last_line_without_a_line_break_counts(gallery, tmp_path):
    path = tmp_path / "gallery.jsonl"
    gallery.save(path)
    gallery.enroll("a}", VECTORS[:1])
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    loaded = Gallery.load(path)
    same(loaded, gallery)
    loaded.enroll("bob", VECTORS[1:2])
    same(Gallery.load(path), loaded)
    assert path.read_bytes().startswith(whole)


def test_a_damaged_last_line_without_a_line_break_is_named(gallery, tmp_path):
    path = tmp_path / "gallery.jsonl"
    gallery.save(path)
    path.write_bytes(path.read_bytes()[:-1].replace(b'"person 13"', b'"person 12"'))
    with pytest.raises(ValueError, match="line 41: its checksum is missing or does not match"):
        Gallery.load(path)


PROGRAM = """
import sys
import numpy as np
from keras_dl.embeddings.gallery import Gallery
gallery = Gallery.load(sys.argv[1])
number = 0
while True:
    gallery.enroll(f"new {number}", np.eye(5)[:1] * (1 + number))
    print(number, flush=True)
    number += 1
"""


def test_kill_while_enrolling_loses_nothing(gallery, tmp_path):
    path = tmp_path / "gallery.jsonl"
    gallery.save(path)
    options = {"stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", PROGRAM, path], **options) as process:
        told = [int(process.stdout.readline()) for _ in range(30)]
        process.send_signal(signal.SIGKILL)
        told += [int(line) for line in process.stdout.read().split("\n")[:-1]]
    names = Gallery.load(path).names[14:]
    assert len(names) in (len(told), len(told) + 1)
    assert names == [f"new {number}" for number in range(len(names))]


def test_a_failed_write_changes_nothing(gallery, tmp_path, monkeypatch):
    path = tmp_path / "gallery.jsonl"
    gallery.save(path)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError("no space")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        gallery.enroll("ann", VECTORS[:1])
    assert path.read_bytes() == before and "ann" not in gallery


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must begin with the settings of a gallery"),
        (b"no json\n", "line 1"),
        (b'{"gallery": 2, "units": 2}\n', "line 1: it does not begin"),
        (b'{"gallery": 1, "units": 2, "color": 3}\n', "line 1"),
        (b'{"gallery": 1, "units": 2}\n{"enroll": "a", "vectors": "AAAA"}\n{}\n', "line 2"),
        (b'{"gallery": 1, "units": 2}\n[]\n', "line 2"),
        (b"\x80\x04\x95\n", "line 1"),  # a pickle
        (b"[" * 100_000 + b"\n", "line 1"),
        (b"3\n", "line 1: it is not a JSON object"),
        (b'{"gallery": 1}\n', "line 1: .*'units'"),
        *(
            (b'{"gallery": 1, "units": %s}\n' % units, "line 1: ")
            for units in (b"2.5", b'"2"', b"true", b"null", b"0", b"1" * 30, b"1" * 400, b"1e999")
        ),
        *(
            (b'{"gallery": 1, "units": 2, "%s}\n' % entry, "line 1: .* must be an int")
            for entry in (b'threshold": NaN', b'threshold": null', b'model": 3')
        ),
        *(
            (b'{"gallery": 1, "units": 2}\n%s\n' % line, "line 2")
            for line in (
                b'{"enroll": ["a"], "vectors": "AACAPwAAAAA="}',
                b'{"enroll": "a", "vectors": 3}',
                b'{"enroll": "a", "vectors": "AACAPwAAwH8="}',  # NaN
                b'{"enroll": "a", "vectors": "AACAPwAAgD8="}',  # of length 1.4
                b'{"enroll": "a", "vectors": "AACAPwAAAAA=", "crc33": 1}',
                b'{"enroll": "a", "vectors": "AACAPwAAAAA=", "crc32": 1}',
                b'{"remove": "a"}',
            )
        ),
    ],
)
def test_a_damaged_file_is_named(tmp_path, content, message):
    path = tmp_path / "gallery.jsonl"
    lines = content.splitlines(keepends=True)
    path.write_bytes(b"".join(each if b"crc32" in each else _with_checksum(each) for each in lines))
    with pytest.raises(ValueError, match=message):
        Gallery.load(path)


def _with_checksum(line):
    """Adds the checksum to a line that is a JSON object with entries."""
    line = line.rstrip()
    if not line.endswith(b"}") or len(line) < 3:
        return line + b"\n"
    return b'%s, "crc32": %d}\n' % (line[:-1], zlib.crc32(line))


def test_no_bit_of_a_file_changes_unnoticed(tmp_path):
    path = tmp_path / "gallery.jsonl"
    gallery = Gallery(2, threshold=0.85, false_accept_rate=0.01, model="net")
    gallery.save(path)
    gallery.enroll("ann", VECTORS[:1, :2])
    gallery.rename("ann", "eve")
    whole = path.read_bytes()
    same(Gallery.load(path), gallery)
    last = whole.rindex(b"\n")  # without it, the last line was not finished
    for position in range(last):
        for bit in (0, 5):  # bit 5 is the case of a letter
            damaged = bytearray(whole)
            damaged[position] ^= 1 << bit
            path.write_bytes(damaged)
            with pytest.raises(ValueError, match=r"gallery\.jsonl, line \d: "):
                Gallery.load(path)


def test_a_line_without_its_checksum_is_refused(gallery, tmp_path):
    path = tmp_path / "gallery.jsonl"
    gallery.save(path)
    first, *others = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + re.sub(rb', "crc32": \d+', b"", others[0]))
    with pytest.raises(ValueError, match="line 2: its checksum is missing"):
        Gallery.load(path)
    path.write_bytes(first.replace(b"}", b', "threshold": -1}') + others[0])
    with pytest.raises(ValueError, match="line 1: its checksum is missing"):
        Gallery.load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda each: each.enroll("", VECTORS[:1]), "name must be a string that is not empty"),
        (lambda each: each.enroll("a", VECTORS[0]), r"shape \(images, 5\). Received shape \(5,\)"),
        (lambda each: each.enroll("a", np.zeros((1, 5))), "finite and not zero"),
        (lambda each: each.enroll("a", np.full((1, 5), np.nan)), "finite and not zero"),
        (lambda each: each.remove("nobody"), "one of the 14 enrolled names. Received 'nobody'"),
        (lambda each: each.rename("person 1", "person 2"), "must not be enrolled yet"),
        (lambda each: each.search(VECTORS, 0), "k must be at least 1"),
    ],
)
def test_wrong_changes_are_named_and_change_nothing(gallery, change, message):
    with pytest.raises(ValueError, match=message):
        change(gallery)
    assert len(gallery) == 40


def test_wrong_settings_are_named():
    with pytest.raises(ValueError, match="false_accept_rate 2"):
        Gallery(5, false_accept_rate=2.0)
