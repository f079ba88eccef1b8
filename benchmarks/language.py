"""Compares a language model with n-gram models and compressors, in bits per character.

    python benchmarks/language.py FILE [--run-dir RUN] [--train="--epochs 20 --units 512 ..."]

All read the first nine tenths of a text file and are measured on its last tenth. The network is
that of `apps/language`; it is trained here with the flags of `--train`, unless `--run-dir` has a
finished run of this file with `--with-dev`. The n-gram models and the network do not change while
they read the last tenth. The compressors, xz, bz2 and PPMd (if `pyppmd` is installed), learn from
it too: their bits are the difference in size with and without it.
"""

import argparse
import bz2
import importlib.util
import lzma
import shlex
import time

import numpy as np
import tyro

from apps.language import report, texts
from apps.language.app import Language, TrainConfig
from apps.language.kneser_ney import KneserNey
from apps.language.tokens import Characters
from keras_dl.application import commands


def main():
    """Reads the arguments, and prints a line for each model."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", help="text file")
    parser.add_argument("--run-dir", default="", help="finished run with --with-dev")
    parser.add_argument("--train", default="", help="flags of the training")
    arguments = parser.parse_args()
    config = TrainConfig(data=arguments.file, with_dev=True)
    config = tyro.cli(TrainConfig, args=shlex.split(arguments.train), default=config)
    parts = texts.read(config)
    train, test = parts.train + parts.dev, parts.test
    print(f"{len(train):,} characters to learn from, {len(test):,} to measure on")
    characters = Characters(sorted(set(train)))
    ids = [characters.encode([each])[0].numpy() for each in (train, test)]
    for order in (1, 5, 6):
        bits = -np.log2(KneserNey(ids[0], len(characters), order).probabilities(ids[1]))
        _show(f"Kneser-Ney, order {order}" if order > 1 else "unigram", bits.sum(), test)
    for name, compress in _compressors().items():
        both, first = (len(compress(each.encode())) for each in (train + test, train))
        _show(name, 8 * (both - first), test)
    began = time.monotonic()
    run_dir = arguments.run_dir or _trained(config)
    minutes = (time.monotonic() - began) / 60
    bits, _ = report.bits_of(commands.load(Language(), run_dir=run_dir), test)
    _show("network", bits.sum(), test, "" if arguments.run_dir else f"{minutes:.1f} minutes")


def _show(name, bits, text, note=""):
    print(f"{name:22} {bits / len(text):.4f} bits per character  {note}".rstrip(), flush=True)


def _compressors():
    best = 9 | lzma.PRESET_EXTREME
    found = {"xz": lambda data: lzma.compress(data, preset=best), "bz2": bz2.compress}
    if importlib.util.find_spec("pyppmd"):
        import pyppmd

        found["PPMd, order 6"] = lambda data: pyppmd.compress(data, max_order=6, mem_size=2**28)
    return found


def _trained(config):
    run_dir = str(commands.train(Language(), config))
    commands.export(Language(), run_dir=run_dir)
    return run_dir


if __name__ == "__main__":
    main()
