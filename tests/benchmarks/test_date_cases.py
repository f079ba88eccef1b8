"""The shipped model on dates from real use that earlier models read wrongly."""

import collections

from apps.dates.app import Dates
from apps.dates.prediction import ask
from benchmarks import date_cases
from keras_dl.application import commands


def test_the_shipped_model_reads_what_people_write():
    rows = date_cases.read_all()
    outputs = ask(commands.load(Dates()), [row[0] for row in rows], [row[1] for row in rows])
    right, wrong, count = (collections.Counter() for _ in range(3))
    for (_, _, expected, kind), date in zip(rows, outputs["date"], strict=True):
        group = "cases" if kind.startswith("D") else kind
        count[group] += 1
        right[group] += (date.decode() or "none") in expected
        wrong[group] += bool(date) and date.decode() not in expected
    assert right["cases"] >= 0.9 * count["cases"] and wrong["cases"] <= 0.03 * count["cases"]
    assert right["real"] >= 0.97 * count["real"] and wrong["real"] == 0
    assert wrong["none"] <= 1
