"""Tests where the texts of sentiment come from, their labels and their words."""

import dataclasses
import itertools

import pytest
import tensorflow as tf
from offered_set import offer

from apps.sentiment import data, negation, texts, tokens
from apps.sentiment.app import TrainConfig
from apps.sentiment.synthetic import words as synthetic_words
from apps.sentiment.synthetic.reviews import reviews
from keras_dl.application import UserError

NAMES = ["negative", "positive"]
NAMES_OF_5 = ["very negative", "negative", "neutral", "positive", "very positive"]


def _offer(tmp_path, monkeypatch, name, **parts):
    """Offers a set of tensorflow-datasets with these pairs of texts and labels."""
    import tensorflow_datasets as tfds

    kinds = {"text": tfds.features.Text(), "label": tfds.features.ClassLabel(num_classes=2)}
    parts = {
        part: tf.data.Dataset.from_tensor_slices(
            {"text": some, "label": tf.constant(labels, "int64")}
        )
        for part, (some, labels) in parts.items()
    }
    offer(tmp_path, monkeypatch, name, kinds, parts)


def test_tfds_keeps_what_stands_in_test_out_of_all_that_is_trained_on(tmp_path, monkeypatch):
    train = [f"text {place}".encode() for place in range(60)] + [b"in test"]
    parts = {
        "train": (train, [place % 2 for place in range(61)]),
        "test": ([b"in test", b"other"], [0, 1]),
        "unsupervised": ([b"more", b"in test"], [-1, -1]),
    }
    _offer(tmp_path, monkeypatch, "films", **parts)
    films = TrainConfig(data="tfds:films")
    found = {split: texts.read(films, split) for split in ("train", "dev", "test")}
    assert found["test"] == ([b"in test", b"other"], ["negative", "positive"])
    assert len(found["train"].texts) == 54 and len(found["dev"].texts) == 6
    assert sorted(found["train"].texts + found["dev"].texts) == sorted(train[:-1])
    for part in (found["train"], found["dev"]):
        assert part.labels == [NAMES[int(text.split()[1]) % 2] for text in part.texts]
    assert texts.unlabeled("tfds:films") == [b"more"]
    assert texts.copies(films) == {*train, b"more", b"in test"}
    _offer(tmp_path, monkeypatch, "split", **parts, validation=([b"held out"], [1]))
    assert texts.read(TrainConfig(data="tfds:split"), "dev").texts == [b"held out"]
    assert len(texts.read(TrainConfig(data="tfds:split"), "train").texts) == 60


def _write(folder, **files):
    """Writes files, named train_tsv for train.tsv, and returns settings with the directory."""
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, "utf-8")
    return TrainConfig(data=str(folder))


def test_directories_contain_tables(tmp_path):
    config = _write(
        tmp_path,
        train_tsv='label\ttext\n4\ta "joy" , caf\u00e9\n0\tb\n1\tc\n2\td\n3\te\n',
        valid_csv="text,label\nno,0\n",
    )
    found = texts.read(config, "train")
    assert found.texts[0] == 'a "joy" , caf\u00e9'.encode()
    assert found.labels == [NAMES_OF_5[4], *NAMES_OF_5[:4]]
    assert texts.read(config, "dev") == ([b"no"], ["very negative"])
    assert texts.unlabeled(config.data) == [] and texts.copies(config) == set(found.texts)
    assert texts.copies(TrainConfig()) == set()
    with pytest.raises(UserError, match=r"--data: .* must contain test\.tsv or test\.csv or"):
        texts.read(config, "test")
    _write(tmp_path, train_csv="text,label\nno,0\n")
    with pytest.raises(UserError, match=r"one file .* of train. Received train\.tsv, train\.csv"):
        texts.read(config, "train")


def test_a_table_alone_is_split_into_train_and_dev(tmp_path):
    rows = "".join(f"text {row},{('ham', 'spam')[row % 2]}\n" for row in range(20))
    _write(tmp_path, all_csv=f"message,class\n{rows}")
    config = TrainConfig(data=str(tmp_path / "all.csv"))
    train, dev = (texts.read(config, split) for split in ("train", "dev"))
    assert len(train.texts) == 18 and len(set(train.texts) | set(dev.texts)) == 20
    for text, label in zip(dev.texts, dev.labels, strict=True):
        assert label == ("ham", "spam")[int(text.split()[1]) % 2]


def test_directories_contain_directories_of_texts(tmp_path):
    for name in ("neg/0.txt", "neg/1.txt", "pos/0.txt"):
        (tmp_path / "train" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "train" / name).write_text(name, "utf-8")
    for source in (tmp_path, tmp_path / "train"):
        found = texts.read(TrainConfig(data=str(source)), "train")
        assert len(found.labels) == 2 and set(found.labels) <= set(NAMES)
        assert [text[:3] == b"pos" for text in found.texts] == [
            label == "positive" for label in found.labels
        ]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ("0 1", "negative positive"),
        ("1 2", "negative positive"),
        ("-1 1", "negative positive"),
        ("Pos NEG", "positive negative"),
        ("POSITIVE Negative Unknown", "positive negative unknown"),
        ("0 4", "0 4"),
        ("1 2 3", "1 2 3"),
        ("spam ham", "spam ham"),
        ("0 1 2 3 4", ",".join(NAMES_OF_5)),
        ("1 2 3 4 5", ",".join(NAMES_OF_5)),
    ],
)
def test_labels_have_names(labels, names):
    labels = labels.split()
    names = names.split("," if "," in names else None)
    assert texts._names(set(labels)) == dict(zip(labels, names, strict=True))


def test_classes_are_ordered_by_meaning():
    assert texts.ordered(["unknown", "positive", "neutral", "negative"]) == [
        "negative",
        "neutral",
        "positive",
        "unknown",
    ]
    assert texts.ordered(["10", "9", "-1"]) == ["-1", "9", "10"]
    assert texts.ordered(["b", "unknown", "a", "b"]) == ["a", "b", "unknown"]
    assert texts.is_scale(["1", "2", "3"]) and not texts.is_scale(["ham", "spam"])


@pytest.mark.parametrize(
    ("train", "dev", "received"),
    [("aa", "a", r"two or more classes .* \['a'\]"), ("ab", "ac", "Received 'c' in dev")],
)
def test_labels_that_do_not_fit_are_told(train, dev, received):
    parts = [texts.Reviews([b"x"] * len(labels), list(labels)) for labels in (train, dev)]
    with pytest.raises(UserError, match=received):
        data._labels(*parts)


def test_sources_may_be_several(tmp_path):
    table = "label\ttext\npos\t{}\nneg\tx\n"
    parts = {f"{split}_tsv": table.format(split) for split in ("train", "dev", "test")}
    config = _write(tmp_path, **parts)
    config = dataclasses.replace(config, data=f"{config.data},synthetic")
    found = texts.read(config, "train", examples=3)
    assert len(found.texts) == len(found.labels) == 5
    assert (found.texts[0], found.labels[0]) == (b"train", "positive")
    assert texts.unlabeled(config.data) == [] and texts.copies(config) == {b"train", b"x"}


def test_generated_reviews_say_what_their_label_does():
    train, labels = reviews(400, "train", 3)
    assert reviews(400, "train", 3) == (train, labels)
    assert reviews(400, "train", 4)[0] != train
    dev = reviews(400, "dev", 3)[0]
    assert len(set(train) & set(dev)) < 10 and not any(b"{" in text for text in train + dev)
    counts = {label: labels.count(label) for label in set(labels)}
    assert 140 < counts["negative"] < 220 and 140 < counts["positive"] < 220
    assert 20 < counts["unknown"] < 60 and len(counts) == 3
    says = {"amazing": 1, "outstanding": 1, "horrible": 0, "tiresome": 0, "masterpiece": 1}
    plain = ("is {}.", "is a {}.", "A {}.", "never seen a more {} ")
    turned = ("not {}", "isn't {}", "isn't a {} ", "This is no {}.", "far from {}")
    seen = set()
    for text, label in zip(*reviews(20_000, "train", 3), strict=True):
        for word, patterns in itertools.product(says, (plain, turned)):
            for pattern in patterns:
                if pattern.format(word) in text.decode():
                    good = says[word] if patterns is plain else 1 - says[word]
                    assert label == NAMES[good], text
                    seen.add(pattern)
    assert seen == {*plain, *turned}


def test_no_word_of_the_pairs_is_in_the_templates():
    words = {word for both in synthetic_words.ADJECTIVES for word in both.split()}
    assert not words & {*negation.GOOD, *negation.BAD}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4 out of 5", "4/5"),
        ("Rated 7.5 / 10 stars.", "Rated 7.5/10 ."),
        ("\u2605\u2605\u2605\u2605\u2606 Nice", "4/5 Nice"),
        ("\u2b50\ufe0f \u2b50\ufe0f", "2/5"),
        ("***** best", "5/5 best"),
        ("a **bold** 3 stars", "a bold 3/5"),
        ("_A_ ** bold ** '*f**k*' ~film~. ~20", "A bold ' f**k ' film . ~ 20"),
        (" ** ", "2/5"),
        ("1,000 stars", "1,000 stars"),
        ("on 2/10/2010", "on 2/10/2010"),
        ("7.8/10, 3,5 out of 5 and 4.5 stars", "7/10 , 3/5 and 4.5/5"),
        ("nice\U0001f600\U0001f44d\U0001f3fd", "nice \U0001f600 \U0001f44d"),
        ("\u2764\ufe0f\u200d\U0001f525", "\u2764 \U0001f525"),
        ("good :-) bad :(", "good \U0001f642 bad \U0001f641"),
        ("<br />a<br/>b", "a b"),
    ],
)
def test_ratings_and_emoji_are_words(text, words):
    (found,) = tokens.tokens([text]).to_list()
    assert [word.decode() for word in found] == words.split()


def test_words_that_say_something():
    some = ["good", "\u0444\u0438\u043b\u044c\u043c", "\U0001f44d", "4/5", "7.5/10", "n't"]
    assert all(map(tokens.speaks, some))
    assert not any(map(tokens.speaks, ["12", "3.14", "...", "?!", "", "24/7", "4/52"]))
