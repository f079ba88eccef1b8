"""Compares a training step and decoding of CRF and CRFLoss with pytorch-crf on the same data.

    python -m venv torch-venv && torch-venv/bin/pip install torch pytorch-crf
    python benchmarks/crf_step.py --torch-python torch-venv/bin/python [--batch 32] [--tags 9]

A step is the mean negative log-likelihood and its gradient with respect to emissions and weights,
on right-padded sentences of random lengths. Both sides have the same number of threads and
alternate; the first round is not timed. First prints the differences of losses and gradients. Then
prints the median and range of the milliseconds per step, the decoded sentences per second, the
median ratio of neighboring rounds, and the ratio of the fastest rounds. On a busy machine the
threads of the peer wait for each other, and only the ratio of the fastest rounds is fair.
`keras_dl, XLA` is the same code compiled by XLA.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import keras
import numpy as np
import tensorflow as tf

from keras_dl.layers import CRF
from keras_dl.losses import CRFLoss

TORCH_SIDE = """
import json, sys, time
import torch, torchcrf

sizes = json.loads(sys.stdin.readline())
torch.set_num_threads(sizes["threads"])
emissions = torch.tensor(sizes["emissions"], requires_grad=True)
tags, mask = torch.tensor(sizes["tags"]), torch.tensor(sizes["mask"])
crf = torchcrf.CRF(emissions.shape[-1], batch_first=True)
with torch.no_grad():
    crf.transitions.copy_(torch.tensor(sizes["transitions"]))
    crf.start_transitions.zero_()
    crf.end_transitions.zero_()

def step():
    emissions.grad = None
    crf.zero_grad()
    loss = -crf(emissions, tags, mask=mask, reduction="mean")
    loss.backward()
    return loss.item(), emissions.grad

def decode():
    return crf.decode(emissions, mask)

loss, gradient = step()
print(json.dumps([torch.__version__, loss, gradient.tolist(), decode()]), flush=True)
for line in sys.stdin:
    name, count = json.loads(line)
    work = {"step": step, "decode": decode}[name]
    started = time.perf_counter()
    for _ in range(count):
        work()
    print(1e3 * (time.perf_counter() - started) / count, flush=True)
"""


class TorchSide:
    """pytorch-crf in a separate process."""

    def __init__(self, python, **example):
        self._process = subprocess.Popen(
            [python, "-c", TORCH_SIDE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.version, *self.outputs = self._ask(example)

    def milliseconds(self, name, count):
        """Runs "step" or "decode" `count` times and returns the milliseconds per run."""
        return self._ask([name, count])

    def _ask(self, question):
        print(json.dumps(question), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())


def ours(emissions, tags, mask, transitions, jit):
    """Returns compiled functions that run a step and decode."""
    layer, loss = CRF(emissions.shape[-1]), CRFLoss()
    layer.build(emissions.shape)
    layer.transitions.assign(transitions)
    emissions, tags, mask = (tf.constant(array) for array in (emissions, tags, mask))

    @tf.function(jit_compile=jit)
    def step(emissions, tags, mask):
        variables = [emissions] + [weight.value for weight in layer.weights]
        with tf.GradientTape() as tape:
            tape.watch(variables)
            value = loss(tags, layer(emissions, mask=mask))
        return value, tape.gradient(value, variables)

    decode = tf.function(layer.decode, jit_compile=jit)
    return {
        "step": lambda: tf.nest.map_structure(np.asarray, step(emissions, tags, mask)),
        "decode": lambda: np.asarray(decode(emissions, mask)),
    }


def milliseconds(work, count):
    """Runs a function `count` times and returns the milliseconds per run."""
    started = time.perf_counter()
    for _ in range(count):
        work()
    return 1e3 * (time.perf_counter() - started) / count


def compare(example, sides, torch):
    """Prints the differences between the two sides."""
    (loss, gradient, path), graph = torch.outputs, sides["keras_dl"]
    value, gradients = graph["step"]()
    rows = zip(graph["decode"](), example["mask"], strict=True)
    decoded = [row[kept].tolist() for row, kept in rows]
    print(
        f"loss {value:.6f} and {loss:.6f}, largest difference of gradients "
        f"{np.abs(gradients[0] - gradient).max():.1e}, same paths: {decoded == path}"
    )


def main():
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch-python", required=True, help="a Python with pytorch-crf")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--time", type=int, default=40)
    parser.add_argument("--tags", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=20)
    arguments = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
    tf.config.threading.set_inter_op_parallelism_threads(arguments.threads)
    random = np.random.default_rng(0)
    batch, length, tags = arguments.batch, arguments.time, arguments.tags
    lengths = random.integers(length // 2, length + 1, (batch, 1))
    lengths[0] = length
    example = {
        "emissions": random.normal(size=(batch, length, tags)).astype("float32"),
        "tags": random.integers(0, tags, (batch, length)),
        "mask": np.arange(length) < lengths,
        "transitions": random.normal(size=(tags, tags)).astype("float32"),
    }
    sides = {"keras_dl": ours(**example, jit=False), "keras_dl, XLA": ours(**example, jit=True)}
    lists = {name: array.tolist() for name, array in example.items()}
    torch = TorchSide(arguments.torch_python, threads=arguments.threads, **lists)
    print(
        f"keras {keras.__version__}, tensorflow {tf.__version__}, torch {torch.version}, ", end=""
    )
    print(f"{platform.machine()}, {arguments}")
    compare(example, sides, torch)
    for work in ("step", "decode"):
        report(work, measure(work, sides, torch, arguments), batch)


def measure(work, sides, torch, arguments):
    """Returns the milliseconds of each side in each round except the first."""
    times = {name: [] for name in ("pytorch-crf", *sides)}
    for _ in range(arguments.rounds + 1):
        times["pytorch-crf"].append(torch.milliseconds(work, arguments.steps))
        for name, side in sides.items():
            times[name].append(milliseconds(side[work], arguments.steps))
    return {name: np.array(rounds[1:]) for name, rounds in times.items()}


def report(work, times, batch):
    """Prints one line for each side."""
    for name, own in times.items():
        ratio = times["pytorch-crf"] / own
        print(
            f"{work:6} {name:13} {np.median(own):7.2f} ms ({own.min():.2f}-{own.max():.2f}), "
            f"{1e3 * batch / np.median(own):8,.0f} sentences/s, "
            f"{np.median(ratio):.2f} times as fast ({ratio.min():.2f}-{ratio.max():.2f}), "
            f"{times['pytorch-crf'].min() / own.min():.2f} in the fastest rounds"
        )


if __name__ == "__main__":
    main()
