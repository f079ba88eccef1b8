"""Writes directories of faces for one_shot: train/PERSON/IMAGE, validation and test.

    python benchmarks/face_folders.py --zip orl_s1-s30.zip --npz imm.npz yale.npz --to /tmp/faces0
    python -m apps one_shot train --data /tmp/faces0 --photos --run-dir runs/one_shot/faces0

The zip file has images PERSON/IMAGE. An .npz file has `images`, uint8 `(n, height, width)`, and
`person`, int `(n,)`. Of the people of the zip file, ten are for the test: those of the fold. Of
the people of the .npz files, each eighth is for validation. All others are trained on.
"""

import argparse
import io
import pathlib
import zipfile

import numpy as np
from PIL import Image

IN_FOLD, HELD_OUT = 10, 8


def zipped(path):
    """Returns a list of images of each person of a zip file."""
    found = {}
    with zipfile.ZipFile(path) as file:
        for name in sorted(file.namelist()):
            if name.endswith(".pgm"):
                image = np.asarray(Image.open(io.BytesIO(file.read(name))))
                found.setdefault(pathlib.PurePath(name).parent.name, []).append(image)
    return found


def from_arrays(path):
    """Returns a list of images of each person of an .npz file."""
    file = np.load(path)
    people = np.unique(file["person"])
    return {f"{path.stem}_{each}": [*file["images"][file["person"] == each]] for each in people}


def main():
    """Writes the images as PNG files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--zip", required=True, type=pathlib.Path)
    parser.add_argument("--npz", nargs="*", default=[], type=pathlib.Path)
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--to", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    splits = {}
    for number, (person, images) in enumerate(zipped(arguments.zip).items()):
        split = "test" if number // IN_FOLD == arguments.fold else "train"
        splits[split, person] = images
    for path in arguments.npz:
        for number, (person, images) in enumerate(from_arrays(path).items()):
            splits["train" if number % HELD_OUT else "validation", person] = images
    for (split, person), images in splits.items():
        directory = arguments.to / split / person
        directory.mkdir(parents=True)
        for number, image in enumerate(images):
            Image.fromarray(image).save(directory / f"{number:02}.png")
    for split in ("train", "validation", "test"):
        people = [images for (which, _), images in splits.items() if which == split]
        print(f"{split}: {len(people)} people, {sum(map(len, people))} images")


if __name__ == "__main__":
    main()
