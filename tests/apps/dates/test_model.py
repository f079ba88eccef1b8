import collections
import datetime

import keras
import numpy as np
import pytest
import tensorflow as tf

from apps.dates import model as dates_model
from apps.dates.app import Assets, TrainConfig
from apps.dates.data import DIGITS, END, TARGET_LENGTH, source_numbers, target_numbers
from keras_dl import pipelines, training

ASSETS = Assets(" ,-./0123456789abcdefghijklmnopqrstuvwxyz", 1.0)


@pytest.fixture(scope="module")
def endpoints():
    keras.utils.set_random_seed(3)
    config = TrainConfig(encoder_units=8, decoder_units=8, attention_units=4)
    model = dates_model.build(config, training.TrainingData(None, 10, None, ASSETS))
    for weight in model.weights:
        weight.assign(keras.random.normal(weight.shape, stddev=1.5))
    return {
        name: tf.function(function, input_signature=signature)
        for name, (function, signature, _) in dates_model.endpoints(model, ASSETS).items()
    }


def test_the_calendar_allows_the_dates_of_two_centuries_and_no_others():
    following = collections.defaultdict(set)
    day = datetime.date(1900, 1, 1)
    while day.year < 2100:
        digits = day.strftime("%Y%m%d")
        for length in range(8):
            following[digits[:length]].add(int(digits[length]))
        day += datetime.timedelta(days=1)
    for length in range(8):
        prefixes = sorted(prefix for prefix in following if len(prefix) == length)
        tokens = np.full((len(prefixes), TARGET_LENGTH), END)
        for row, prefix in enumerate(prefixes):
            tokens[row, :length] = [int(digit) for digit in prefix]
        allowed = np.array(dates_model.calendar_allows(tokens, length))
        assert allowed.shape == (len(prefixes), len(DIGITS) + 1)
        for row, prefix in enumerate(prefixes):
            assert set(np.flatnonzero(allowed[row])) == following[prefix], prefix
    closed = np.array(dates_model.calendar_allows(tokens, 8))
    assert closed[:, 10:].all() and not closed[:, :10].any()


def test_a_network_of_noise_still_writes_only_real_days(endpoints, monkeypatch):
    random = np.random.default_rng(0)
    texts = ["".join(random.choice(list(ASSETS.vocabulary), 12)) for _ in range(300)]
    answer = endpoints["serving_default"](tf.constant(texts), tf.constant(["DMY"] * 300))
    looked = endpoints["attention"](tf.constant(texts), tf.constant(["DMY"] * 300))
    days = {b"".join(row).decode() for row in looked["digits"].numpy()}
    assert len(days) > 3
    for day in days:
        datetime.datetime.strptime(day, "%Y%m%d")
    assert set(answer["date"].numpy()) <= {b""} | {
        datetime.datetime.strptime(day, "%Y%m%d").strftime("%Y-%m-%d").encode() for day in days
    }


def test_a_neighbour_in_the_batch_changes_nothing(endpoints):
    texts = ["3 mai 1979", "", "x" * 90, "2020-01-01"]
    together = endpoints["serving_default"](tf.constant(texts), tf.constant(["MDY"] * 4))
    for row, text in enumerate(texts):
        alone = endpoints["serving_default"](tf.constant([text]), tf.constant(["MDY"]))
        np.testing.assert_allclose(alone["confidence"][0], together["confidence"][row], rtol=1e-4)
        assert alone["date"][0] == together["date"][row]


def test_empty_long_and_broken_input_has_an_answer(endpoints):
    texts = [b"", b"\xff\xfe\x80", b"1" * 10_000, "\N{GRINNING FACE}".encode(), b"\0"]
    texts.append(b"\0" * 150 + b"3 mai 1979")  # control characters do not count
    answer = endpoints["serving_default"](tf.constant(texts), tf.constant(["DMY"] * 6))
    confidence = answer["confidence"].numpy()
    assert np.isfinite(confidence).all() and (confidence >= 0).all() and (confidence <= 1).all()
    assert confidence[2] == 0 and answer["date"][2] == b"" and confidence[5] > 0
    no_order = endpoints["serving_default"](tf.constant([""]), tf.constant([""]))
    assert no_order["date"].numpy().tolist() == [b""]


def test_an_unknown_order_is_refused(endpoints):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"order must be one of.*YDM"):
        endpoints["serving_default"](tf.constant(["1"]), tf.constant(["YDM"]))


def test_attention_is_over_the_characters_of_the_text(endpoints):
    looked = endpoints["attention"](tf.constant(["3 MAI", "1/2/1999"]), tf.constant(["DMY"] * 2))
    assert b"".join(looked["characters"][0].numpy()) == b"3 mai"
    assert looked["weights"].shape == (2, 8, 8)
    weights = looked["weights"].numpy()
    assert (weights[0, :, 5:] == 0).all() and (weights.sum(-1) < 1).all()


def test_numbers_of_source_and_target():
    characters = pipelines.CharacterVocabulary("0123456789 ")
    numbers = source_numbers(characters, tf.constant(["1 2", ""]), tf.constant(["MDY", "YMD"]))
    assert numbers.to_list() == [[14, 3, 12, 4], [15]]
    digits, counted = target_numbers(["20160302?", "20160302", ""])
    assert digits[0].tolist() == [2, 0, 1, 6, 0, 3, 0, 2, 10]
    assert digits[2].tolist() == [END] * 9
    assert counted.sum(1).tolist() == [9, 9, 1]
