import collections
import gzip
import json
import pathlib
import random
import types

import numpy as np
import pytest
import tensorflow as tf
from offered_set import offer
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

from apps.ner import data, model, report
from apps.ner.app import NER, MeasureConfig, TrainConfig
from apps.ner.synthetic.sentences import sentences
from keras_dl import pipelines
from keras_dl.application import UserError
from keras_dl.application.commands import load

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def _random_tags(seed, rows=300):
    draw = random.Random(seed)
    return [draw.choices(TAGS, k=draw.randint(1, 9)) for _ in range(rows)]


def test_scores_are_those_of_seqeval():
    for seed in range(5):
        gold, other = _random_tags(seed), random.Random(seed + 9)
        # Half of the tags right, as an untrained network would not have it.
        found = [
            [tag if other.random() < 0.5 else other.choice(TAGS) for tag in tags] for tags in gold
        ]
        scores = report.scores(gold, found)
        strict = {"mode": "strict", "scheme": IOB2}
        assert scores["precision"] == pytest.approx(precision_score(gold, found, **strict))
        assert scores["recall"] == pytest.approx(recall_score(gold, found, **strict))
        assert scores["F1"] == pytest.approx(f1_score(gold, found, **strict))
        by_type = f1_score(gold, found, **strict, average=None)  # in the order of the alphabet
        assert [report.scores(gold, found, each)["F1"] for each in ("LOC", "PER")] == [
            pytest.approx(f1) for f1 in by_type
        ]


def test_generated_names_of_the_test_are_partly_new_and_tags_fit_the_scheme():
    train, dev = sentences(2000, "train", 0), sentences(500, "dev", 0)
    assert sentences(50, "train", 0) == train[:50] != sentences(50, "train", 1)
    for sentence in train + dev:
        assert len(sentence.tokens) == len(sentence.tags)
        assert "IOB1" not in pipelines.scheme_evidence(sentence.tags)
        assert not any("{" in token for token in sentence.tokens)
    known = {token.lower() for s in train for token, tag in zip(*s, strict=True) if tag != "O"}
    inside = [t.lower() for s in dev for t, tag in zip(*s, strict=True) if tag[2:] == "PER"]
    assert 0.2 < np.mean([token not in known for token in inside]) < 0.7


def _write(path, some):
    lines = ["\n".join(" ".join(pair) for pair in zip(*s, strict=True)) for s in some]
    path.write_text("\n\n".join(lines) + "\n", "utf-8")


@pytest.mark.parametrize("name", ["all.conll", "train.txt", "dev.conll"])
def test_one_file_gives_its_last_fifth_to_dev(tmp_path, name):
    some = sentences(50, "train", 0)
    config = TrainConfig(data=str(tmp_path))
    for count, kept in ((50, 40), (3, 2)):
        _write(tmp_path / name, some[:count])
        assert data.read(config, "train") == some[:kept]
        assert data.read(config, "dev") == some[kept:count]
    with pytest.raises(UserError, match=rf"test or testb.*{name}"):
        data.read(config, "test")
    _write(tmp_path / name, some[:1])
    with pytest.raises(UserError, match="Received 1"):
        data.read(config, "train")


def test_without_dev_the_last_fifth_of_train_is_held_out(tmp_path):
    some = sentences(50, "train", 0)
    _write(tmp_path / "train.txt", some)
    _write(tmp_path / "test.txt", some[:1])
    for source in (tmp_path, tmp_path / "train.txt"):
        config = TrainConfig(data=str(source))
        assert data.read(config, "train") == some[:40]
        assert data.read(config, "dev") == some[40:]
    assert data.read(TrainConfig(data=str(tmp_path)), "test") == some[:1]
    with pytest.raises(UserError, match=r"named test or testb\. Received a single file"):
        data.read(config, "test")


def test_few_sentences_get_more_epochs_unless_the_number_is_given(tmp_path):
    _write(tmp_path / "all.txt", sentences(50, "train", 0))
    found = data.training_data(TrainConfig(data=str(tmp_path), batch_size=10))
    assert (found.steps_per_epoch, found.epochs) == (4, 150)
    assert data.training_data(TrainConfig(data=str(tmp_path), epochs=3)).epochs == 3


def test_some_sentences_are_repeated_in_another_case():
    some = sentences(400, "train", 0)
    copies = data._recased(some, TrainConfig(recased=0.5))
    assert copies == data._recased(some, TrainConfig(recased=0.5)) and len(copies) == 200
    cased = {" ".join(each.tokens).casefold(): each for each in some}
    same = [cased[" ".join(each.tokens).casefold()] for each in copies]
    assert [each.tags for each in copies] == [each.tags for each in same]
    texts = [" ".join(each.tokens) for each in copies]
    assert np.mean([text == text.lower() for text in texts]) == pytest.approx(0.5, abs=0.15)
    assert any(text.isupper() for text in texts)


def test_files_are_found_by_their_names_and_types_are_mapped(tmp_path):
    for name, kind in (("train.txt", "person"), ("testa.txt", "product")):
        (tmp_path / name).write_text(f"Ada\tB-{kind}\nLovelace\tI-{kind}\n", "utf-8")
    (tmp_path / "README.md").write_text("License", "utf-8")
    own, four = (TrainConfig(data=f"{tmp_path},{tmp_path}", types=t) for t in ("as-is", "four"))
    assert [each.tags for each in data.read(own, "dev")] == [("B-product", "I-product")] * 2
    assert data.read(four, "train")[0].tags == ("B-PER", "I-PER")
    assert data.read(four, "dev")[0].tags == ("B-MISC", "I-MISC")
    (tmp_path / "train.txt").write_text("x\tB-beer\n", "utf-8")
    with pytest.raises(UserError, match=r"\['beer'\]"):
        data.read(four, "train")


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
    found = data.read(TrainConfig(data="tfds:sentences"), "dev")
    assert found == [(("Ada", "ran"), ("B-PER", "O")), (("x",), ("O",))]
    with pytest.raises(UserError, match=r"one of train, dev, the splits of .*. Received test"):
        data.read(TrainConfig(data="tfds:sentences"), "test")


def test_vectors_are_read_and_words_start_from_them(tmp_path):
    lines = ["the 1 2 3", "Paris 4 5 6", "PARIS 7 8 9", "\u00e9t\u00e9 -1 .5 1e-1"]
    (tmp_path / "glove.txt").write_text("\n".join(lines), "utf-8")
    (tmp_path / "word2vec.txt").write_text("\n".join(["4 3", *lines]) + "\n", "utf-8")
    with gzip.open(tmp_path / "small.txt.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    for name in ("glove.txt", "word2vec.txt", "small.txt.gz"):
        vectors = data._vectors(TrainConfig(vectors=str(tmp_path / name)))
        assert list(vectors) == ["the", "paris", "\u00e9t\u00e9"]
        factor = vectors["the"][0]
        expected = np.array([[1, 2, 3], [4, 5, 6], [-1, 0.5, 0.1]]) * factor
        np.testing.assert_allclose(list(vectors.values()), expected, rtol=1e-6)
    config = TrainConfig(
        vectors=str(tmp_path / "glove.txt"),
        num_examples=64,
        batch_size=16,
        units=4,
    )
    found = data.training_data(config)
    vocabulary, rare_min_id = found.assets.vocabulary, found.initial.rare_min_id
    built = model.build(config, found)
    (table,) = built.get_layer("embedding").get_weights()
    assert table.shape == (len(vocabulary) + 2, 3)
    scale = 2 * np.std([[1, 2, 3], [4, 5, 6], [-1, 0.5, 0.1]])
    row = table[vocabulary.index("paris") + 2]
    np.testing.assert_allclose(row, np.array([4, 5, 6]) / scale, rtol=1e-5)
    assert vocabulary.index("paris") + 2 < rare_min_id < len(vocabulary) + 2
    counts = collections.Counter(
        token.lower() for s in data.read(config, "train", 64) for token in s.tokens
    )
    assert all(counts[word] == 1 for word in vocabulary[rare_min_id - 2 :])
    assert built.get_layer("rare_words").min_id == rare_min_id


def test_vectors_of_several_files_and_lists_are_joined(tmp_path):
    paths = [str(tmp_path / name) for name in ("a.txt", "b.txt", "names.txt")]
    contents = ("x 1 2\ny 3 5\n", "y -1\nz 1\n", "Zoe\n\nY\n")
    for path, content in zip(paths, contents, strict=True):
        pathlib.Path(path).write_text(content)
    config = TrainConfig(vectors=",".join(paths[:2]), lists=paths[2])
    found, scale = data._vectors(config), 2 * np.std([1, 2, 3, 5])
    expected = {
        "x": [1 / scale, 2 / scale, 0, 0],
        "y": [3 / scale, 5 / scale, -0.5, 1],
        "z": [0, 0, 0.5, 0],
        "zoe": [0, 0, 0, 1],
    }
    assert set(found) == set(expected)
    for word, vector in expected.items():
        np.testing.assert_allclose(found[word], vector, rtol=1e-6)
    words, rare_min_id = data._vocabulary([["Q", "q", "x", "r"]], found, fixed=False)
    assert words[0] == "q" and words[-1] == "r" and rare_min_id == len(words) + 1
    assert data._vocabulary([["Q", "q", "x"]], found, fixed=True) == (["x", "y", "z", "zoe"], 6)
    fixed = TrainConfig(vectors=paths[0], fixed_vectors=True, num_examples=64, units=4)
    embedding = model.build(fixed, data.training_data(fixed)).get_layer("embedding")
    assert embedding.get_weights()[0].shape == (4, 2) and not embedding.trainable_weights
    with pytest.raises(UserError, match="requires --vectors"):
        data.training_data(TrainConfig(fixed_vectors=True, num_examples=64))


def test_features_see_the_bytes_of_a_word():
    words = pipelines.WordVocabulary(["ada"])
    wide = data.features(words, tf.constant([["\uff21da"]]))
    escaped, plain = (data.features(words, tf.constant([[each]])) for each in ("A&amp;B", "A&B"))
    assert (escaped["characters"] == plain["characters"]).numpy().all()
    found = data.features(words, tf.constant([["Ada", "é" * 30], ["x", ""]]))
    assert (wide["characters"][0, 0] == found["characters"][0, 0]).numpy().all()
    assert found["words"].numpy().tolist() == [[2, 1], [1, 0]]
    characters = found["characters"].numpy()
    assert characters.shape == (2, 2, data.WIDTH)
    assert bytes(characters[0, 0, :4].tolist()) == b"Ada\0"
    assert bytes(characters[0, 1].tolist()) == ("é" * 30).encode()[: data.WIDTH]
    assert not characters[1, 1].any()


@pytest.fixture(scope="module")
def shipped():
    return load(NER())


def test_the_shipped_model_takes_tokens_and_none(shipped):
    endpoint = shipped.signatures["tokens"]
    found = endpoint(tokens=tf.constant([["Ada", "ran"], ["Rome", ""]]))
    assert found["tags"].shape == (2, 2) and found["tags"][1, 1] == b""
    assert (endpoint(tokens=tf.zeros((3, 0), "string"))["tags"].numpy() == b"").all()


@pytest.mark.parametrize(
    "text", ["", "Ada", "x" * 100_000, "Ada went to Rome. " * 1_111, "\ufffd zzqx 12", "\n\t"]
)
def test_the_shipped_model_takes_any_text(shipped, text):
    found = shipped.signatures["serving_default"](text=tf.constant([text, "Ada ran."]))
    tokens, tags = found["tokens"].numpy(), found["tags"].numpy()
    confidence = found["confidence"].numpy()
    assert tokens.shape == tags.shape == confidence.shape and tokens.shape[0] == 2
    assert b"".join(tokens[0]).decode() == "".join(text.split())
    assert ((tags == b"") == (tokens == b"")).all()
    assert (confidence[tokens != b""] > 0).all() and (confidence <= 1).all()
    assert (confidence[tokens == b""] == 0).all()


def test_records_hold_the_entities_of_each_text(shipped):
    texts = [
        "Ada  Lovelace was born in London.",
        "",
        "no",
        "\x1b[31mAda saw\nParis\x7f" + " x" * 99,
    ]
    records = list(NER().predict(shipped, texts))
    assert [record["text"] for record in records] == texts
    for text, record in zip(texts, records, strict=True):
        for each in record["entities"]:
            assert text[each["start"] : each["end"]] == each["text"]
    ada, london = records[0]["entities"]
    assert (ada["text"], ada["type"], ada["start"]) == ("Ada  Lovelace", "PER", 0)
    assert (london["text"], london["type"]) == ("London", "LOC")
    tokens = pipelines.tokenize([texts[0]]).to_list()
    found = shipped.signatures["tokens"](tokens=tf.constant(tokens))
    assert ada["confidence"] == pytest.approx(found["confidence"][0, :2].numpy().min(), abs=1e-4)


def test_the_shipped_model_finds_names_in_text_as_people_write_it(shipped):
    cases = json.loads(pathlib.Path(__file__).with_name("ner_cases.json").read_text("utf-8"))
    records = NER().predict(shipped, [case["text"] for case in cases])
    found = [[each["text"] for each in record["entities"]] for record in records]
    wrong = [
        (names, case) for names, case in zip(found, cases, strict=True) if names != case["names"]
    ]
    assert len(cases) == 43 and len(wrong) <= 3, wrong


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Ada B-PER\nran\n", "line 2"),
        ("Ada B-PER\nran X-PER\n", "X-PER"),
        ("Ada B-PER\nran I-LOC\n", "line 2"),
        ("", "must not be empty"),
        ("Ada O\n\nran O\n", "must contain entities"),
    ],
)
def test_bad_files_are_refused(tmp_path, content, message):
    (tmp_path / "train.conll").write_text(content, "utf-8")
    with pytest.raises(UserError, match=message):
        data.training_data(TrainConfig(data=str(tmp_path)))


@pytest.fixture(scope="module")
def untrained():
    """Endpoints of an untrained model without a CRF."""
    config = TrainConfig(
        num_examples=64, batch_size=16, units=8, embedding_units=8, tagger="softmax"
    )
    found = data.training_data(config)
    built = model.build(config, found)
    assert built.get_layer("embedding").trainable_weights
    endpoints = model.endpoints(built, found.assets)
    functions = {name: tf.function(e.function, e.signature) for name, e in endpoints.items()}
    return types.SimpleNamespace(signatures=functions)


@pytest.mark.parametrize("endpoint", ["serving_default", "tokens"])
def test_batches_are_bounded_by_their_padded_size(endpoint):
    sizes, long = [], 9_000 if endpoint == "tokens" else 90_000
    rows = [["x"] * n for n in [long] + [14] * 63] + [["y"] * 2_800]
    if endpoint == "serving_default":
        rows = ["".join(row) for row in rows]

    def called(**given):
        (value,) = given.values()
        texts = tf.strings.reduce_join(value, -1) if endpoint == "tokens" else value
        lengths = tf.strings.length(texts)
        sizes.append((len(lengths), int(len(lengths) * tf.reduce_max(lengths))))
        return {"rows": lengths}

    served = types.SimpleNamespace(signatures={endpoint: called})
    name = "text" if endpoint == "serving_default" else endpoint
    found = report._ask(served, endpoint, name, rows)["rows"]
    assert found.tolist() == [len(row) for row in rows]
    assert (1, long) in sizes and len(sizes) == 3
    assert all(count == 1 or size <= report._MAX_TOTAL[endpoint] for count, size in sizes)


def test_types_that_data_and_model_do_not_share_are_named(untrained, tmp_path):
    for kinds, notes in (
        ("DRUG", None),
        ("LOC,DRUG", ["Types that the model does not have: DRUG.", "the data do not have: MISC"]),
        ("LOC,MISC,ORG,PER", []),
    ):
        lines = "".join(f"x B-{kind}\n\n" for kind in kinds.split(","))
        (tmp_path / "dev.txt").write_text(f"a O\n\nb O\n\n{lines}" * 2)
        (tmp_path / "train.txt").write_text(f"a O\n\nb O\n\n{lines}" * 2)
        config = MeasureConfig(data=str(tmp_path))
        if notes is None:
            with pytest.raises(UserError, match=r"LOC, MISC, ORG, PER.*types DRUG.*--types four"):
                report.measure(untrained, config)
            continue
        found = report.measure(untrained, config).notes
        assert len(found) == len(notes)
        assert all(note in line for note, line in zip(notes, found, strict=True))


def test_metrics_are_those_of_the_tags_also_without_a_crf(untrained):
    served = untrained
    measured = report.measure(served, MeasureConfig())
    values, test = measured.values(), data.read(MeasureConfig(), "dev")
    assert values["sentences"] == 1000 == len(test)
    tags, confidence = report.tag(served, [each.tokens for each in test])
    gold = [list(each.tags) for each in test]
    assert values["entity_f1"] == pytest.approx(
        f1_score(gold, tags, mode="strict", scheme=IOB2, zero_division=0)
    )
    right = np.concatenate(gold) == np.concatenate(tags)
    assert values["tag_accuracy"] == pytest.approx(right.mean())
    assert values["confidence"] == pytest.approx(np.concatenate(confidence).mean())
    assert {f"entity_recall.type_{each}" for each in ("LOC", "MISC", "ORG", "PER")} < set(values)
    assert set(measured.plots) == {"confusion", "calibration", "f1_by_type"}
