"""Predictions with a model that reads ISO dates, so that spans and windows are known."""

import re
import types

import numpy as np
import pytest
import tensorflow as tf

from apps.dates import prediction
from apps.dates.app import PredictConfig

ISO = re.compile(r"\d{4}-\d\d-\d\d")


def _read(text, order):
    """Reads a text if it has one date and no plus sign; looks at the digits of the date."""
    texts = [each.decode() for each in np.asarray(text)]
    found = [[] if "+" in each else ISO.findall(each) for each in texts]
    longest = max(map(len, texts), default=0)
    weights = np.zeros((len(texts), 8, longest))
    for row, each in enumerate(texts):
        if len(found[row]) == 1:
            start = each.index(found[row][0])
            for digit, offset in enumerate((0, 1, 2, 3, 5, 6, 8, 9)):
                weights[row, digit, start + offset] = 1
    return {
        "date": np.array([each[0].encode() if len(each) == 1 else b"" for each in found], object),
        "confidence": np.array([0.9 * (len(each) == 1) for each in found]),
        "ambiguous": np.zeros(len(texts), bool),
        "offsets": np.tile(np.arange(longest), (len(texts), 1)),
        "weights": weights,
    }


_read.structured_outputs = {  # of no texts
    name: tf.TensorSpec(shape, dtype)
    for name, shape, dtype in (
        ("date", [None], "string"),
        ("confidence", [None], "float32"),
        ("ambiguous", [None], "bool"),
        ("offsets", [None, None], "int32"),
        ("weights", [None, 8, None], "float32"),
    )
}
SERVED = types.SimpleNamespace(signatures=dict.fromkeys(("serving_default", "attention"), _read))


def _records(texts, **config):
    rows = [{"text": text, "order": "DMY"} for text in texts]
    return list(prediction.records(SERVED, rows, PredictConfig(**config)))


def test_a_span_is_of_whole_words_and_of_a_date_only():
    found = _records(["due on 2019-04-15!", "no date"])
    assert [each["date"] for each in found] == ["2019-04-15", ""]
    assert [_spans(each) for each in found] == [[(7, 17)], []]
    assert found[0]["dates"][0]["text"] == found[0]["dates"][0]["type"] == "2019-04-15"


def _spans(record):
    return [(each["start"], each["end"]) for each in record["dates"]]


def test_a_threshold_leaves_out_what_is_less_sure():
    assert [_records(["2019-04-15"], threshold=t)[0]["date"] for t in (0.9, 0.91)] == [
        "2019-04-15",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "dates", "spans"),
    [
        ("", "", []),
        ("nothing here", "", []),
        (
            "from 2019-04-15 to 2019-05-01, both included",
            "2019-04-15, 2019-05-01",
            [(5, 15), (19, 29)],
        ),
        (" ".join(["word"] * 30 + ["2019-04-15"]), "2019-04-15", [(150, 160)]),
        ("2019-04-15 + 3 days", "", []),
        ("see 2019-04-15 + 3 days, or 2019-05-01", "2019-05-01", [(28, 38)]),
        ("x" * 120 + " 2019-04-15 " + "y" * 120, "2019-04-15", [(121, 131)]),
    ],
)
def test_all_dates_of_a_text(text, dates, spans):
    """The stand-in reads no date in a text with a plus sign: it is a shift to another day."""
    other, found = _records(["2019-01-01", text], all=True)
    assert (other["date"], _spans(other)) == ("2019-01-01", [(0, 10)])
    assert (found["date"], _spans(found)) == (dates, spans)
    assert found["confidence"] == (pytest.approx(0.9) if dates else 0)
