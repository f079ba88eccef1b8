"""Sends damaged image files to a SavedModel and counts what goes wrong.

    python benchmarks/fuzz_images.py [--model saved_models/digits] [--count 200] [--seed 0]

Files of all formats are damaged in random ways and mixed with undamaged files in batches. Each
batch goes to each signature that takes only `image_bytes`. The command prints the number of crashes
of the process, of calls that raise an error, of rows with invalid outputs (not finite, although
`is_image` is true), and of undamaged rows that have other outputs than without their neighbors. It
exits with 1 if one of them is not 0, and writes the batches of crashes to --failures. Use
--count 10000 before a release.
"""

import argparse
import concurrent.futures
import io
import multiprocessing
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import numpy as np
from PIL import Image

BATCH = 16
_MAGIC = (b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"RIFF\x40\0\0\0WEBPVP8X")
_served = None


def whole_files(random):
    """Returns undamaged image files of all formats and kinds of pixels."""
    y, x = np.mgrid[:40, :50]
    pixels = np.stack([3 * x, 4 * y, 99 + x - y, 255 * (x > y)], -1).astype("uint8")
    pixels[:, 20:24, :3] = random.integers(0, 256, 3)
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[0x0112] = int(random.integers(1, 9))
    kinds = {
        "JPEG": ("RGB", "L", "CMYK"),
        "PNG": ("1", "L", "LA", "P", "RGB", "RGBA"),
        "GIF": ("L", "P"),
        "BMP": ("1", "L", "P", "RGB", "RGBA"),
        "WebP": ("RGB", "RGBA"),
    }
    images = {mode: image.convert(mode) for modes in kinds.values() for mode in modes}
    images["I;16"] = Image.fromarray(pixels[..., 0].astype("uint16") * 257)
    kinds["PNG"] += ("I;16",)
    files = []
    for kind, modes in kinds.items():
        settings = {"exif": exif} if kind in ("JPEG", "PNG", "WebP") else {}
        for mode in modes:
            file = io.BytesIO()
            images[mode].save(file, kind, **settings)
            files.append(file.getvalue())
    return files


def damaged(file, random):
    """Returns a file damaged in one of several ways."""
    way, data = random.integers(7), bytearray(file)
    size = len(data)
    start = int(random.integers(size))
    if way < 2:  # bytes anywhere, or in the header
        for index in random.integers(0, min(size, 64) if way else size, random.integers(1, 9)):
            data[index] = random.integers(256)
    elif way == 2:
        del data[start:]
    elif way == 3:
        data[start:start] = random.bytes(int(random.integers(1, 40)))
    elif way == 4:
        del data[start : start + int(random.integers(1, 40))]
    elif way == 5:
        data[start:start] = data[start : start + int(random.integers(1, 200))]
    else:
        magic = _MAGIC[random.integers(len(_MAGIC))] * int(random.integers(2))
        return magic + random.bytes(int(random.integers(300)))
    return bytes(data)


def load(path):
    """Loads the SavedModel in a worker process."""
    global _served
    import tensorflow as tf

    _served = tf.saved_model.load(path)


def signatures():
    """Returns the names of the signatures that take only images."""
    return [
        name
        for name, each in _served.signatures.items()
        if list(each.structured_input_signature[1]) == ["image_bytes"]
    ]


def call(name, rows):
    """Returns the outputs of a signature as arrays, or the message of its error."""
    import tensorflow as tf

    try:
        found = _served.signatures[name](image_bytes=tf.constant(rows))
    except tf.errors.OpError as error:
        return error.message
    # A scalar is of the model, such as the threshold of detection.
    return {key: value.numpy() for key, value in found.items() if value.shape.rank}


def is_invalid(outputs, row):
    """Returns whether a row that is an image has an output that is not finite."""
    floats = [value[row] for value in outputs.values() if value.dtype.kind == "f"]
    return bool(outputs["is_image"][row]) and not all(np.isfinite(each).all() for each in floats)


def differs(outputs, row, expected):
    """Returns whether an undamaged row has other outputs than it has by itself."""
    return any(
        not np.allclose(value[row], expected[key][0], rtol=1e-3, atol=1e-3, equal_nan=True)
        if value.dtype.kind == "f"
        else not np.array_equal(value[row], expected[key][0])
        for key, value in outputs.items()
    )


def main():
    """Runs the benchmark; returns 1 if something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="saved_models/digits")
    parser.add_argument("--count", type=int, default=200, help="number of damaged files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--failures", default="runs/fuzz_images", help="directory for crashes")
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    files = whole_files(random)
    counts = dict.fromkeys(("crashes", "errors", "invalid outputs", "rows lost by a neighbor"), 0)

    def new_pool():
        context = multiprocessing.get_context("spawn")
        return concurrent.futures.ProcessPoolExecutor(1, context, load, (options.model,))

    pool = new_pool()
    names = pool.submit(signatures).result()
    expected = {
        name: [pool.submit(call, name, [file]).result() for file in files] for name in names
    }
    done = 0
    while done < options.count:
        picked = random.integers(0, len(files), BATCH)
        is_damaged = np.arange(BATCH) % 4 > 0
        rows = [
            damaged(files[index], random) if bad else files[index]
            for index, bad in zip(picked, is_damaged, strict=True)
        ]
        done += int(is_damaged.sum())
        for name in names:
            try:
                outputs = pool.submit(call, name, rows).result()
            except concurrent.futures.process.BrokenProcessPool:
                counts["crashes"] += 1
                directory = pathlib.Path(options.failures)
                directory.mkdir(parents=True, exist_ok=True)
                np.savez(directory / f"{name}_{done}.npz", *map(np.void, rows))
                pool = new_pool()
                continue
            if isinstance(outputs, str):
                counts["errors"] += 1
                print(f"{name}: {outputs[:200]}")
                continue
            for row in range(BATCH):
                counts["invalid outputs"] += is_invalid(outputs, row)
                if not is_damaged[row]:
                    lost = differs(outputs, row, expected[name][picked[row]])
                    counts["rows lost by a neighbor"] += lost
    print(f"{done} damaged files to each of {', '.join(names)} of {options.model}")
    for what, count in counts.items():
        print(f"{what:24} {count}")
    return int(any(counts.values()))


if __name__ == "__main__":
    sys.exit(main())
