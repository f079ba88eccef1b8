"""What the order of words is worth where a sentence has a "not": a recurrent net and averages.

    python benchmarks/negation.py --average SAVED_MODEL --recurrent SAVED_MODEL --data SOURCE
        [--split test]

Takes two SavedModels of `apps/sentiment`, trained on the same data. Prints the accuracy of both on
sentences with a negator and on the others, by how many points the recurrent net leads, how much
more it does where there is a negator, and the share of 10,000 random choices of as many sentences
for which that is as large or larger. Then pairs of short texts, made of the adjectives of training:
how often the better one has the higher score. Averages cannot tell two texts of the same words from
each other; should they, the benchmark fails.
"""

import argparse
import collections
import math

import numpy as np

from apps.sentiment import app, negation, report
from apps.sentiment import texts as sources
from apps.sentiment.data import tokens
from keras_dl import export

_BEFORE = frozenset(b"very so too really quite rather is are was were".split())
_AFTER = frozenset(b". , and but ; ! ?".split())
_ARTICLES = frozenset((b"a", b"an"))
_OFTEN = 2
_FUNCTION_WORDS = 100
_ADJECTIVES = 40  # of each side
_NEGATED = (("the film is {}", "the film is not {}"), ("it is {}", "it is never {}"))
_REORDERED = ("{} , not {}", "it is {} and not {}")
_ROUNDING = 1e-6  # sums of the same float32 numbers in another order


def main():
    """Reads the arguments, measures, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--average", required=True, help="SavedModel of --network average")
    parser.add_argument("--recurrent", required=True, help="SavedModel of --network recurrent")
    parser.add_argument("--data", required=True, help="as that of apps/sentiment")
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    arguments = parser.parse_args()
    config = app.Config(data=arguments.data, split=arguments.split)
    found = {name: export.load(getattr(arguments, name)) for name in ("average", "recurrent")}
    _print_accuracy(found, sources.read(config.data, config.split, config))
    good, bad = _adjectives(sources.read(config.data, "train", config))
    print(f"good: {' '.join(good[:12])} ...\nbad: {' '.join(bad[:12])} ...")
    _print_pairs(found, good, bad)


def _print_accuracy(found, reviews):
    labels = np.array(reviews.labels)
    right = {
        name: report.probabilities(saved_model, reviews.texts).argmax(1) == labels
        for name, saved_model in found.items()
    }
    negated = negation.has_negator(_words(reviews.texts))
    groups = {"all": np.ones(len(labels), bool), "with a negator": negated, "others": ~negated}
    for name, rows in groups.items():
        average, recurrent = (100 * right[each][rows].mean() for each in ("average", "recurrent"))
        print(
            f"{name:15} {rows.sum():6}  average {average:.2f}  recurrent {recurrent:.2f}  "
            f"lead {recurrent - average:+.2f}"
        )
    lead, share = negation.interaction(right["recurrent"], right["average"], negated)
    print(f"further lead where there is a negator {100 * lead:+.2f} points, p {share:.4f}")


def _print_pairs(found, good, bad):
    negated = [
        (plain.format(word), other.format(word)) for plain, other in _NEGATED for word in good
    ]
    negated += [
        (other.format(word), plain.format(word)) for plain, other in _NEGATED for word in bad
    ]
    reordered = [
        (text.format(one, other), text.format(other, one))
        for text in _REORDERED
        for one, other in zip(good, bad, strict=True)
    ]
    for name, saved_model in found.items():
        scores = {each: _scores(saved_model, each) for each in (tuple(negated), tuple(reordered))}
        one, two = (negation.ordered_right(*each.T) for each in scores.values())
        apart = np.abs(np.diff(scores[tuple(reordered)])).max()
        if name == "average" and apart > _ROUNDING:
            raise ValueError(f"averages must not know the order of words. They differ by {apart}.")
        print(f"{name:10} ordered right: A and not A {one:.4f} of {len(negated)}, ", end="")
        print(f"A, not B {two:.4f} of {len(reordered)}, apart by up to {apart:.1e}")


def _scores(saved_model, pairs):
    """Returns the expected class of both texts of each pair, float `(pairs, 2)`."""
    chances = report.probabilities(saved_model, [text.encode() for pair in pairs for text in pair])
    return (chances @ np.arange(chances.shape[1], dtype="float64")).reshape(-1, 2)


def _adjectives(reviews):
    """Returns adjectives of training, the telling ones: those of good texts, those of bad ones.

    An adjective is what stands between `is` or `very` and the like and the end of a clause, and
    behind `a` as well. Its side is the logarithm of its odds to stand in a good text, by the
    standard error of that.
    """
    predicative, attributive, *texts = (collections.Counter() for _ in range(4))
    middle = max(reviews.labels) / 2
    for words, label in zip(_words(reviews.texts), reviews.labels, strict=True):
        words = [word.lower() for word in words]
        for before, word, after in zip(words, words[1:], [*words[2:], b"."], strict=False):
            predicative[word] += before in _BEFORE and after in _AFTER
            attributive[word] += before in _ARTICLES
        if label != middle:
            texts[label > middle].update(set(words))
    totals = [sum(label < middle for label in reviews.labels)]
    totals.append(sum(label > middle for label in reviews.labels))

    def side(word):
        bad, good = (count[word] + 0.5 for count in texts)
        odds = math.log(good / (totals[1] + 1)) - math.log(bad / (totals[0] + 1))
        return odds / math.sqrt(1 / bad + 1 / good)

    common = {word for word, _ in (texts[0] + texts[1]).most_common(_FUNCTION_WORDS)}
    some = [
        word
        for word in set(texts[0]) | set(texts[1])
        if min(predicative[word], attributive[word]) >= _OFTEN
        and word.isalpha()
        and word not in common
    ]
    some = sorted(sorted(some), key=side)
    number = min(_ADJECTIVES, len(some) // 4)
    return [[word.decode() for word in each[:number]] for each in (some[::-1], some)]


def _words(texts):
    parts = (texts[start : start + 2000] for start in range(0, len(texts), 2000))
    return [words for some in parts for words in tokens(some).to_list()]


if __name__ == "__main__":
    main()
