"""Compares the dates model with dateparser on the same real strings.

    pip install --editable '.[benchmark]'
    python benchmarks/dates_against_dateparser.py [FILE.tsv ...]

Each file is tab-separated and has a header with the columns `text` and `date` (or `iso_date`). The
default is `benchmarks/real_dates.tsv`: strings from letters, invoices and web pages that neither
side was developed on. The column `kind` can exclude strings (only `full-year` counts), such as
two-digit years and strings without a calendar day ("easter 2018"). Strings that depend on the order
of day and month are left out. Prints the errors and the dates per second of both.
"""

import argparse
import csv
import datetime
import pathlib
import re
import sys
import time

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
SETTINGS = {"REQUIRE_PARTS": ["day", "month", "year"], "RETURN_AS_TIMEZONE_AWARE": False}


def read(paths):
    """Returns pairs of text and date from files, without ambiguous texts."""
    found = []
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                date = row.get("date") or row.get("iso_date")
                if row.get("kind", "full-year") == "full-year" and not _depends_on_order(
                    row["text"]
                ):
                    found.append((row["text"], date))
    return list(dict.fromkeys(found))


def _depends_on_order(text):
    """Returns whether a text has two numbers that could both be the month."""
    numbers = re.fullmatch(
        r"\D*?(\d{1,2})[-/. ]+(\d{1,2})[-/. ]+(\d{4}|\d{2})(\D.*)?", text.strip()
    )
    if not numbers or re.search(r"[^\W\d]", text[numbers.start(1) : numbers.end(3)]):
        return False
    return int(numbers[1]) <= 12 and int(numbers[2]) <= 12 and numbers[1] != numbers[2]


def by_dateparser(texts):
    """Returns the dates of dateparser, "" for no date, and the seconds it took."""
    import dateparser

    dateparser.parse("1 January 2000", settings=SETTINGS)
    started = time.perf_counter()
    found = [dateparser.parse(text, settings=SETTINGS) for text in texts]
    seconds = time.perf_counter() - started
    return [each.date().isoformat() if each else "" for each in found], seconds


def by_model(path, texts, repeat):
    """Returns the dates of the SavedModel, and the seconds for one pass over the texts."""
    import tensorflow as tf

    from apps.dates.prediction import ask

    model = tf.saved_model.load(path)
    orders = ["DMY"] * len(texts)
    ask(model, texts, orders)
    started = time.perf_counter()
    ask(model, texts * repeat, orders * repeat)
    seconds = (time.perf_counter() - started) / repeat
    return [date.decode() for date in ask(model, texts, orders)["date"]], seconds


def main():
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", default=[ROOT / "benchmarks" / "real_dates.tsv"])
    parser.add_argument("--model", default=str(ROOT / "saved_models" / "dates"))
    parser.add_argument("--show", action="store_true", help="print the errors of both")
    arguments = parser.parse_args()
    pairs = read(arguments.files)
    texts, dates = [text for text, _ in pairs], [date for _, date in pairs]
    print(f"{len(pairs)} strings, {datetime.date.today()}")
    speeds = {}
    model, seconds = by_model(arguments.model, texts, repeat=-(-20_000 // len(texts)))
    peer, peer_seconds = by_dateparser(texts)
    for name, found, took in (("keras_dl", model, seconds), ("dateparser", peer, peer_seconds)):
        wrong = [index for index, date in enumerate(dates) if found[index] != date]
        speeds[name] = len(texts) / took
        print(f"{name:12} {len(wrong):4} errors {speeds[name]:10,.0f} dates per second")
        for index in wrong if arguments.show else ():
            print(f"    {texts[index]!r} is {dates[index]}, not {found[index]!r}")
    print(f"ratio of the speeds {speeds['keras_dl'] / speeds['dateparser']:.0f}")


if __name__ == "__main__":
    main()
