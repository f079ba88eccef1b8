import numpy as np
import pytest
import scipy.stats
import tensorflow as tf
from apps.dates.writing import Example

from apps.dates import report


class Echo:
    """Stands for a SavedModel: answers with what it was asked."""

    def __init__(self):
        self.longest = []
        self.signatures = {"serving_default": self.serve}

    def serve(self, text, order):
        self.longest.append(int(tf.reduce_max(tf.strings.length(text))))
        confidence = tf.cast(tf.strings.length(text), "float32")
        return {"date": text, "confidence": confidence, "ambiguous": order == "MDY"}


def test_answers_come_in_the_order_of_the_texts_though_asked_by_length():
    random = np.random.default_rng(0)
    texts = ["x" * length for length in random.integers(0, 50, 95)]
    orders = list(random.choice(["DMY", "MDY"], 95))
    echo = Echo()
    found = report.answer(echo, texts, orders, at_once=10)
    assert [date.decode() for date in found["date"]] == texts
    assert found["ambiguous"].tolist() == [order == "MDY" for order in orders]
    assert echo.longest == sorted(echo.longest) and len(echo.longest) == 10


@pytest.mark.parametrize("ties", [False, True])
def test_auc_is_that_of_the_rank_sum(ties):
    random = np.random.default_rng(1)
    positive, negative = random.normal(0.5, 1, 80), random.normal(0, 1, 50)
    if ties:
        positive, negative = positive.round(), negative.round()
    expected = scipy.stats.mannwhitneyu(positive, negative).statistic / 80 / 50
    np.testing.assert_allclose(report._auc(positive, negative), expected, atol=1e-12)


def test_the_place_of_the_year_is_given_only_where_it_is_sure():
    def place(text):
        return report._year_place(Example(text, "DMY", "20090625", "en"))

    assert place("June 25, 2009") == 9
    assert place("2009-06-25 2009") is None
    assert place("25.6.09") is None
    assert place("25  June 2009") is None
    assert place("25 \u0438\u044e\u043d\u044f 2009") is None
