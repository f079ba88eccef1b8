"""Skip-gram with negative sampling against gensim: words a second, and what the vectors know.

    python benchmarks/skip_gram_against_gensim.py --data tfds:imdb_reviews --tasks FOLDER

Trains `apps/embeddings` and gensim's Word2Vec (skip-gram, two workers) on the same words, one epoch
of each in turn, with the same sizes: 100 units, window 5, 5 negatives, threshold 1e-4, words that
occur 5 times. Rates of learning are each one's own, linear to almost 0. Prints words of the text a
second, the median of the epochs after the first one (which compiles), and figures of the tasks, for
the commonest 30,000 words.
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

from apps.embeddings import app, data, model
from keras_dl import embeddings

_COMMONEST = 30_000
_PAIRS = ("EN-WS-353-ALL.txt", "EN-SIMLEX-999.txt")


def main():
    """Reads the arguments, trains both, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="made", help="as that of apps/embeddings")
    parser.add_argument("--tasks", help="folder with questions-words.txt and files of word pairs")
    parser.add_argument("--epochs", type=int, default=5)
    arguments = parser.parse_args()
    config = app.Config(data=arguments.data, epochs=arguments.epochs, vocabulary=10**7)
    found = data.pipeline(config)
    texts = list(_documents(config))
    total = sum(map(len, texts))
    vocabulary = set(found.assets["vocabulary"])
    texts = [[word for word in words if word in vocabulary] for words in texts]
    print(f"{total:,} words, {len(vocabulary):,} of them different and counted 5 times")
    ours = model.build(config, found)
    theirs = gensim.models.Word2Vec(
        vector_size=config.units,
        window=config.window,
        negative=config.negatives,
        sample=config.threshold,
        min_count=config.min_count,
        sg=1,
        workers=2,
        seed=config.seed,
    )
    theirs.build_vocab(texts)
    rates = {"keras_dl": [], "gensim": []}

    class OursInBetween(gensim.models.callbacks.CallbackAny2Vec):
        def on_epoch_begin(self, _):
            epoch, start = len(rates["gensim"]), time.monotonic()
            steps = found.steps_per_epoch
            ours.fit(found.train(epoch), steps_per_epoch=steps, verbose=0, shuffle=False)
            self.start = time.monotonic()
            rates["keras_dl"].append(total / (self.start - start))

        def on_epoch_end(self, _):
            rates["gensim"].append(total / (time.monotonic() - self.start))
            last = (f"{name} {rate[-1]:,.0f} words/s" for name, rate in rates.items())
            print(len(rates["gensim"]), *last, flush=True)

    theirs.train(
        texts, total_examples=len(texts), epochs=config.epochs, callbacks=[OursInBetween()]
    )
    medians = {name: statistics.median(rate[1:] or rate) for name, rate in rates.items()}
    print(*(f"{name} {rate:,.0f} words/s" for name, rate in medians.items()), sep=", ")
    ratios = [a / b for a, b in zip(*rates.values(), strict=True)]
    print(f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    if arguments.tasks:
        vectors = ours.vectors.numpy()[2:]
        _print_tasks("keras_dl", found.assets["vocabulary"], vectors, arguments.tasks)
        _print_tasks("gensim", theirs.wv.index_to_key, theirs.wv.vectors, arguments.tasks)


def _documents(config):
    """Yields the words of the documents that are trained on."""
    place = 0
    for some in data.tokenized(data.texts(config)):
        for words in some.to_list():
            if place % data.HELD_OUT != data.HELD_OUT - 1:
                yield [word.decode() for word in words]
            place += 1


def _print_tasks(name, words, vectors, tasks):
    found = embeddings.WordVectors(words[:_COMMONEST], np.asarray(vectors[:_COMMONEST]))
    answers = found.analogy_accuracy(pathlib.Path(tasks, "questions-words.txt"))
    figures = [
        f"analogies {answers.accuracy():.2%} of {answers.answered:,}",
        f"family {answers.accuracy('family'):.2%}",
    ]
    for file in _PAIRS:
        figures.append(f"{file[:-4]} {found.similarity_correlation(pathlib.Path(tasks, file))}")
    print(f"{name}: {'; '.join(figures)}")


if __name__ == "__main__":
    main()
