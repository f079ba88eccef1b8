"""Times a gallery: enrolling among 10,000 images, and searching 100,000, on one core.

Run: taskset -c 0 python benchmarks/gallery.py
"""

import os
import pathlib
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from sklearn.neighbors import NearestNeighbors

from keras_dl.embeddings import Gallery

UNITS = 64
REPEATS = 30


def milliseconds(function):
    """Returns the smallest and the median time of many calls."""
    times = []
    for repeat in range(REPEATS):
        start = time.perf_counter()
        function(repeat)
        times.append(1000 * (time.perf_counter() - start))
    return min(times), np.median(times)


def filled(images, vectors):
    """Returns a gallery with one image for each name."""
    gallery = Gallery(UNITS)
    for number in range(images):
        gallery.enroll(f"person {number}", vectors[number : number + 1])
    return gallery


def main():
    """Prints one line for each measurement."""
    vectors = np.random.default_rng(0).normal(size=(100_000, UNITS)).astype("float32")
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "gallery.jsonl")
        gallery = filled(10_000, vectors)
        gallery.save(path)
        enrolled = milliseconds(lambda n: gallery.enroll(f"new {n}", vectors[n : n + 1]))
        saved = milliseconds(lambda n: gallery.save(path))
        loaded = milliseconds(lambda n: Gallery.load(path))
    print("enroll one of 10,000, on disk: smallest {:.2f} ms, median {:.2f} ms".format(*enrolled))
    print("write all 10,000 to a new file: smallest {:.1f} ms, median {:.1f} ms".format(*saved))
    print("load 10,000: smallest {:.1f} ms, median {:.1f} ms".format(*loaded))
    gallery = filled(100_000, vectors)
    ours = milliseconds(lambda n: gallery.search(vectors[n : n + 1] + 0.1))
    peer = NearestNeighbors(n_neighbors=1, metric="cosine", algorithm="brute").fit(vectors)
    theirs = milliseconds(lambda n: peer.kneighbors(vectors[n : n + 1] + 0.1))
    print("search 100,000: smallest {:.2f} ms, median {:.2f} ms".format(*ours))
    print("the same by scikit-learn: smallest {:.2f} ms, median {:.2f} ms".format(*theirs))
    print(f"ratio of the smallest {ours[0] / theirs[0]:.2f}")


if __name__ == "__main__":
    main()
