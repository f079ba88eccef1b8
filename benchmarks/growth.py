"""Measures how the CPU time and the memory of a training grow with its data.

    python benchmarks/growth.py [--applications ner embeddings translation detection]
                                [--output runs/growth.png]

Each application trains for one epoch on random data, then on data with 3 and 10 times as many
examples, as many words, or as long texts (detection: pixels). Each training is a process of its
own. The command prints its CPU seconds and the peak of its memory, and how they grow up to 10 times
as many. What a training on hardly any data takes, mostly the start, is subtracted from the time
before: if it grows 10 times, it is linear. The command also draws all of them.
"""

import argparse
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).parent.parent
FACTORS = 1, 3, 10
# From an application to the values of its axes at factor 1 and, first, with hardly any data.
SIZES = {
    "ner": {"examples": (64, 1500), "words": (100, 1000), "length": (4, 12)},
    "embeddings": {"examples": (200, 100_000), "words": (100, 1000), "length": (4, 12)},
    "translation": {"examples": (200, 10_000), "words": (300, 800), "length": (1, 3)},
    "detection": {"examples": (16, 100), "pixels": (32 * 32, 64 * 64)},
}


def main():
    """Prints and draws the growth along each axis of each application."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--applications", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("runs/growth.png"))
    options = parser.parse_args()
    measured = {}
    for name in options.applications:
        smallest = train(name, {axis: least for axis, (least, _) in SIZES[name].items()})
        print(
            f"{name:12} hardly any data    {smallest[0]:6.1f} s {smallest[1]:6.0f} MB", flush=True
        )
        usual = {axis: size for axis, (_, size) in SIZES[name].items()}
        first = train(name, usual)
        for axis in usual:
            costs = [first]
            costs += [train(name, usual | {axis: usual[axis] * each}) for each in FACTORS[1:]]
            measured[name, axis] = np.array(costs)
            told = ", ".join(f"{seconds:.1f} s {size:.0f} MB" for seconds, size in costs)
            times = (costs[-1][0] - smallest[0]) / (first[0] - smallest[0])
            more = costs[-1][1] - first[1]
            print(f"{name:12} {axis:9} {told}; {times:.1f} times, {more:.0f} MB more", flush=True)
    draw(measured, options.output)
    print(options.output)


def train(name, sizes):
    """Returns the CPU seconds and the peak of the memory in MB of a training of one epoch."""
    with tempfile.TemporaryDirectory() as directory:
        data = pathlib.Path(directory, "data")
        if name == "detection":
            side = str(round(math.sqrt(sizes["pixels"]) / 32) * 32)
            flags = ["--num-examples", str(sizes["examples"]), "--height", side, "--width", side]
        else:
            flags = ["--data", str(data)]
            data.write_text(WRITERS[name](*texts(**sizes)), "utf-8")
        if name == "embeddings":
            flags += ["--min-count", "1"]
        if name == "translation":
            flags += ["--vocabulary", str(sizes["words"])]
        run = ["--epochs", "1", "--run-dir", str(pathlib.Path(directory, "run"))]
        process = subprocess.Popen(
            [sys.executable, "-m", "apps", name, "train", *flags, *run],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{name} does not train on {sizes}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def texts(examples, words, length):
    """Returns random sentences as arrays of words, and the words that can occur."""
    random = np.random.default_rng(0)
    known = np.array([f"w{number}" for number in range(words)])
    frequency = 1 / np.arange(1, words + 1)  # as in a language
    drawn = random.choice(words, (examples, length), p=frequency / frequency.sum())
    drawn.flat[: min(words, drawn.size)] = np.arange(words)[: drawn.size]  # each occurs
    return known[drawn], known


def _columns(sentences, words):
    names = set(words[::10])
    return "\n\n".join(
        "\n".join(f"{word} {'B-PER' if word in names else 'O'}" for word in sentence)
        for sentence in sentences
    )


def _lines(sentences, words):
    return "\n".join(" ".join(sentence) for sentence in sentences)


def _pairs(sentences, words):
    return "\n".join(f"{' '.join(each)}\t{' '.join(each[::-1])}" for each in sentences)


WRITERS = {"ner": _columns, "embeddings": _lines, "translation": _pairs}


def draw(measured, path):
    """Draws CPU seconds and memory of all axes against the factor."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.5), layout="constrained")
    charts = figure.subplots(1, 2)
    names = list(SIZES)
    styles = {"examples": "-", "words": ":", "length": "--", "pixels": "--"}
    for (name, axis), costs in measured.items():
        look = {"color": f"C{names.index(name)}", "linestyle": styles[axis]}
        for column, chart in enumerate(charts):
            chart.plot(FACTORS, costs[:, column], marker=".", label=f"{name}: {axis}", **look)
    charts[0].set(title="CPU seconds of a training", xlabel="times as many", ylim=(0, None))
    charts[1].set(title="peak of memory in MB", xlabel="times as many", ylim=(0, None))
    figure.legend(*charts[0].get_legend_handles_labels(), loc="outside right center")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    sys.exit(main())
