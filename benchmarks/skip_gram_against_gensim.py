"""Compares skip-gram with gensim: words per second and quality of the vectors.

    python benchmarks/skip_gram_against_gensim.py --data tfds:imdb_reviews --tasks DIRECTORY

Trains `apps/embeddings` and gensim's Word2Vec (skip-gram, two workers) on the same words, in
alternating epochs, with the same sizes: 100 units, window 5, 5 negatives, threshold 1e-4, words
that occur 5 times. Each uses its own learning rate with a linear decay to almost 0. Prints words of
the text per second and their ratio, as medians of the epochs after the first one (which compiles),
and scores of the tasks for the most frequent 30,000 words.
"""

import argparse
import os
import pathlib
import statistics
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import gensim
import gensim.models.callbacks
import numpy as np

from apps.embeddings import data, model, texts
from apps.embeddings.app import TrainConfig
from keras_dl import embeddings

_COMMONEST = 30_000
_PAIRS = ("EN-WS-353-ALL.txt", "EN-SIMLEX-999.txt")


class InTurn(gensim.models.callbacks.CallbackAny2Vec):
    """Callback that trains our model before each epoch of gensim, and measures both."""

    def __init__(self, ours, found, words):
        self.ours, self.found, self.words = ours, found, words
        self.rates = {"keras_dl": [], "gensim": []}

    def on_epoch_begin(self, theirs):
        """Trains our model for one epoch."""
        start, steps = time.monotonic(), self.found.steps_per_epoch
        epoch_data = self.found.batches(len(self.rates["gensim"]))
        self.ours.fit(epoch_data, steps_per_epoch=steps, verbose=0, shuffle=False)
        self.start = time.monotonic()
        self.rates["keras_dl"].append(self.words / (self.start - start))

    def on_epoch_end(self, theirs):
        """Records the time of gensim's epoch."""
        self.rates["gensim"].append(self.words / (time.monotonic() - self.start))
        last = (f"{name} {rate[-1]:,.0f} words/s" for name, rate in self.rates.items())
        print(len(self.rates["gensim"]), *last, flush=True)


def main():
    """Reads the arguments, trains both, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="synthetic", help="same as --data of apps/embeddings")
    parser.add_argument("--tasks", help="directory with questions-words.txt and word pairs")
    parser.add_argument("--epochs", type=int, default=5)
    arguments = parser.parse_args()
    config = TrainConfig(data=arguments.data, epochs=arguments.epochs, vocabulary=10**7)
    found = data.training_data(config)
    documents = list(_documents(config))
    words, vocabulary = sum(map(len, documents)), found.assets.vocabulary
    print(f"{words:,} words, {len(vocabulary):,} different words that occur 5 times")
    ours, theirs = model.build(config, found), _gensim(config)
    in_turn = InTurn(ours, found, words)
    theirs.build_vocab(documents)
    theirs.train(
        documents, total_examples=len(documents), epochs=config.epochs, callbacks=[in_turn]
    )
    rates = {name: rate[1:] or rate for name, rate in in_turn.rates.items()}
    medians = {name: statistics.median(rate) for name, rate in rates.items()}
    print(*(f"{name} {rate:,.0f} words/s" for name, rate in medians.items()), sep=", ")
    ratios = [a / b for a, b in zip(*rates.values(), strict=True)]
    print(f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    if arguments.tasks:
        _print_tasks("keras_dl", vocabulary, ours.vectors.numpy()[2:], arguments.tasks)
        _print_tasks("gensim", theirs.wv.index_to_key, theirs.wv.vectors, arguments.tasks)


def _gensim(config):
    return gensim.models.Word2Vec(
        vector_size=config.units,
        window=config.window,
        negative=config.negatives,
        sample=config.threshold,
        min_count=config.min_count,
        sg=1,
        workers=2,
        seed=config.seed,
    )


def _documents(config):
    """Yields the words of the training documents."""
    index = 0
    for batch in texts.tokenized(texts.read(config)):
        for words in batch.to_list():
            if index % data.HELD_OUT != data.HELD_OUT - 1:
                yield [word.decode() for word in words]
            index += 1


def _print_tasks(name, words, vectors, tasks):
    found = embeddings.WordVectors(words[:_COMMONEST], np.asarray(vectors[:_COMMONEST]))
    answers = found.analogy_accuracy(pathlib.Path(tasks, "questions-words.txt"))
    scores = [
        f"analogies {answers.accuracy():.2%} of {answers.answered:,}",
        f"family {answers.accuracy('family'):.2%}",
    ]
    for file in _PAIRS:
        scores.append(f"{file[:-4]} {found.similarity_correlation(pathlib.Path(tasks, file))}")
    print(f"{name}: {'; '.join(scores)}")


if __name__ == "__main__":
    main()
