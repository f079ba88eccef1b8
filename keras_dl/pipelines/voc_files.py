"""Reads images with boxes from XML files in the format of the PASCAL VOC challenges."""

import os
import pathlib
import xml.parsers.expat
from collections.abc import Sequence
from xml.etree.ElementTree import TreeBuilder

from keras_dl.pipelines.detection_dataset import (
    AnnotatedImage,
    DetectionDataset,
    boxed_images,
    check_pixels,
    finite_numbers,
    image_frame,
    usable_entries,
)
from keras_dl.pipelines.image_files import ENDINGS
from keras_dl.pipelines.text_files import line_error

_IMAGE_DIRS = ("jpegimages", "images")


def read_voc(
    directory: str | os.PathLike[str], classes: Sequence[str] | None = None
) -> DetectionDataset:
    """Reads a directory of XML files, each with the boxes of one image.

    The directory has the layout of the challenges, `Annotations/*.xml` and `JPEGImages/*` (or
    `images/*`; in upper or lower case), or contains the XML files next to the images. An image has
    the same name as its XML file. If there are several, or none, the name in `<filename>` decides.
    Boxes are clipped to the image. They may be about the image as one sees it, or as its pixels are
    stored if its EXIF orientation is different: the size in the XML file says which.

    Coordinates are read as edges without an offset, `xmin / width` to `xmax / width`. Labeling
    tools write and TensorFlow Datasets reads them in this way. The challenges themselves counted
    pixels from 1 and included the last pixel, so the left and top edges of their boxes are one
    pixel too far inside.

    Args:
        directory: str or `pathlib.Path`.
        classes: list of str, the classes in the order of their labels. None uses the classes that
            occur, sorted.

    Returns:
        `DetectionDataset` in the order of the XML files' names. Boxes with `<difficult>1` are
        marked as crowds.

    Raises:
        ValueError: if there is no XML file, or none can be used.
        FileNotFoundError: if the directory or all images do not exist.

    Warns:
        UserWarning: once, if XML files cannot be used: one is not well-formed or has a DOCTYPE
            (whose entities could expand without limit), an object has no name, no box or invalid
            coordinates, its class is not in `classes`, the image does not exist, or has another
            shape. The message names the files and, if possible, the lines. They are left out.
        UserWarning: once, if boxes have no area inside their image. These boxes are dropped.

    Reference: Everingham et al. 2010, "The PASCAL Visual Object Classes (VOC) Challenge", IJCV 88.
    """
    directory = pathlib.Path(directory)
    annotation_dir = subdirectory(directory, "annotations")
    files = _visible_files(annotation_dir or directory)
    annotations = [path for path in files if path.suffix.lower() == ".xml"]
    if not annotations:
        raise ValueError(
            "read_voc: directory must contain XML files, or a subdirectory Annotations of them. "
            f"Received {directory} with {len(files)} other files. Pass the directory of the "
            "annotations."
        )
    if annotation_dir:
        separate = [subdirectory(directory, each) for each in _IMAGE_DIRS]
        files = _visible_files(next(filter(None, separate), directory))
    images = _by_name(files)
    read = usable_entries(annotations, lambda path: _read_annotation(path, images, classes))
    if classes is None:
        classes = sorted({name for each in read for _, name, _ in each.objects})
    labels = {name: label for label, name in enumerate(classes)}
    rows = [
        each._replace(objects=[(box, labels[name], crowd) for box, name, crowd in each.objects])
        for each in read
    ]
    return boxed_images(rows, classes)


def subdirectory(directory: pathlib.Path, name: str) -> pathlib.Path | None:
    """Returns the subdirectory whose lower-case name is `name`, or None."""
    found = [each for each in sorted(directory.iterdir()) if each.name.lower() == name]
    return next((each for each in found if each.is_dir()), None)


def _visible_files(directory):
    # Archives of macOS contain a file `._name` for each file, which is not XML.
    return sorted(path for path in directory.iterdir() if not path.name.startswith("."))


def _by_name(files):
    """Returns a dict from the names of images, with and without endings, to lists of images."""
    images = {}
    for file in files:
        if file.suffix.lower() in ENDINGS:
            for name in (file.name, file.stem):
                images.setdefault(name, []).append(file)
    return images


def _read_annotation(path, images, classes):
    root = _parse(path)
    if root.tag != "annotation":
        raise line_error(
            path,
            root.get("line"),
            "the outermost element must be <annotation>",
            f"<{root.tag}>",
            "Move other files out of the directory.",
        )
    image = _image(path, _text(root, "filename") or "", images)
    frame = image_frame(_text(root, "size/height"), _text(root, "size/width"), image)
    objects = [_read_object(path, item, classes) for item in root.findall("object")]
    check_pixels(path, [box for box, _, _ in objects])
    return AnnotatedImage(image, *frame, objects)


def _image(path, filename, images):
    # The directories in the path, also on Windows, belong to the machine of the annotator.
    filename = pathlib.PureWindowsPath(filename).name
    found = images.get(path.stem) or images.get(filename) or []
    named = [file for file in found if file.name == filename]
    if len(named or found) == 1:
        return (named or found)[0]
    received = f"neither {path.stem!r} with one of {', '.join(ENDINGS)} nor {filename!r}"
    if found:
        received = f"{' and '.join(file.name for file in found)}, and <filename> {filename!r}"
    raise FileNotFoundError(
        f"{path}: its image must exist, with the name of the XML file or the one in <filename>. "
        f"Received {received}. Add the image, or correct or delete the XML file."
    )


def _read_object(path, item, classes):
    line, name = item.get("line"), _text(item, "name")
    if not name:
        raise line_error(
            path, line, "an object must have a <name>", f"name {name!r}", "Name the class."
        )
    if classes is not None and name not in classes:
        received = f"{name!r} with classes {', '.join(classes)}"
        remedy = "Add it to classes, or correct the name."
        raise line_error(path, line, "an object must have a known class", received, remedy)
    texts = {edge: _text(item, f"bndbox/{edge}") for edge in ("ymin", "xmin", "ymax", "xmax")}
    box = finite_numbers(texts.values())
    if box is None:
        raise line_error(
            path,
            line,
            "an object must have a <bndbox> with four numbers, in pixels",
            ", ".join(f"{edge} {text!r}" for edge, text in texts.items()),
            "Add the numbers, or delete the object.",
        )
    return box, name, _text(item, "difficult") == "1"


def _text(element, path):
    text = element.findtext(path)
    return None if text is None else text.strip()


def _parse(path):
    """Returns the root of an XML file; each element has its line as the attribute `line`."""
    builder, parser = TreeBuilder(), xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = lambda tag, attributes: builder.start(
        tag, {"line": parser.CurrentLineNumber}
    )
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(pathlib.Path(path).read_bytes(), True)
    except (xml.parsers.expat.ExpatError, ValueError, LookupError) as error:
        raise line_error(
            path,
            parser.CurrentLineNumber,
            "the file must be well-formed XML without a DOCTYPE",
            f"{error}",
            "Save it again with the tool that wrote it.",
        ) from error
    return builder.close()


def _refuse_doctype(*declaration):
    raise ValueError(f"<!DOCTYPE {declaration[0]}>")
