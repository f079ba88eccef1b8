"""Compares four ways to word vectors, and gensim, on the same texts.

    python benchmarks/word_vector_methods.py --data tfds:imdb_reviews --documents 2000 \
        --tasks DIRECTORY

Trains `apps/embeddings` with each `--method`, and gensim's Word2Vec (skip-gram with negative
sampling and with hierarchical softmax, two workers), with the same sizes. Prints a table of the
seconds from text to vectors, the accuracy on analogies and the correlations with human scores. The
methods need different numbers of epochs: a skip-gram epoch has several pairs for each word, an
epoch of GloVe has each different pair once, and the neural language model is slow, because its
softmax runs over the whole vocabulary.
"""

import argparse
import os
import pathlib
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import gensim
import keras
import tensorflow as tf

from apps.embeddings import data, model, texts
from apps.embeddings.app import TrainConfig
from keras_dl import embeddings

EPOCHS = {
    "skip_gram": 5,
    "hierarchical_softmax": 5,
    "glove": 25,
    "neural_language_model": 2,
}
TASKS = ("EN-WS-353-ALL", "EN-SIMLEX-999", "EN-MEN-TR-3k")


def main():
    """Reads the arguments, trains with each method, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="synthetic", help="same as --data of apps/embeddings")
    parser.add_argument("--documents", type=int, default=2000, help="documents that are read")
    parser.add_argument("--vocabulary", type=int, default=10_000)
    parser.add_argument("--units", type=int, default=64)
    parser.add_argument("--tasks", help="directory with questions-words.txt and word pairs")
    parser.add_argument("--methods", nargs="+", default=[*EPOCHS], choices=[*EPOCHS])
    arguments = parser.parse_args()
    sizes = {"vocabulary": arguments.vocabulary, "units": arguments.units}
    with tempfile.NamedTemporaryFile("wb", suffix=".txt") as file:
        for text in texts.read(TrainConfig(data=arguments.data)).take(arguments.documents):
            file.write(text.numpy().replace(b"\n", b" ") + b"\n")
        file.flush()
        print(_row("", "epochs", "seconds", "analogies", "family", "WS-353", "SimLex", "MEN"))
        for method in arguments.methods:
            config = TrainConfig(data=file.name, method=method, epochs=EPOCHS[method], **sizes)
            for name, train in (("keras_dl", _ours), ("gensim", _gensim)):
                if name == "gensim" and method not in ("skip_gram", "hierarchical_softmax"):
                    continue
                start = time.monotonic()
                vectors = train(config)
                seconds = f"{time.monotonic() - start:.0f}"
                scores = _scores(vectors, arguments.tasks)
                print(_row(f"{name} {method}", config.epochs, seconds, *scores), flush=True)


def _ours(config):
    keras.utils.set_random_seed(config.seed)
    found = data.training_data(config)
    built = model.build(config, found)
    for epoch in range(config.epochs):
        batches = found.batches(tf.constant(epoch, "int64"))
        built.fit(batches, steps_per_epoch=found.steps_per_epoch, verbose=0, shuffle=False)
    words = found.assets.vocabulary
    numbers = tf.range(2, len(words) + 2)
    return embeddings.WordVectors(words, model.vectors_of(built, numbers).numpy())


def _gensim(config):
    documents = [
        [word.decode() for word in words]
        for batch in texts.tokenized(texts.read(config))
        for words in batch.to_list()
    ]
    trained = [text for index, text in enumerate(documents) if (index + 1) % data.HELD_OUT]
    hierarchical = config.method == "hierarchical_softmax"
    found = gensim.models.Word2Vec(
        trained,
        vector_size=config.units,
        window=config.window,
        negative=0 if hierarchical else config.negatives,
        hs=int(hierarchical),
        sample=config.threshold,
        min_count=config.min_count,
        max_final_vocab=config.vocabulary,
        epochs=config.epochs,
        sg=1,
        workers=2,
        seed=config.seed,
    )
    return embeddings.WordVectors(found.wv.index_to_key, found.wv.vectors)


def _scores(vectors, tasks):
    """Returns the accuracy on analogies, on the section family, and Spearman's correlations."""
    if not tasks:
        return ["-"] * (2 + len(TASKS))
    answers = vectors.analogy_accuracy(pathlib.Path(tasks, "questions-words.txt"))
    files = [pathlib.Path(tasks, f"{name}.txt") for name in TASKS]
    found = [vectors.similarity_correlation(file).correlation for file in files]
    accuracies = [answers.accuracy(), answers.accuracy("family")]
    return [*(f"{value:.1%}" for value in accuracies), *(f"{value:.3f}" for value in found)]


def _row(name, *columns):
    return f"{name:30}" + "".join(f"{column!s:>10}" for column in columns)


if __name__ == "__main__":
    main()
