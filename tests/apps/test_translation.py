import functools
import gzip
import types
import unicodedata

import keras
import numpy as np
import pytest
import tensorflow as tf

from apps.translation import (
    composition,
    data,
    endpoints,
    fault,
    model,
    prediction,
    report,
    texts,
)
from apps.translation.app import Assets, PredictConfig, TrainConfig
from apps.translation.synthetic import pairs as synthetic
from keras_dl import decoding, pipelines, training
from keras_dl.application import UserError

TEXTS = [
    "Anna sieht ein Haus.",
    " \u3000",
    "Ja",
    "Jeden Tag malt Emil \u00c4pfel.",
    "\x00\t\U0001f600",
]
LEAST_SCORE = -7.5  # noise is not sure, but of some texts more than of others
SIZES = {"embedding_units": 6, "encoder_units": 5, "decoder_units": 7, "attention_units": 4}


@pytest.fixture(scope="module")
def assets():
    sides = zip(*synthetic.pairs(200, "train", 0), strict=True)
    merges = [list(map(list, pipelines.learn_subwords(side, 280))) for side in sides]
    return Assets(*merges, LEAST_SCORE)


@pytest.fixture(scope="module")
def network(assets):
    """Returns a network of noise."""
    keras.utils.set_random_seed(0)
    run = training.TrainingData(None, 10, None, assets)
    network = model.build(TrainConfig(**SIZES), run)
    for weight in network.weights:
        weight.assign(keras.random.normal(weight.shape, stddev=0.7))
    return network


@pytest.fixture(scope="module")
def served(network, assets):
    """Returns the signatures of the network."""
    signatures = {
        name: _signature(endpoint)
        for name, endpoint in endpoints.endpoints(network, assets).items()
    }
    return types.SimpleNamespace(signatures=signatures)


def _signature(endpoint):
    """Returns the function of an endpoint as a SavedModel has it: by name, and compiled."""
    names = [spec.name for spec in endpoint.signature]

    @functools.partial(tf.function, input_signature=endpoint.signature)
    def compiled(*tensors):
        return endpoint.function(**dict(zip(names, tensors, strict=True)))

    def call(**inputs):
        return compiled(*(inputs[name] for name in names))

    return call


def _alternatives(served, some, width=3, length_penalty=0.7):
    return prediction.ask(served, some, width=width, length_penalty=length_penalty)


def test_no_synthetic_sentence_is_in_two_splits_and_the_sides_agree():
    splits = [synthetic.pairs(400, split, 0) for split in ("train", "dev", "test")]
    sides = [{side for pair in some for side in pair} for some in splits]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    assert synthetic.pairs(9, "dev", 0) == splits[1][:9] != synthetic.pairs(9, "dev", 1)
    for german, english in splits[0]:
        assert german.endswith("?") == english.endswith("?")
        assert ("dass" in german) == (" that " in english)
        for name in synthetic._NAMES:
            assert (name in german) == (name in english)


def test_each_row_has_its_own_translation_whatever_its_neighbors_are(served):
    together = _alternatives(served, TEXTS)
    for row, text in enumerate(TEXTS):
        alone = _alternatives(served, [text])
        assert alone["translations"][0].tolist() == together["translations"][row].tolist()
        np.testing.assert_allclose(alone["scores"][0], together["scores"][row], rtol=1e-4)
    assert together["translations"][1].tolist() == [b"", b"", b""]
    assert together["scores"][1].tolist() == [0, -np.inf, -np.inf]
    assert all(together["translations"][[0, 2, 3, 4], 0] != b"")
    found = served.signatures["serving_default"](text=tf.constant(TEXTS))
    sure = [False, True, True, False, True]
    assert (found["score"].numpy() >= LEAST_SCORE).tolist() == sure
    expected = [
        best if ok else b""
        for best, ok in zip(
            _alternatives(served, TEXTS, 5)["translations"][:, 0], sure, strict=True
        )
    ]
    assert found["translation"].numpy().tolist() == expected


def test_19_of_20_sentences_reach_the_least_score(served, network, assets):
    some = texts.some_sources(TrainConfig(), "dev", 60)
    assert len(set(some)) == 60
    least = endpoints.least_score(network, assets, some)
    assert (_alternatives(served, some, 5)["scores"][:, 0] < least).sum() == 3


def test_scores_are_those_of_the_tokens_by_the_step_function(served):
    lengths = []
    for width, length_penalty in ((1, 0.0), (3, 1.0)):
        found = _alternatives(served, TEXTS, width, length_penalty)
        outputs = served.signatures["start"](text=tf.constant(TEXTS))
        state = {name: outputs[name] for name in ("state", "values", "keys", "mask")}

        def step(tokens, state):
            found = served.signatures["step"](tokens=tokens, **state)
            return found["log_probs"], {**state, "state": found["state"]}

        tokens = found["tokens"][:, 0]
        scores = decoding.score(step, state, tokens, start=data.END, end=data.END)
        count = (tokens != data.END).sum(1) + 1
        expected = scores / count.astype("float32") ** length_penalty
        rows = [0, 2, 3, 4]  # the empty text is not translated by the network
        np.testing.assert_allclose(found["scores"][rows, 0], expected.numpy()[rows], rtol=1e-4)
        sure = scores.numpy() / count**0.7 >= LEAST_SCORE
        assert found["sure"][rows, 0].tolist() == sure[rows].tolist()
        assert found["sure"][1, 0]
        assert 0 < sure[rows].sum() < 4
        assert (count <= outputs["longest"].numpy()).all()
        lengths.append(found["scores"].shape[1])
    assert lengths == [1, 3]


def test_a_text_that_is_too_long_is_an_error_and_its_neighbors_are_not(served):
    given = ["Ja", "x" * 10_000, ""]
    records = list(prediction.records(served, given, PredictConfig(alternatives=True)))
    assert "at most 100 sub-words. Received more, in 10,000 characters" in records[1]["error"]
    assert records[0]["translation"] == records[0]["alternatives"][0][0]
    different, scores = zip(*records[0]["alternatives"], strict=True)
    assert len(set(different)) == len(different)
    assert list(scores) == sorted(scores, reverse=True)
    assert records[2] == {"translation": "", "score": 0.0, "alternatives": [("", 0.0)]}


def test_spaces_and_invisible_characters_change_no_translation(served):
    given = [
        "Anna sieht ein H\u00e4us.",
        "\ufeff Anna\tsieht\r\n ein\u00a0Ha\u0308\u00adus.\u200b\r",
    ]
    one, other = _alternatives(served, given)["tokens"]
    np.testing.assert_array_equal(one, other)
    encoded = served.signatures["encode"](translation=tf.constant(given))["tokens"]
    np.testing.assert_array_equal(*encoded)


def test_letters_and_their_accents_are_composed():
    letters = [chr(point) for point in range(0xC0, 0x2000)]  # without Hangul
    given = [" ".join(unicodedata.normalize("NFD", each) for each in letters), "", "\u0308"]
    given += ["a", "\u0308", "\u1e73a\u0308\u0304\u0308x", "\U0001f469\u200d"]
    found = [each.decode() for each in composition.composed(given).numpy()]
    assert found == [unicodedata.normalize("NFC", each) for each in given]
    assert composition.composed(tf.constant([], "string")).shape == (0,)


def test_a_text_without_a_translation_has_no_plot(served):
    assert prediction.attention_plot(served, TEXTS[1]) is None
    assert prediction.attention_plot(served, "x" * 10_000) is None
    assert prediction.attention_plot(served, TEXTS[0]) is not None


def test_long_pairs_are_left_out_and_counted(tmp_path):
    rows = ["Ja.\tYes.", "Nein.\tNo.", "1" * 101 + "\tx"]
    (tmp_path / "train.tsv").write_text("\n".join(rows), "utf-8")
    (tmp_path / "dev.tsv").write_text(rows[0], "utf-8")
    config = TrainConfig(data=str(tmp_path), columns=("de", "en"), vocabulary=300, batch_size=2)
    (note,) = data.training_data(config).notes
    assert note == "2 of 3 pairs in train have at most 100 tokens on both sides"


def test_targets_are_one_token_ahead_and_padding_does_not_count(assets):
    pairs = texts.Pairs(["Anna", "Otto \t malt. "], ["Anna", "Otto paints\u00a0it."])
    rows, make_batch = data._rows(pairs, assets)
    inputs, wanted, counted = make_batch(tf.constant([0, 1]))
    source, target = texts.vocabularies(assets)
    assert source.decode(inputs["source"]).numpy().tolist() == [b"Anna", b"Otto malt."]
    assert target.decode(wanted).numpy().tolist() == [b"Anna", b"Otto paints it."]
    np.testing.assert_array_equal(inputs["previous"][:, 1:], wanted[:, :-1])
    assert (inputs["previous"][:, 0] == data.END).numpy().all()
    ends = [len(row) + 1 for row in target.encode(["Anna", "Otto paints it."]).to_list()]
    assert counted.numpy().sum(1).tolist() == ends
    assert rows.row_lengths().numpy()[0] == len(source.encode(["Anna"])[0]) + ends[0] - 1


def _write(path, lines):
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def test_files_are_found_by_split_and_language(tmp_path):
    for name, german in (("train", "Ja."), ("val", "Nein."), ("test_2016", "Gut.")):
        _write(tmp_path / f"{name}.de.gz", [german])
        _write(tmp_path / f"{name}.fr.gz", [german + "fr"])
    config = TrainConfig(data=str(tmp_path), source="fr", target="de")
    assert texts.read(config, "dev") == (["Nein.fr"], ["Nein."])
    assert texts.read(config, "test") == (["Gut.fr"], ["Gut."])
    _write(tmp_path / "test_2017.de.gz", ["Gut."])
    with pytest.raises(UserError, match=r"one file of test .*test_2016.de.gz, test_2017.de.gz"):
        texts.read(config, "test")
    with pytest.raises(UserError, match=r"--source and --target must differ\. Received de for"):
        texts.read(TrainConfig(data=str(tmp_path), source="de", target="de"), "dev")
    with pytest.raises(UserError, match=r"--data: .* must have one TSV file of dev"):
        texts.read(TrainConfig(data=str(tmp_path), source="en", target="it"), "dev")


def test_columns_of_a_table_are_languages(tmp_path):
    rows = [f"{word}.\t{word} auf Deutsch." for word in "one two six ten red blue".split()]
    _write(tmp_path / "dev.tsv.gz", rows[:1])
    config = TrainConfig(data=str(tmp_path))
    assert texts.read(config, "dev") == (["one auf Deutsch."], ["one."])
    with pytest.raises(
        UserError, match="--target must be one of the languages of the data, en, de"
    ):
        texts.read(TrainConfig(data=str(tmp_path), target="fr"), "dev")
    (tmp_path / "all.tsv").write_text("\n".join(rows), "utf-8")
    found = texts.read(TrainConfig(data=str(tmp_path / "all.tsv")), "train")
    kept = pipelines.split_parallel_texts([tuple(row.split("\t")) for row in rows])[0]
    assert found.target == [rows[index].split("\t")[0] for index in kept]


def test_all_translations_of_a_text_are_its_references():
    pairs = texts.Pairs(["a", "b", "a"], ["1", "2", "3"])
    assert report._grouped(pairs) == (["a", "b"], [["1", "3"], ["2"]])


def test_exact_search_finds_nothing_worse_than_the_beam(served, monkeypatch):
    given = ["Anna", "Ja", "Ben"], ["She", "No", "x" * 50]
    case = fault._Case(served, *given)
    assert case.texts == ["Anna", "Ja"]  # nothing that long may be written
    exact = case.exact_search(0.7)
    assert (exact[1] >= _alternatives(served, case.texts, 5)["scores"][:, 0] - 1e-5).all()
    blame = case.blame(1, 0.7, exact)
    assert sum(sum(each.values()) for each in blame.table.values()) == 2
    monkeypatch.setattr(fault, "_PENALTIES", ())
    assert [each.value for each in fault.blame(served, *given)[0]] == [2, 1]
    perfect = tf.strings.unicode_decode("She", "UTF-8").numpy() + 2  # IDs of bytes
    assert case.quality(perfect, 0) == 100 and case.quality(perfect, 1) == 0


def test_greedy_search_of_the_report_takes_the_most_probable_token_each_time(served):
    some, written = [TEXTS[row] for row in (0, 2, 3)], []
    for text in some:
        case = fault._Case(served, [text], ["x"])
        tokens, _ = decoding.greedy_search(
            case._step,
            case._state,
            batch_size=1,
            start=data.END,
            end=data.END,
            max_length=case._longest[0],
            allowed=case._allowed,
        )
        decoded = served.signatures["decode"](tokens=tokens)["translation"]
        written.append([decoded.numpy()[0].decode()])
    table = report._search_table(served, some, written)
    found = report._table_metrics(table, 3)
    (greedy,) = (each for each in found if "greedy search" in each.label)
    assert greedy.key == "bleu_by_search.width_1.penalty_0_percent"
    assert greedy.value == pytest.approx(100) and table[2, 0.0] < 99
