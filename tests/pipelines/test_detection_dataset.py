"""Images that disagree with their annotations, and boxes that turn with their images."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from keras_dl.pipelines import read_voc
from keras_dl.pipelines.detection_dataset import image_frame, upright_boxes

XML = (
    "<annotation><filename>{name}</filename><size><height>{}</height><width>{}</width></size>"
    "<object><name>cat</name><bndbox><ymin>{}</ymin><xmin>{}</xmin><ymax>{}</ymax><xmax>{}</xmax>"
    "</bndbox></object></annotation>"
)


def _image(height, width, orientation=1, kind="PNG"):
    image = Image.new("RGB", (width, height))
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    image.save(file, kind, exif=exif)
    return file.getvalue()


def _write(directory, name, size, image, box=(10, 12, 30, 36)):
    (directory / f"{name}.xml").write_text(XML.format(*size, *box, name=f"{name}.png"))
    (directory / f"{name}.png").write_bytes(image)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_turn_as_pillow_turns_images(orientation):
    pixels = np.zeros((40, 60), "uint8")
    pixels[4:12, 15:45] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", exif=exif)
    rows, columns = np.nonzero(np.asarray(ImageOps.exif_transpose(Image.open(file))))
    shape = (60, 40, 60, 40) if orientation >= 5 else (40, 60, 40, 60)
    seen = [rows.min(), columns.min(), rows.max() + 1, columns.max() + 1]
    box = upright_boxes(np.array([[4 / 40, 15 / 60, 12 / 40, 45 / 60]]), orientation)
    np.testing.assert_allclose(box * shape, [seen])


@pytest.mark.parametrize(
    ("told", "stored", "orientation", "frame"),
    [
        ((60, 100), (60, 100), 1, ((60, 100), 1)),
        ((60, 100), (30, 50), 1, ((60, 100), 1)),  # resized since
        ((30, 50), (91, 151), 1, ((30, 50), 1)),
        ((None, 100), (60, 100), 6, ((100, 60), 1)),
        ((100, 60), (60, 100), 6, ((100, 60), 1)),  # annotated as one sees it
        ((60, 100), (60, 100), 6, ((60, 100), 6)),  # annotated as it is stored
        ((60, 100), (60, 100), 3, ((60, 100), 1)),
        ((60, 100), (50, 50), 1, None),  # cut
        ((100, 60), (60, 100), 1, None),  # height and width exchanged
    ],
)
def test_an_annotation_is_about_the_image_or_is_refused(tmp_path, told, stored, orientation, frame):
    path = tmp_path / "a.png"
    path.write_bytes(_image(*stored, orientation))
    if frame is None:
        with pytest.raises(ValueError, match=r"a\.png: the image must have the height and width"):
            image_frame(*told, path)
    else:
        assert image_frame(*told, path) == frame


def test_one_bad_annotation_ends_nothing(tmp_path):
    image = _image(60, 100)
    for name in ("good", "fine"):
        _write(tmp_path, name, (60, 100), image)
    _write(tmp_path, "cut", (60, 100), _image(50, 50))
    _write(tmp_path, "fractions", (60, 100), image, (0.1, 0.2, 0.5, 0.7))
    _write(tmp_path, "missing", (60, 100), image)
    (tmp_path / "missing.png").unlink()
    (tmp_path / "broken.xml").write_text("<annotation>")
    (tmp_path / "polygon.xml").write_text(
        "<annotation><object><name>cat</name><polygon/></object></annotation>"
    )
    (tmp_path / "polygon.png").write_bytes(image)
    with pytest.warns(UserWarning, match="annotations must be usable") as caught:
        found = read_voc(tmp_path)
    assert [path.rpartition("/")[2] for path in found.paths] == ["fine.png", "good.png"]
    text = str(caught[0].message)
    assert len(caught) == 1 and caught[0].filename == __file__ and "Received 5 that are not" in text
    for name in ("cut.png", "fractions.xml", "missing.xml", "broken.xml", "polygon.xml"):
        assert f"/{name}" in text


def test_of_twins_the_one_that_the_annotation_names_is_read(tmp_path):
    image = _image(60, 100)
    _write(tmp_path, "a", (60, 100), image)
    (tmp_path / "a.jpg").write_bytes(_image(60, 100, kind="JPEG"))
    assert read_voc(tmp_path).paths == [str(tmp_path / "a.png")]
    (tmp_path / "a.xml").write_text(XML.format(60, 100, 1, 2, 3, 4, name="other.png"))
    with pytest.raises(FileNotFoundError, match=r"Received a\.jpg and a\.png, and <filename>"):
        read_voc(tmp_path)


def test_images_beside_annotations(tmp_path):
    (tmp_path / "Annotations").mkdir()
    _write(tmp_path / "Annotations", "a", (60, 100), b"")
    (tmp_path / "images").mkdir()
    (tmp_path / "Annotations" / "a.png").rename(tmp_path / "images" / "a.png")
    assert read_voc(tmp_path).paths == [str(tmp_path / "images" / "a.png")]
