"""Measures how much memory a SavedModel needs for image files that are small and have many pixels.

    python benchmarks/image_memory.py [--models saved_models/digits ...]

Each file goes to each signature that takes only `image_bytes`, in a new process that has answered a
small image before. The command prints by how much the peak of the resident memory grows, as Linux
reports it, and exits with 1 if it grows by more than 400 MB.
"""

import argparse
import io
import multiprocessing
import os
import pathlib
import re
import struct
import sys
import zlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from PIL import Image

MOST = 400  # MB
MODELS = [f"saved_models/{name}" for name in ("digits", "detection", "generate", "captions")]
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of the color types of PNG


def files():
    """Yields names and bytes of files below 2 MB, all but the last below 50 million pixels."""
    for side in (1000, 2048, 4000):
        yield f"PNG gray {side}", png(side, 8, 0)
    yield "PNG gray 7000", png(7000, 8, 0)
    yield "PNG RGB with a transparent color 7000", png(7000, 8, 2, (b"tRNS", bytes(6)))
    palette = (b"PLTE", bytes(768)), (b"tRNS", bytes(256))
    yield "PNG palette with alpha 7000", png(7000, 8, 3, *palette)
    yield "PNG RGBA 7000", png(7000, 8, 6)
    yield "PNG RGBA 7000, without its end", png(7000, 8, 6)[:-1000]
    for side in (3799, 4470, 5000, 7000):
        yield f"PNG RGBA of 16 bits {side}", png(side, 16, 6)
    yield "PNG RGB of 16 bits 5100", png(5100, 16, 2)
    yield "PNG gray of 16 bits 7000", png(7000, 16, 0)
    yield "PNG gray of 1 bit 7000", png(7000, 1, 0)
    yield "JPEG gray 7000", saved("L", "JPEG")
    yield "JPEG 7000", saved("RGB", "JPEG")
    for mode in ("L", "RGB", "CMYK"):
        yield f"JPEG {mode} progressive 7000", saved(mode, "JPEG", progressive=True, subsampling=0)
    wide = saved("RGB", "JPEG", (20500, 2430), progressive=True, subsampling=0)
    yield "JPEG RGB progressive 20500 x 2430", wide
    yield "GIF 7000", saved("P", "GIF")
    yield "BMP of 1 bit 3990", saved("1", "BMP", (3990, 3990))
    yield "WebP 7000", saved("RGB", "WebP", method=0)
    yield "WebP RGBA 7000", saved("RGBA", "WebP", method=0)
    yield "WebP RGBA lossless 7000", saved("RGBA", "WebP", lossless=True, method=0)
    yield "PNG gray 7072", png(7072, 8, 0)


def png(side, depth, color, *chunks):
    """Returns a black PNG; Pillow writes neither 16 bits of color nor rows one by one."""
    packer = zlib.compressobj(9)
    row = bytes(1 + -(-side * depth * _CHANNELS[color] // 8))
    data = b"".join([*(packer.compress(row) for _ in range(side)), packer.flush()])
    header = struct.pack(">IIBBBBB", side, side, depth, color, 0, 0, 0)
    whole = b"\x89PNG\r\n\x1a\n"
    for kind, content in ((b"IHDR", header), *chunks, (b"IDAT", data), (b"IEND", b"")):
        body = kind + content
        whole += struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
    return whole


def saved(mode, kind, size=(7000, 7000), **settings):
    """Returns a file that Pillow writes."""
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **settings)
    return file.getvalue()


def growth(model, name, encoded):
    """Returns whether a file is an image, and by how many MB it makes the peak of memory grow."""
    import tensorflow as tf

    signature = tf.saved_model.load(model).signatures[name]
    signature(image_bytes=tf.constant([png(40, 8, 0)]))
    before = peak()
    is_image = bool(signature(image_bytes=tf.constant([encoded]))["is_image"][0])
    return is_image, (peak() - before) / 1000


def peak():
    """Returns the peak of the resident memory of this process, in KB."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1])


def signatures(model):
    """Returns the names of the signatures that take only images."""
    import tensorflow as tf

    return [
        name
        for name, each in tf.saved_model.load(model).signatures.items()
        if list(each.structured_input_signature[1]) == ["image_bytes"]
    ]


def main():
    """Prints the growth of each file and signature; returns 1 if one is too large."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", nargs="+", default=MODELS, help="SavedModels")
    models = parser.parse_args().models
    context, highest = multiprocessing.get_context("forkserver"), 0.0
    context.set_forkserver_preload(["tensorflow"])  # which needs seconds
    with context.Pool(1, maxtasksperchild=1) as pool:  # a process for each call
        called = [(model, name) for model in models for name in pool.apply(signatures, (model,))]
        for what, encoded in files():
            for model, name in called:
                is_image, grown = pool.apply(growth, (model, name, encoded))
                highest = max(highest, grown)
                refused = "" if is_image else "refused"
                where = f"{pathlib.Path(model).name} {name}"
                size = f"{len(encoded) / 1e3:6.0f} KB"
                print(f"{what:38} {size} {where:26} {grown:5.0f} MB {refused}", flush=True)
    print(f"most: {highest:.0f} MB")
    return int(highest > MOST)


if __name__ == "__main__":
    sys.exit(main())
