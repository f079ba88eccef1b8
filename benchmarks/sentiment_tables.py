"""Writes the tables that the shipped sentiment model is trained on, besides IMDB and SST-2.

    python benchmarks/sentiment_tables.py REVIEWS GERMAN FRENCH DIRECTORY

REVIEWS is a directory with `pros_cons.tsv.gz` (label, text), `positive-words.txt` and
`negative-words.txt` of Bing Liu and others, as NLTK distributes them. GERMAN and FRENCH are
`train.tsv.gz` files with an English sentence and its translation, from Tatoeba. The script writes
these directories with `train.tsv` and `dev.tsv`; the split is random:

* `pros_cons`: the pros and cons of products, also with `test.tsv`. In train, half of them are
  joined to a neutral sentence.
* `opinion_words`: the words of the opinion lexicon, each twice.
* `opinion_sentences`: sentences of Tatoeba whose words of the lexicon all have the same sign. A
  negator up to four words before a word of the lexicon reverses its sign.
* `plain`: sentences of Tatoeba without such words, and German and French ones, labeled unknown.
"""

import argparse
import gzip
import html
import pathlib
import random
import re

NEGATORS = frozenset(
    "not no never nobody nothing neither nor without hardly cannot none n't".split()
)
# Words of the lexicon that often express no opinion, or another one, in reviews.
AMBIGUOUS = frozenset(
    "like well right pretty work works worked enough top lead leads led hot funny plot object "
    "mystery dark fall falls fell falling miss issue limit cold trust regard thank thanks free "
    "available clear lies tired hard sharp poor rich lost kill killed dead die died death".split()
)
LABELS = ("negative", "positive")


def main():
    """Reads the sources and writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("reviews", "german", "french", "directory"):
        parser.add_argument(name, type=pathlib.Path)
    arguments = parser.parse_args()
    draw = random.Random(0)
    signs = read_lexicon(arguments.reviews)
    pairs = [
        line.split("\t") for each in (arguments.german, arguments.french) for line in lines(each)
    ]
    english = sorted({first for first, _ in pairs})
    scored = [(text, sentence_sign(text, signs)) for text in english]
    neutral = [text for text, sign in scored if sign is None]
    foreign = sorted({second for _, second in pairs})
    for group in (neutral, foreign):
        draw.shuffle(group)
    rows = {
        "opinion_words": [(LABELS[sign > 0], word) for word, sign in signs.items()] * 2,
        "opinion_sentences": opinion_sentences(scored, draw),
        "plain": [("unknown", text) for text in neutral[:9000] + foreign[:5000]],
    }
    for name, each in rows.items():
        draw.shuffle(each)
        count = len(each) // 20
        write(arguments.directory / name, dev=each[:count], train=each[count:])
    parts = pros_cons(arguments.reviews, neutral[20_000:], draw)
    write(arguments.directory / "pros_cons", **parts)


def lines(path):
    """Returns the lines of a gzip file."""
    return gzip.open(path, "rt", encoding="utf-8").read().splitlines()


def read_lexicon(directory):
    """Returns a dict from words to +1 or -1."""
    signs = {}
    for label, sign in (("negative", -1), ("positive", 1)):
        text = (directory / f"{label}-words.txt").read_text("latin-1")
        words = {word.strip() for word in text.splitlines() if word.strip() and word[0] != ";"}
        signs.update({word: 0 if word in signs else sign for word in sorted(words)})
    signs.update({"love": 1, "loves": 1, "loved": 1, "hate": -1, "hates": -1, "hated": -1})
    return {word: sign for word, sign in signs.items() if sign and word not in AMBIGUOUS}


def sentence_sign(text, signs):
    """Returns the sign that all words of the lexicon have, 0 if unsure, None without such words."""
    words = re.findall(r"n't|[a-z-]+(?=n't)|[a-z-]+", text.lower().replace("\u2019", "'"))
    found = set()
    for index, word in enumerate(words):
        if word in signs:
            before = words[max(0, index - 4) : index]
            flips = sum(each in NEGATORS for each in before)
            found.add(signs[word] * (-1) ** flips)
    if not found:
        return 0 if AMBIGUOUS & {*words} else None
    is_contrast = {"but", "although", "though", "if", "would", "?"} & {*words, text[-1:]}
    return 0 if len(found) > 1 or is_contrast else found.pop()


def opinion_sentences(scored, draw):
    """Returns as many good as bad sentences, half of them with a negator."""
    rows = []
    for sign in (-1, 1):
        texts = [text for text, found in scored if found == sign]
        negated = [text for text in texts if NEGATORS & set(re.findall(r"n't|\w+", text.lower()))]
        plain = sorted(set(texts) - set(negated))
        draw.shuffle(negated)
        draw.shuffle(plain)
        rows += [(LABELS[sign > 0], text) for text in negated[:9000] + plain[:9000]]
    return rows


def pros_cons(directory, neutral, draw):
    """Returns the pros and cons of test, dev and train; in train, half have a neutral sentence."""
    found = {}
    for line in lines(directory / "pros_cons.tsv.gz"):
        label, text = line.split("\t")
        text = " ".join(html.unescape(html.unescape(text)).split())
        if text:
            found.setdefault(text, LABELS[int(label)])
    rows = [(label, text) for text, label in found.items()]
    random.Random(0).shuffle(rows)
    train = []
    for index, (label, text) in enumerate(rows[5000:]):
        end = "" if text[-1] in ".!?" else "."
        joined = (text, text, f"{neutral[index]} {text}{end}", f"{text}{end} {neutral[index]}")
        train.append((label, draw.choice(joined)))
    return {"test": rows[:3000], "dev": rows[3000:5000], "train": train}


def write(directory, **parts):
    """Writes the table of each part."""
    directory.mkdir(parents=True, exist_ok=True)
    for split, rows in parts.items():
        content = "".join(f"{label}\t{text}\n" for label, text in rows)
        (directory / f"{split}.tsv").write_text(f"label\ttext\n{content}", "utf-8")
        print(f"{directory.name}, {split}: {len(rows)}")


if __name__ == "__main__":
    main()
