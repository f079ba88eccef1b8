import collections
import gzip
import json
import pathlib
import random

import numpy as np
import pytest
import tensorflow as tf
from offered_set import offer
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2, Entities

from apps import commands
from apps.__main__ import main
from apps.ner import data, generated, model, page, report
from apps.ner.app import Config
from keras_dl import export, pipelines

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
SHIPPED = pathlib.Path(__file__).parent.parent.parent / "saved_models" / "ner"


def _random_tags(seed, rows=300):
    draw = random.Random(seed)
    return [draw.choices(TAGS, k=draw.randint(1, 9)) for _ in range(rows)]


def test_scores_are_those_of_seqeval():
    for seed in range(5):
        gold = _random_tags(seed)
        # Half of the tags right, as an untrained network would not have it.
        found = [
            [b if random.Random(seed + i).random() < 0.5 else a for i, (a, b) in enumerate(pair)]
            for pair in (zip(x, y, strict=True) for x, y in zip(gold, _changed(gold), strict=True))
        ]
        scores = report.scores(gold, found)
        strict = dict(mode="strict", scheme=IOB2)
        assert scores["precision"] == pytest.approx(precision_score(gold, found, **strict))
        assert scores["recall"] == pytest.approx(recall_score(gold, found, **strict))
        assert scores["F1"] == pytest.approx(f1_score(gold, found, **strict))


def _changed(gold):
    draw = random.Random(9)
    return [[draw.choice(TAGS) for _ in tags] for tags in gold]


def test_spans_are_those_of_seqeval():
    for tags in _random_tags(7):
        expected = {(e.start, e.end, e.tag) for e in Entities([tags], IOB2).entities[0]}
        assert set(page.spans(tags)) == expected


def test_generated_names_of_the_test_are_partly_new_and_tags_fit_the_scheme():
    train, dev = generated.sentences(2000, "train", 0), generated.sentences(500, "dev", 0)
    assert generated.sentences(50, "train", 0) == train[:50] != generated.sentences(50, "train", 1)
    for sentence in train + dev:
        assert len(sentence.tokens) == len(sentence.tags)
        assert not report._breaks_scheme(sentence.tags)
        assert not any("{" in token for token in sentence.tokens)
    known = {token.lower() for s in train for token, tag in zip(*s, strict=True) if tag != "O"}
    inside = [t.lower() for s in dev for t, tag in zip(*s, strict=True) if tag[2:] == "PER"]
    assert 0.2 < np.mean([token not in known for token in inside]) < 0.7


def _write(path, sentences):
    lines = ["\n".join(" ".join(pair) for pair in zip(*s, strict=True)) for s in sentences]
    path.write_text("\n\n".join(lines) + "\n", "utf-8")


@pytest.mark.parametrize("name", ["all.conll", "train.txt", "dev.conll"])
def test_one_file_gives_its_last_fifth_to_dev(tmp_path, name):
    sentences = generated.sentences(50, "train", 0)
    _write(tmp_path / name, sentences)
    config = Config(data=str(tmp_path))
    train, dev = data.examples(config, "train"), data.examples(config, "dev")
    assert train == sentences[:40] and dev == sentences[40:]
    with pytest.raises(FileNotFoundError, match=rf"test or testb.*{name}"):
        data.examples(config, "test")
    _write(tmp_path / name, sentences[:3])
    train, dev = data.examples(config, "train"), data.examples(config, "dev")
    assert train == sentences[:2] and dev == sentences[2:3]
    _write(tmp_path / name, sentences[:1])
    with pytest.raises(ValueError, match="Received 1"):
        data.examples(config, "train")


def test_files_are_found_by_their_names_and_types_are_mapped(tmp_path):
    for name, kind in (("train.txt", "person"), ("testa.txt", "product")):
        (tmp_path / name).write_text(f"Ada\tB-{kind}\nLovelace\tI-{kind}\n", "utf-8")
    (tmp_path / "README.md").write_text("Licence", "utf-8")
    own, four = (Config(data=f"{tmp_path},{tmp_path}", types=t) for t in ("own", "four"))
    assert [each.tags for each in data.examples(own, "dev")] == [("B-product", "I-product")] * 2
    assert data.examples(four, "train")[0].tags == ("B-PER", "I-PER")
    assert data.examples(four, "dev")[0].tags == ("B-MISC", "I-MISC")
    (tmp_path / "train.txt").write_text("x\tB-beer\n", "utf-8")
    with pytest.raises(ValueError, match=r"\['beer'\]"):
        data.examples(four, "train")


def _rows(*sentences):
    """Returns a part of a set of tensorflow-datasets."""
    return tf.data.Dataset.from_generator(
        lambda: iter(sentences),
        output_signature={
            "tokens": tf.TensorSpec([None], "string"),
            "ner": tf.TensorSpec([None], "int64"),
        },
    )


def test_tfds_gives_the_same_sentences(tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    features = {
        "tokens": tfds.features.Sequence(tfds.features.Text()),
        "ner": tfds.features.Sequence(tfds.features.ClassLabel(names=TAGS)),
    }
    ada, other = {"tokens": ["Ada", "ran"], "ner": [1, 0]}, {"tokens": ["x"], "ner": [0]}
    parts = {"train": _rows(other), "dev": _rows(ada, other)}
    offer(tmp_path, monkeypatch, "sentences", features, parts)
    found = data.examples(Config(data="tfds:sentences"), "dev")
    assert found == [(("Ada", "ran"), ("B-PER", "O")), (("x",), ("O",))]
    with pytest.raises(ValueError, match="part test. Received tfds:sentences with train, dev"):
        data.examples(Config(data="tfds:sentences"), "test")


def test_tfds_without_tags_is_refused(tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    features = {"tokens": tfds.features.Sequence(tfds.features.Text())}
    rows = _rows({"tokens": ["x"], "ner": [0]}).map(lambda row: {"tokens": row["tokens"]})
    offer(tmp_path, monkeypatch, "untagged", features, {"train": rows})
    with pytest.raises(ValueError, match="tokens and ner. Received tfds:untagged with tokens"):
        data.examples(Config(data="tfds:untagged"), "train")


def test_vectors_are_read_and_words_start_from_them(tmp_path):
    lines = ["the 1 2 3", "Paris 4 5 6", "PARIS 7 8 9", "\u00e9t\u00e9 -1 .5 1e-1"]
    (tmp_path / "glove.txt").write_text("\n".join(lines), "utf-8")
    (tmp_path / "word2vec.txt").write_text("\n".join(["4 3", *lines]) + "\n", "utf-8")
    with gzip.open(tmp_path / "small.txt.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    for name in ("glove.txt", "word2vec.txt", "small.txt.gz"):
        vectors = data._vectors(tmp_path / name)
        assert list(vectors) == ["the", "paris", "\u00e9t\u00e9"]
        factor = vectors["the"][0]
        expected = np.array([[1, 2, 3], [4, 5, 6], [-1, 0.5, 0.1]]) * factor
        np.testing.assert_allclose(list(vectors.values()), expected, rtol=1e-6)
    config = Config(vectors=str(tmp_path / "glove.txt"), examples=64, batch_size=16, units=4)
    found = data.pipeline(config)
    vocabulary = found.assets["vocabulary"]
    built = model.build(config, found)
    (table,) = built.get_layer("embedding").get_weights()
    assert table.shape == (len(vocabulary) + 2, 3)
    scale = 2 * np.std([[1, 2, 3], [4, 5, 6], [-1, 0.5, 0.1]])
    row = table[vocabulary.index("paris") + 2]
    np.testing.assert_allclose(row, np.array([4, 5, 6]) / scale, rtol=1e-5)
    assert vocabulary.index("paris") + 2 < found.rare_from < len(vocabulary) + 2
    counts = collections.Counter(
        token.lower() for s in data.examples(config, "train") for token in s.tokens
    )
    assert all(counts[word] == 1 for word in vocabulary[found.rare_from - 2 :])
    assert built.get_layer("rare_words").first == found.rare_from


def test_features_see_the_bytes_of_a_word():
    words = pipelines.Words(["ada"])
    found = data.features(words, tf.constant([["Ada", "é" * 30], ["x", ""]]))
    assert found["words"].numpy().tolist() == [[2, 1], [1, 0]]
    characters = found["characters"].numpy()
    assert characters.shape == (2, 2, data.WIDTH)
    assert bytes(characters[0, 0, :4].tolist()) == b"Ada\0"
    assert bytes(characters[0, 1].tolist()) == ("é" * 30).encode()[: data.WIDTH]
    assert not characters[1, 1].any()


def test_entities_know_their_place_in_the_text():
    text = 'She said "Ada  Lovelace" ran. Ada!'
    tokens = 'She said " Ada Lovelace " ran . Ada !'.split()
    tags = "O O O B-PER I-PER O O O B-PER O".split()
    found = page.entities(text, tokens, tags, np.linspace(0.1, 1, 10))
    assert [text[each["start"] : each["end"]] for each in found] == ["Ada  Lovelace", "Ada"]
    assert [each["text"] for each in found] == ["Ada  Lovelace", "Ada"]
    assert found[0]["confidence"] == 0.4 and found[1]["start"] == 30
    assert json.loads(page.as_json(text, found)) == {"text": text, "entities": found}
    coloured = page.as_colours(text, found)
    assert "\x1b[30;48;5;223m Ada  Lovelace \x1b[1mPER \x1b[0m" in coloured
    marked = page.as_html("<b> Ada", [{**found[1], "start": 4, "end": 7}])
    assert marked.startswith("<p>&lt;b&gt; <mark") and "Ada<small>PER</small></mark></p>" in marked


def test_the_shipped_model_takes_tokens_and_none():
    endpoint = export.load(SHIPPED).signatures["tokens"]
    answer = endpoint(tokens=tf.constant([["Ada", "ran"], ["Rome", ""]]))
    assert answer["tags"].shape == (2, 2) and answer["tags"][1, 1] == b""
    assert (endpoint(tokens=tf.zeros((3, 0), "string"))["tags"].numpy() == b"").all()


@pytest.mark.parametrize(
    "text", ["", "Ada", "x" * 100_000, "Ada went to Rome. " * 5_556, "\ufffd zzqx 12", "\n\t"]
)
def test_the_shipped_model_takes_any_text(text):
    answer = export.load(SHIPPED).signatures["serving_default"](
        text=tf.constant([text, "Ada ran."])
    )
    tokens, tags = answer["tokens"].numpy(), answer["tags"].numpy()
    confidence = answer["confidence"].numpy()
    assert tokens.shape == tags.shape == confidence.shape and tokens.shape[0] == 2
    assert b"".join(tokens[0]).decode() == "".join(text.split())
    assert ((tags == b"") == (tokens == b"")).all()
    assert (confidence[tokens != b""] > 0).all() and (confidence <= 1.0001).all()
    assert (confidence[tokens == b""] == 0).all()


def test_predict_prints_json_in_a_pipe_and_a_page_on_request(capsys):
    assert main(["ner", "predict", "Ada Lovelace was born in London."]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(e["text"], e["type"]) for e in found["entities"]] == [
        ("Ada Lovelace", "PER"),
        ("London", "LOC"),
    ]
    assert main(["ner", "predict", "--format", "html", "Ada saw <Rome>.", "no"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("<!doctype html>") and shown.rstrip().endswith("</html>")
    assert shown.count("<p>") == 2 and "&lt;" in shown


@pytest.mark.parametrize(
    "content, message",
    [
        ("Ada B-PER\nran\n", "line 2"),
        ("Ada B-PER\nran X-PER\n", "X-PER"),
        ("Ada B-PER\nran I-LOC\n", "line 2"),
        ("", "must not be empty"),
        ("Ada O\n\nran O\n", "must hold entities"),
    ],
)
def test_bad_files_are_told_in_one_line(tmp_path, capsys, content, message):
    (tmp_path / "train.conll").write_text(content, "utf-8")
    assert main(["ner", "train", "--data", str(tmp_path), "--run", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_softmax_answers_too(tmp_path, capsys):
    from apps.ner import app

    config = Config(
        examples=64,
        epochs=1,
        batch_size=16,
        units=8,
        embedding_units=8,
        tagger="softmax",
        run=str(tmp_path / "run"),
    )
    commands.train(app, "ner", config)
    commands.export(app, "ner", Config(run=str(tmp_path / "run")))
    figures = commands.evaluate(app, "ner", Config(run=str(tmp_path / "run")))
    assert 0 <= figures["entity F1"] <= 1 and figures["sentences"] == 1000
    assert model and capsys.readouterr().out.count("\n") > 10


def test_no_text_commands_a_terminal():
    text = "\x1b[31mAda\x00 saw\nParis\x7f"
    found = [{"text": "Ada\x00", "type": "PER", "start": 5, "end": 9, "confidence": 1.0}]
    assert page.as_colours(text, found).count("\x1b") == 3  # ours: ground, bold, and the end
    assert "\u241b[31m" in page.as_colours(text, found)
    for line in (page.as_colours(text, found), page.as_html(text, found)):
        assert not {"\x00", "\n", "\x7f"} & set(line)
    assert json.loads(page.as_json(text, found))["text"] == text
