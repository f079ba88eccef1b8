"""Compares sentences translated per second with JoeyNMT's recurrent network and beam search.

    python3 -m venv /tmp/peer
    /tmp/peer/bin/pip install joeynmt importlib_metadata
    python benchmarks/beam_search_against_joeynmt.py --peer /tmp/peer/bin/python [--threads 2]

Both networks have random weights and the sizes of the shipped translator, and both searches must
write the same number of tokens, so that they do the same work: a GRU encoder in two directions, a
GRU decoder with additive attention, a beam of 5, and a batch of 64 sentences. Each runs in its own
process (PyTorch and TensorFlow crash in one process), and they alternate in rounds, so that other
work on the machine affects both. Prints medians and quartiles of the rounds.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

from joeynmt_beam_search import (
    ATTENTION,
    BATCH,
    DECODER,
    EMBEDDING,
    ENCODER,
    LENGTH_PENALTY,
    SOURCE_LENGTH,
    TARGET_LENGTH,
    VOCABULARY,
    WIDTH,
    serve,
)


def main():
    """Runs the rounds and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", help="Python of an environment with joeynmt")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--serve", action="store_true", help="for internal use")
    arguments = parser.parse_args()
    if arguments.serve:
        serve(of_keras_dl(arguments.threads))
        return
    if not arguments.peer:
        parser.error("--peer must name the Python of an environment with joeynmt")
    import numpy as np
    from taking_turns import spread

    here, threads = pathlib.Path(__file__), str(arguments.threads)
    commands = {
        "keras_dl": [sys.executable, here, "--serve", "--threads", threads],
        "joeynmt": [arguments.peer, here.with_name("joeynmt_beam_search.py"), threads],
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = {name: subprocess.Popen(command, **pipes) for name, command in commands.items()}
    rates = {name: [] for name in workers}
    for number in range(arguments.rounds + 1):
        for name, worker in workers.items():
            seconds = ask(worker)
            if number:
                rates[name].append(BATCH / seconds)
    for worker in workers.values():
        worker.communicate()
    ratios = np.array(rates["keras_dl"]) / np.array(rates["joeynmt"])
    for name, values in rates.items():
        print(f"{name:10} {spread(values, '{:.0f}')} sentences/s")
    print(f"ratio      {spread(ratios, '{:.2f}')}")


def ask(worker):
    """Returns the seconds that a process needs for one batch."""
    print(file=worker.stdin, flush=True)
    for line in worker.stdout:
        if line.startswith("{"):
            return json.loads(line)["seconds"]
    raise SystemExit("a process ended during its work")


def of_keras_dl(threads):
    """Returns a function that translates the batch with this project's search."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
    import tensorflow as tf

    from keras_dl import decoding, models

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    model = models.attention_seq2seq(
        VOCABULARY,
        VOCABULARY,
        embedding_units=EMBEDDING,
        encoder_units=ENCODER,
        decoder_units=DECODER,
        attention_units=ATTENTION,
        output_units=EMBEDDING,
        tie_embedding=True,
        seed=0,
    )
    source = tf.random.stateless_uniform([BATCH, SOURCE_LENGTH], (0, 1), 4, VOCABULARY, "int32")
    end = 1

    def allowed(sequences, position):
        return (tf.range(VOCABULARY) == end)[None] == (position == TARGET_LENGTH - 1)

    @tf.function
    def search():
        return decoding.beam_search(
            models.seq2seq_step_fn(model),
            models.seq2seq_initial_state(model, source),
            batch_size=BATCH,
            start=end,
            end=end,
            max_length=TARGET_LENGTH,
            width=WIDTH,
            length_penalty=LENGTH_PENALTY,
            allowed=allowed,
        )

    def run():
        tokens, _ = search()
        best = tokens.numpy()[:, 0]
        if (best[:, : TARGET_LENGTH - 1] == end).any():
            raise SystemExit("keras_dl must write all tokens")

    return run


if __name__ == "__main__":
    main()
