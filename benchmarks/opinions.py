"""Measures a sentiment model on short texts: negations, ratings, emoji, texts without an opinion.

    python benchmarks/opinions.py [--model SAVED_MODEL] [--products PRODUCTS] [--show]

`benchmarks/negations.tsv` contains sentences with and without negations by an author who had not
seen the generators. No model is trained or tuned on them. `benchmarks/opinion_phrases.tsv` contains
phrases for development, which are not in the generators either. PRODUCTS is the file `products.tsv`
of the sentences about nine products of Ding, Liu and Yu 2008: label, product and text. The script
prints the fraction of right labels, and of texts that the model labels unknown.
"""

import argparse
import csv
import pathlib
import sys

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


def main():
    """Asks the model for all lists and prints the fractions."""
    from apps.sentiment.app import Sentiment
    from apps.sentiment.data import ask
    from keras_dl.application import commands

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="", help="SavedModel; the shipped one if empty")
    parser.add_argument("--products", default="", help="products.tsv, with label, product, text")
    parser.add_argument("--show", action="store_true", help="print what is wrong")
    arguments = parser.parse_args()
    served = commands.load(Sentiment(), model=arguments.model)
    for kind, rows in read_all(arguments.products).items():
        outputs = ask(served, [text for _, text in rows])
        found = [label.decode() for label in outputs["label"]]
        right = [label == expected for label, (expected, _) in zip(found, rows, strict=True)]
        unknown = sum(label == "unknown" for label in found)
        print(
            f"{kind:20} {sum(right):5} of {len(rows):5} right, {sum(right) / len(rows):6.1%}; "
            f"{unknown} labeled unknown"
        )
        for row, (expected, text) in enumerate(rows) if arguments.show else ():
            if not right[row]:
                chance = outputs["probabilities"][row].max()
                print(f"    {expected}\t{found[row]} ({chance:.2f})\t{text}")


def read_all(products):
    """Returns a dict from kinds to lists of pairs (label, text)."""
    found = {"negations": _rows("negations.tsv")}
    for label, kind, text in _rows("opinion_phrases.tsv")[1:]:
        found.setdefault(f"own: {kind}", []).append((label, text))
    if products:
        names = {"0": "negative", "1": "positive"}
        rows = _rows(pathlib.Path(products).absolute())
        found["products"] = [(names[label], text) for label, _, text in rows]
    return found


def _rows(path):
    """Returns the rows of a table next to this file, or at another path, as tuples."""
    with open(pathlib.Path(__file__).parent / path, encoding="utf-8", newline="") as file:
        return list(map(tuple, csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)))


if __name__ == "__main__":
    main()
