import collections
import math
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from apps.language import data, report, texts
from apps.language.app import Assets, Language, MeasureConfig, PredictConfig, TrainConfig
from apps.language.carried_lstm import CarriedLSTM, lstm
from apps.language.endpoints import endpoints
from apps.language.kneser_ney import KneserNey
from apps.language.model import build, without_carried_states
from apps.language.synthetic import stories
from apps.language.tokens import Characters, Words
from keras_dl import models, training
from keras_dl.application import Trained, UserError
from keras_dl.application.command_line import main

LETTERS = sorted("\n abcd")


@pytest.fixture(scope="module")
def served():
    """The endpoints of a small network with large weights, as a SavedModel has them."""
    model = models.language_model(len(LETTERS) + 2, embedding_units=4, units=5)
    random = np.random.default_rng(1)
    model.set_weights([random.normal(size=each.shape) for each in model.get_weights()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apps.language.endpoints.MAX_LENGTH", 60)
        found = endpoints(model, Assets("characters", LETTERS))
        signatures = {name: _traced(each) for name, each in found.items()}
    return types.SimpleNamespace(signatures=signatures, model=model)


def _traced(endpoint):
    """Returns the function of an endpoint, traced once, which takes NumPy arrays and lists."""
    function = tf.function(endpoint.function, input_signature=endpoint.signature)
    function.get_concrete_function()
    dtypes = [each.dtype for each in endpoint.signature]

    def call(**inputs):
        given = [np.asarray(inputs[each.name], object).tolist() for each in endpoint.signature]
        return function(*map(tf.constant, given, dtypes))

    return call


def _laws(model, text):
    """Returns the probabilities after each prefix of a text, in float64, without padding."""
    ids = [LETTERS.index("\n") + 2]
    ids += [LETTERS.index(each) + 2 if each in LETTERS else 1 for each in text]
    logits = model(np.array([ids]))[0].numpy().astype("float64")[:, 1:]
    return np.exp(logits) / np.exp(logits).sum(1, keepdims=True), ids


def test_scores_are_bits_of_the_law_whatever_stands_beside(served):
    some = ["", "abba cab\r\n", "x\u4e16a", b"\xff\nd", "dab" * 9]
    read = ["", "abba cab\n", "x\u4e16a", "\ufffd\nd", "dab" * 9]
    found = served.signatures["score"](text=some)
    for row, text in enumerate(read):
        laws, ids = _laws(served.model, text)
        expected = [-math.log2(law[token - 1]) for law, token in zip(laws, ids[1:], strict=False)]
        np.testing.assert_allclose(found["bits"][row, : len(text)], expected, atol=1e-4)
        assert not found["bits"][row, len(text) :].numpy().any()
        assert b"".join(found["piece"][row].numpy().tolist()).decode() == text


def _drawn(served, prompts, **settings):
    usual = {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "length": 6, "seed": 3}
    found = served.signatures["serving_default"](prompt=prompts, **{**usual, **settings})
    texts = [text.decode() for text in found["text"].numpy()]
    return texts, found["log_probability"].numpy()


def test_a_continuation_has_the_probability_of_the_law(served):
    prompts = ["abba", "", "\u4e16 x d", "cab " * 5]
    found, log_probabilities = _drawn(served, prompts)
    for prompt, text, log_probability in zip(prompts, found, log_probabilities, strict=True):
        assert len(text) == 6 and set(text) <= set(LETTERS), "nothing unknown is written"
        alone = _drawn(served, [prompt])
        assert alone[0] == [text]
        before, after = (
            served.signatures["score"](text=[each])["bits"].numpy().sum()
            for each in (prompt, prompt + text)
        )
        assert log_probability == pytest.approx((before - after) * math.log(2), abs=1e-3)
    assert _drawn(served, prompts, seed=4)[0] != found


def test_temperature_0_takes_the_most_probable_and_the_best_are_drawn(served):
    expected = "ab"
    for _ in range(6):
        laws, _ = _laws(served.model, expected)
        expected += LETTERS[laws[-1][1:].argmax()]  # the first is unknown
    for settings in ({"temperature": 0.0}, {"top_k": 1}, {"top_p": 0.0}):
        assert _drawn(served, ["ab"], **settings)[0] == [expected[2:]]
    laws, _ = _laws(served.model, "ab")
    best = {LETTERS[each] for each in laws[-1][1:].argsort()[-3:]}
    first = {_drawn(served, ["ab"], length=1, top_k=3, seed=seed)[0][0] for seed in range(30)}
    assert first == best


def test_a_long_prompt_is_read_from_its_end(served):
    assert _drawn(served, ["b" * 99 + "abcd" * 15]) == _drawn(served, ["abcd" * 15])


def test_long_texts_are_scored_in_parts_with_context(served, monkeypatch):
    text = "abba cab dad\n" * 12 + "d" * 130 + "\u4e16"
    whole = served.signatures["score"](text=[text])["bits"][0].numpy()
    monkeypatch.setattr(report, "_PIECE", 40)
    monkeypatch.setattr(report, "_CONTEXT", 1000)
    bits, pieces = report.bits_of(served, text)
    assert "".join(pieces) == text
    np.testing.assert_allclose(bits, whole, atol=1e-4)
    monkeypatch.setattr(report, "_CONTEXT", 0)
    assert abs(report.bits_of(served, text)[0] - whole).max() > 0.1


def test_the_longest_copy_is_that_of_all_parts():
    random = np.random.default_rng(0)
    for size in (2, 5, 30):
        tokens, source = random.integers(0, size, 25), random.integers(0, size, 60)
        parts = {tuple(source[i:j]) for i in range(60) for j in range(i + 1, 61)}
        lengths = [
            j - i for i in range(25) for j in range(i + 1, 26) if tuple(tokens[i:j]) in parts
        ]
        assert report.longest_copy(tokens, source) == max(lengths, default=0)


def _kneser_ney(train, size, order):
    """The formulas of Chen and Goodman over dicts, as a function of context and token."""
    grams = [
        collections.Counter(tuple(train[i : i + n]) for i in range(len(train) - n + 1))
        for n in range(1, order + 1)
    ]
    following = []
    for n in range(order):
        before = (
            collections.Counter(gram[1:] for gram in grams[n + 1]) if n + 1 < order else grams[n]
        )
        following.append(collections.defaultdict(dict))
        for gram in grams[n]:
            following[n][gram[:-1]][gram[-1]] = before[gram]
    discounts = []
    for contexts in following:
        counts = [count for each in contexts.values() for count in each.values()]
        n = [0, *(counts.count(k) for k in (1, 2, 3, 4))]
        y = n[1] / (n[1] + 2 * n[2])
        discounts.append([0, *(max(k - (k + 1) * y * n[k + 1] / n[k], 0) for k in (1, 2, 3))])

    def probability(context, token, n):
        if n < 0:
            return 1 / (size - 1)
        shorter = probability(context, token, n - 1)
        follow = following[n].get(context[len(context) - n :], {}) if len(context) >= n else {}
        if not sum(follow.values()):
            return shorter
        cut = {each: discounts[n][min(count, 3)] for each, count in follow.items()}
        share = follow.get(token, 0) - cut.get(token, 0)
        return (share + sum(cut.values()) * shorter) / sum(follow.values())

    return lambda context, token: probability(tuple(context), token, order - 1)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_kneser_ney_follows_its_formulas_and_adds_up_to_one(order):
    random = np.random.default_rng(2)
    train = np.minimum(random.geometric(0.1, 500), 40)
    test = np.minimum(random.geometric(0.1, 60), 42)  # 41 and 42 are never seen
    model, expected = KneserNey(train, 43, order), _kneser_ney(train.tolist(), 43, order)
    for place, probability in enumerate(model.probabilities(test)):
        law = [expected(test[:place].tolist(), token) for token in range(1, 43)]
        assert probability == pytest.approx(law[test[place] - 1], rel=1e-9)
        assert sum(law) == pytest.approx(1)


def test_kneser_ney_takes_a_text_without_repetitions():
    found = KneserNey([1, 2, 3], 5, order=3).probabilities([1, 2, 4, 3])
    assert (found > 0).all() and (found < 1).all()


def test_a_story_shows_what_was_chosen(monkeypatch):
    for name in ("_PLACES", "_THINGS", "_ANIMALS", "_VERBS", "_ADJECTIVES"):
        monkeypatch.setattr(stories, name, getattr(stories, name)[:2])
    monkeypatch.setattr(stories, "_PEOPLE", {"Dora": "she", "Emil": "he"})
    grammar, choices, chosen, repeated = stories._Grammar(0), [], {}, 0

    def pick(options):
        choices.append((len(options), str(grammar.random.choice(options))))
        return next(each for each in options if str(each) == choices[-1][1])

    monkeypatch.setattr(grammar, "pick", pick)
    for _ in range(4000):
        choices.clear()
        story = grammar.story()
        repeated += story in chosen
        assert chosen.setdefault(story, [*choices]) == choices
    assert repeated > 100


def test_the_bits_of_stories_are_those_of_the_choices():
    _, bits = stories.stories(4000, 5)
    animals = 3 + 1 + 1 + math.log2(6) / 2
    middles = (2 * animals + math.log2(6), math.log2(6), animals + math.log2(6))
    story = 3 * 3 + math.log2(3) + 2 * (math.log2(3) + sum(middles) / 3) + math.log2(3)
    assert bits / 4000 == pytest.approx(story, rel=0.01)


def test_stories_depend_on_their_seed():
    assert stories.stories(20, 1) == stories.stories(20, 1) != stories.stories(20, 2)


def test_characters_come_back_as_they_were():
    text = "Stra\u00dfe \U0001f600 caf\u00e9\n\tA\u0301 \u4e16\u754c"
    tokens = Characters(list(dict.fromkeys(text)))
    ids = tokens.encode([text, "", "zzz", "a\r\nb\rc"])
    assert tokens.decode(ids.to_tensor()).numpy()[0].decode() == text
    assert ids.row_lengths().numpy().tolist() == [len(text), 0, 3, 5]
    assert ids[2].numpy().tolist() == [1, 1, 1]
    start = tokens.encode(["\n"])[0, 0].numpy()
    assert ids[3].numpy()[[1, 3]].tolist() == [start, start] and tokens.start == start
    assert Characters.build_vocabulary("abcbca\u4e16", 2) == ["a", "b"]


def test_words_are_joined_as_people_write_them():
    text = '"well," said mr. o\'hara (it\'s his way), "i don\'t mind!"'
    words = Words(Words.build_vocabulary(f"{text} {text}", 100))
    ids = words.encode([text, "Unheard of"])
    joined = words.decode(ids.to_tensor()).numpy()[0].decode()
    assert joined.replace('" ', '"').replace(' "', '"') == text.replace('" ', '"').replace(
        ' "', '"'
    )
    assert words.decode(ids.to_tensor()).numpy()[1] == b"" and words.start == 1


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_fast_lstm_is_that_of_keras(dtype):
    layer = keras.layers.LSTM(5, return_sequences=True, return_state=True)
    x, output, state, up = (
        keras.random.normal(each) for each in ((3, 7, 4), (3, 5), (3, 5), (3, 7, 5))
    )
    found = []
    layer(x)
    for run in (
        lambda: layer(x, initial_state=[output, state]),
        lambda: lstm(x, layer.cell, output, state, dtype),
    ):
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = run()
            loss = tf.reduce_sum(values[0] * up)
        weights = [weight.value for weight in layer.trainable_weights]
        found.append([*values, *tape.gradient(loss, [x, *weights])])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5 if dtype == "float32" else 5e-2)


def test_states_carry_over_in_training_only():
    layer = keras.layers.LSTM(5, return_sequences=True)
    x = keras.random.normal((3, 12, 4))
    whole = layer(x)
    carried = CarriedLSTM(layer.cell, 3)
    parts = [carried(x[:, start : start + 4], training=True) for start in (0, 4, 8)]
    np.testing.assert_allclose(tf.concat(parts, 1), whole, atol=1e-5)
    np.testing.assert_allclose(carried(x), whole, atol=1e-5)


def test_each_batch_continues_the_one_before_also_into_the_next_epoch():
    batches, steps = data.streams(tf.range(103), 4, 5)
    assert steps == 5
    found = [batch for epoch in range(3) for batch in batches(tf.constant(epoch, "int64"))]
    x, y = (np.concatenate(each, 1) for each in zip(*found, strict=True))
    for row in range(4):
        np.testing.assert_array_equal(x[row], (25 * row + np.arange(75)) % 103)
    np.testing.assert_array_equal(y, (x + 1) % 103)
    with pytest.raises(UserError, match=r"at most the tokens of train, 19. Received 4 and 5"):
        data.streams(tf.range(19), 4, 5)


def test_training_learns_what_only_a_carried_state_can_know():
    """Blocks of 8 equal letters, read 2 at a time: a state knows when the letter changes."""
    config = TrainConfig(
        batch_size=4, time_steps=2, units=16, embedding_units=4, dropout=0.0, epochs=25,
        learning_rate=0.02,
    )  # fmt: skip
    text = "".join(letter * 8 for letter in "abcd") * 4
    tokens = Characters(sorted(set(text)))
    batches, steps = data.streams(tokens.encode([text])[0], 4, 2)
    found = training.TrainingData(batches, steps, assets=Assets("characters", tokens.vocabulary))
    model = build(config, found)
    epochs = tf.data.Dataset.range(25).flat_map(batches)
    losses = model.fit(epochs, epochs=25, steps_per_epoch=steps, verbose=0, shuffle=False).history[
        "loss"
    ]
    without = 0.875 * -math.log(7 / 8) + 0.125 * math.log(8)
    assert losses[-1] < 0.7 * without


def test_a_plain_model_in_float32_takes_the_trained_weights():
    config = TrainConfig(units=5, embedding_units=4, layers=2, batch_size=2)
    found = training.TrainingData(None, 1, assets=Assets("characters", LETTERS))
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = build(config, found)
    keras.config.set_dtype_policy("float32")
    plain, _ = without_carried_states(Trained(model, found.assets), config)
    ids = np.array([[2, 3, 4, 5, 6, 1, 3], [1, 2, 6, 6, 2, 5, 3]])
    np.testing.assert_allclose(plain(ids), model(ids), atol=2e-3)
    assert {layer.dtype_policy.name for layer in plain.layers} == {"float32"}
    assert {type(layer) for layer in plain.layers} >= {keras.layers.LSTM}


def _write(directory, **files):
    directory.mkdir(exist_ok=True)
    for name, text in files.items():
        (directory / f"{name}.txt").write_bytes(text)
    return str(directory)


def test_texts_are_files_or_tenths(tmp_path):
    path = _write(tmp_path / "books", a=b"\xef\xbb\xbfone\r\n", b=b"two\rx", c=b"three")
    parts = texts.read(TrainConfig(data=path, dev="c", test="a"))
    assert parts[:3] == ("two\nx", "three", "one\n")
    parts = texts.read(TrainConfig(data=path))
    assert "".join(parts[:3]) == "one\ntwo\nxthree" and [*map(len, parts[:3])] == [11, 2, 1]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--data", "nowhere"], "--data: [Errno 2]"),
        (["--data", "{}", "--dev", "x", "--test", "a"], "--dev must be the name of a file in"),
        (["--data", "{}", "--dev", "a"], "--test must be the name of a file"),
        (["--data", "{}/b.txt"], "leaves train, dev or test empty"),
        (["--data", "{}/c.txt"], "--data must repeat some characters"),
        (["--data", "{}/../d.txt"], "d.txt, line 2: text must be UTF-8"),
        (["--data", "{}/a.txt", "--batch-size", "99"], "--batch-size times --time-steps"),
        (["--devices", "2"], "--devices must be 1"),
    ],
)
def test_bad_flags_are_told_in_one_line(tmp_path, capsys, flags, message):
    path = _write(tmp_path / "books", a=b"ab " * 99, b=b"", c=bytes(range(40, 80)))
    _write(tmp_path, d=b"a\n\xff")
    words = [each.format(path) for each in flags]
    assert (
        main([Language()], ["language", "train", "--run-dir", str(tmp_path / "run"), *words], "")
        == 2
    )
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_the_report_compares_on_the_same_text(served, tmp_path):
    path = _write(tmp_path / "books", a=b"abba cab dad\n" * 80)
    found = report.measure(served, MeasureConfig(data=path, sample_length=30))
    values = found.values()
    part = ("abba cab dad\n" * 80)[832:936]
    bits = served.signatures["score"](text=[part])["bits"].numpy().sum()
    assert values["bits_per_character.model"] == pytest.approx(bits / len(part), abs=1e-4)
    assert values["bits_per_character.kneser_ney"] < 0.1 < values["bits_per_character.unigram"]
    assert values["perplexity.model"] == pytest.approx(2 ** (bits / len(part)), rel=1e-4)
    assert values["longest_copy.text"] == 30 and values["characters"] == len(part)
    assert len(found.notes) == 6


def test_score_prints_the_bits_of_a_text(served, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(report.commands, "load", lambda *_, **__: served)
    monkeypatch.chdir(tmp_path)
    assert main([Language()], ["language", "score", "--text", "abba"], "") == 0
    bits = served.signatures["score"](text=["abba"])["bits"].numpy().sum()
    out = capsys.readouterr().out
    assert f"{bits / 4:.4f}" in out and "surprises.png" in out
    (tmp_path / "dos.txt").write_bytes(b"\xef\xbb\xbfab\r\n\xc3\xa9a\r\n")
    assert main([Language()], ["language", "score", "--input", "dos.txt"], "") == 0
    bits = served.signatures["score"](text=["ab\n\u00e9a\n"])["bits"].numpy().sum()
    values = [line.split()[-1] for line in capsys.readouterr().out.splitlines()]
    assert values[:2] == ["6", f"{1 / 6:.4f}"] and values[3] == f"{bits / 6:.4f}"
    (tmp_path / "empty.txt").write_text("")
    wrong = [["--input", each] for each in ("nowhere", "empty.txt")]
    for flags in ([], ["--text", "a", "--input", "b"], *wrong):
        assert main([Language()], ["language", "score", *flags], "") == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_prompts_have_records_of_their_own(served):
    prompts = ["abba", "", "\u4e16"]
    config = PredictConfig(length=4)
    records = list(Language().predict(served, prompts, config))
    assert [record["prompt"] for record in records] == prompts
    assert records[2] == next(Language().predict(served, [prompts[2]], config))
    assert all(len(record["continuation"]) == 4 for record in records)
