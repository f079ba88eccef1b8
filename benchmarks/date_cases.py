"""Measures a dates model on text from real use that earlier models read wrongly.

    python benchmarks/date_cases.py [--model SAVED_MODEL] [--show]

`benchmarks/date_cases.tsv` contains strings from public reports about date parsers. Each has all
results that count as right, with `none` for no date, and a kind from the list in this file.
`benchmarks/no_dates.txt` contains texts that name no single day. Their author had not seen the
generators. `dates_after.tsv` and `no_dates_after.txt` are by another such author, written after
the shipped model was trained. `benchmarks/real_dates.tsv` contains dates. The script prints, for
each kind, the fraction of right results and of wrong dates with a confidence above .5. For all
lists together, it prints how many dates with a confidence above .9 are right.
No model is trained on these texts.
"""

import argparse
import collections
import csv
import pathlib
import sys

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
KINDS = {
    "D1": "quotes and code",
    "D2": "years outside 1900-2099",
    "D3": "scanned badly",
    "D4": "times",
    "D5": "no day",
    "D6": "versions, references, sizes",
    "D7": "numbers and sentences around",
    "D8": "words that are no month",
    "D9": "separators",
    "D10": "file names",
    "D11": "day or month 0",
    "D12": "another day is meant",
    "D13": "spans",
    "D15": "day before month",
    "real": "real dates",
    "none": "no dates",
    "real_after": "dates, written after training",
    "none_after": "no dates, written after training",
}


def main():
    """Reads all lists with the model and prints the fractions."""
    from apps.dates.app import Dates
    from apps.dates.prediction import ask
    from keras_dl.application import commands

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="", help="SavedModel; the shipped one if empty")
    parser.add_argument("--show", action="store_true", help="print what is wrong")
    arguments = parser.parse_args()
    rows = read_all()
    served = commands.load(Dates(), model=arguments.model)
    outputs = ask(served, [row[0] for row in rows], [row[1] for row in rows])
    dates = [date.decode() or "none" for date in outputs["date"]]
    right, wrong, count = (collections.Counter() for _ in range(3))
    sure = []
    for (text, _, expected, kind), date, confidence in zip(
        rows, dates, outputs["confidence"], strict=True
    ):
        is_right = date in expected
        for name in (kind, "all cases" if kind.startswith("D") else "others"):
            count[name] += 1
            right[name] += is_right
            wrong[name] += not is_right and date != "none"
        if date != "none" and confidence > 0.9:
            sure.append(is_right)
        if arguments.show and not is_right:
            print(f"{kind}\t{text}\t{date} ({confidence:.2f})\t{' '.join(expected)}")
    for name in (*KINDS, "all cases"):
        if count[name]:
            print(
                f"{KINDS.get(name, name):30} {count[name]:4}  right "
                f"{right[name] / count[name]:6.1%}  wrong date {wrong[name] / count[name]:6.1%}"
            )
    print(f"of {len(sure)} dates with a confidence above .9 are right: {sum(sure) / len(sure):.2%}")


def read_all():
    """Returns all texts: tuples of text, order, the right results and kind."""
    directory = pathlib.Path(__file__).parent
    rows = []
    with open(directory / "date_cases.tsv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            rows.append((row["text"], row["order"], row["expected"].split(), row["kind"]))
    for name, kind in (("real_dates.tsv", "real"), ("dates_after.tsv", "real_after")):
        with open(directory / name, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                rows.append((row["text"], "DMY", [row["date"]], kind))
    for name, kind in (("no_dates.txt", "none"), ("no_dates_after.txt", "none_after")):
        for line in (directory / name).read_text("utf-8").splitlines():
            rows.append((line, "DMY", ["none"], kind))
    return rows


if __name__ == "__main__":
    main()
