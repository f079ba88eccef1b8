import warnings
from xml.etree import ElementTree

import numpy as np
import pytest
import tensorflow as tf

from keras_dl.pipelines import read_voc

SIZE = "<size><width>200</width><height>100</height><depth>3</depth></size>"
BOMB = '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]>\n'


def a_box(xmin=20, ymin=10, xmax=120, ymax=60, name="cat", rest=""):
    edges = f"<xmin>{xmin}</xmin><ymin>{ymin}</ymin><xmax>{xmax}</xmax><ymax>{ymax}</ymax>"
    return f"<object><name>{name}</name>{rest}<bndbox>{edges}</bndbox></object>"


def annotation(*parts):
    return "\n".join(["<annotation>", *parts, "</annotation>"])


@pytest.fixture
def write(tmp_path):
    """Writes `NAME.xml` with an empty image `NAME.jpg` beside it."""

    def write(content, name="a", image=b""):
        (tmp_path / f"{name}.xml").write_text(content, encoding="utf-8")
        (tmp_path / f"{name}.jpg").write_bytes(image)
        return tmp_path

    return write


def test_a_flat_folder_in_the_order_of_names(write):
    write(annotation(SIZE, a_box(name="dog"), a_box(0, 0, 200, 100), "<object_count/>"), "b")
    write(annotation("<filename>b.jpg</filename>", SIZE), "c")
    folder = write(annotation(SIZE, a_box(50.5, 1, 51, 99, "dog")), "a10")
    (folder / "notes.txt").write_text("none")
    (folder / "._b.xml").write_bytes(b"\x00\x05\x16\x07")
    found = read_voc(str(folder))
    assert found.paths == [str(folder / f"{name}.jpg") for name in ("a10", "b", "c")]
    assert found.classes == ["cat", "dog"]
    assert [labels.tolist() for labels in found.labels] == [[1], [1, 0], []]
    # Edges as they stand, over the height first.
    np.testing.assert_allclose(found.boxes[0], [[0.01, 0.2525, 0.99, 0.255]], rtol=1e-6)
    np.testing.assert_allclose(found.boxes[1], [[0.1, 0.1, 0.6, 0.6], [0, 0, 1, 1]], rtol=1e-6)
    assert [boxes.shape for boxes in found.boxes] == [(1, 4), (2, 4), (0, 4)]
    for boxes, labels, crowd in zip(found.boxes, found.labels, found.crowd, strict=True):
        assert (boxes.dtype, labels.dtype, crowd.dtype) == (np.float32, np.int32, bool)


def test_the_folders_of_the_challenges(tmp_path):
    for name in ("Annotations", "JPEGImages", "ImageSets"):
        (tmp_path / name).mkdir()
    part = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>"
    content = annotation(
        "<filename>C:\\images\\cells.PNG</filename>",
        SIZE,
        a_box(rest="<difficult>1</difficult>"),
        a_box(rest="<difficult>0</difficult>"),
        a_box(rest="<difficult>Unspecified</difficult>"),
        a_box().replace("</object>", f"{part}</object>"),
    )
    (tmp_path / "Annotations" / "007.xml").write_text(content)
    (tmp_path / "JPEGImages" / "cells.PNG").write_bytes(b"")
    found = read_voc(tmp_path)
    assert found.paths == [str(tmp_path / "JPEGImages" / "cells.PNG")]
    assert found.crowd[0].tolist() == [True, False, False, False]
    assert found.classes == ["cat"]
    # An image with the name of the XML file goes before `<filename>`, which renaming leaves stale.
    (tmp_path / "JPEGImages" / "007.Jpeg").write_bytes(b"")
    assert read_voc(tmp_path).paths == [str(tmp_path / "JPEGImages" / "007.Jpeg")]


def test_the_order_of_given_classes_counts(write):
    folder = write(annotation(SIZE, a_box(), a_box(name=" dog\n")))
    found = read_voc(folder, classes=["dog", "bird", "cat"])
    assert found.classes == ["dog", "bird", "cat"] and found.labels[0].tolist() == [2, 0]


@pytest.mark.parametrize("encode", [tf.io.encode_png, tf.io.encode_jpeg])
@pytest.mark.parametrize("size", ["", SIZE.replace("100", "0"), SIZE.replace("200", "wide")])
def test_a_size_that_is_not_told_is_that_of_the_image(write, size, encode):
    image = encode(np.zeros((50, 400, 3), "uint8")).numpy()
    found = read_voc(write(annotation(size, a_box(40, 10, 80, 20)), image=image))
    np.testing.assert_allclose(found.boxes[0], [[0.2, 0.1, 0.4, 0.2]], rtol=1e-6)


def test_boxes_partly_outside_are_cut(write):
    folder = write(annotation(SIZE, a_box(-20, 50, 100, 101)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(read_voc(folder).boxes[0], [[0.5, 0, 1, 0.5]])


def test_boxes_without_an_area_are_dropped_with_one_warning(write):
    write(annotation(SIZE, a_box()), "a")
    nothing = [
        a_box(20, 10, 20, 60),
        a_box(20, 60, 40, 10),
        a_box(200, 0, 300, 50),
        a_box(0, 0, 0, 0),
    ]
    write(annotation(SIZE, *nothing[:3], a_box(name="dog", rest="<difficult>1</difficult>")), "b")
    folder = write(annotation(SIZE, nothing[3]), "c")
    with pytest.warns(UserWarning, match=r"Received 4 boxes with no area, .*b\.jpg\. ") as caught:
        found = read_voc(folder)
    assert len(caught) == 1 and caught[0].filename == __file__
    assert [len(boxes) for boxes in found.boxes] == [1, 1, 0]
    assert found.labels[1].tolist() == [1] and found.crowd[1].tolist() == [True]
    np.testing.assert_allclose(found.boxes[1], [[0.1, 0.1, 0.6, 0.6]], rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"a\.xml, line 1: the file must be well-formed XML.*Received no element found"),
        ("<annotation>\n<a>\n</annotation>", r"a\.xml, line 3: .*Received mismatched tag"),
        (BOMB + annotation("&c;"), r"a\.xml, line 2: .*Received <!DOCTYPE a>"),
        ("<?xml version='1.0' encoding='gb2312'?><a/>", r"a\.xml, line 1: .*XML"),
        ("<?xml version='1.0' encoding='nothing'?><a/>", r"a\.xml, line 1: .*Received unknown enc"),
        ("\n<html/>", r"a\.xml, line 2: the outermost element must be.*Received <html>"),
        (annotation(SIZE, a_box(name="")), r"a\.xml, line 3: an object must have a <name>"),
        (annotation(SIZE, "<object/>"), r"a\.xml, line 3: .*Received name None"),
        (
            annotation(SIZE, a_box(), "<object><name>cat</name></object>"),
            r"a\.xml, line 4: an object must have a <bndbox>.*Received ymin None, xmin None",
        ),
        (annotation(SIZE, a_box(ymax="six")), r"a\.xml, line 3: .*ymax 'six', xmax '120'"),
        (annotation(SIZE, a_box(xmin="nan")), r"a\.xml, line 3: .*xmin 'nan'"),
        (annotation(SIZE, a_box(xmin="1e999")), r"a\.xml, line 3: .*xmin '1e999'"),
        (annotation(SIZE, a_box(name="cow")), r"a\.xml, line 3: .*Received 'cow' with.* cat, dog"),
        (annotation(a_box()), r"a\.jpg: the image must be.*height None, width None and a file"),
    ],
)
def test_errors_name_file_and_line(write, content, message):
    folder = write(content)
    with pytest.raises(ValueError, match=message):
        read_voc(folder, classes=["cat", "dog"])


def test_the_refused_file_is_one_that_other_readers_expand():
    """The bomb of the test above is no syntax error that anyone would find."""
    assert ElementTree.fromstring(BOMB + annotation("&c;")).text.strip() == "b" * 12


def test_missing_files(tmp_path, write):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_voc(tmp_path / "nowhere")
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(ValueError, match=r"must contain XML files.*with 1 other files"):
        read_voc(tmp_path)
    folder = write(annotation("<filename>photos/b.jpg</filename>", SIZE), "c")
    (folder / "c.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"c\.xml: its image.*neither 'c'.*nor 'b\.jpg'"):
        read_voc(folder)
    (folder / "Annotations").mkdir()
    with pytest.raises(ValueError, match=r"must contain XML files.*with 0 other files"):
        read_voc(folder)
