"""Dates against dateparser, on the same real strings in the same run.

    pip install --editable '.[benchmark]'
    python benchmarks/dates_against_dateparser.py [FILE.tsv ...]

Each file has a header with the columns `text` and `date` (or `iso_date`), tab-separated; without
one, `benchmarks/real_dates.tsv` is taken: strings collected from letters, invoices and web pages,
which neither side was made from. Strings whose meaning depends on the order of day and month, years
of two digits, and strings that name no calendar day ("easter 2018") can be left out by the columns
`kind` (only `full-year` counts). Prints the errors of both and the dates that each reads a second.
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
    """Returns the pairs of text and date of the files, without those that have two readings."""
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
    """Tells whether the text is numbers of which two could both be the month."""
    numbers = re.fullmatch(
        r"\D*?(\d{1,2})[-/. ]+(\d{1,2})[-/. ]+(\d{4}|\d{2})(\D.*)?", text.strip()
    )
    if not numbers or re.search(r"[^\W\d]", text[numbers.start(1) : numbers.end(3)]):
        return False
    return int(numbers[1]) <= 12 and int(numbers[2]) <= 12 and numbers[1] != numbers[2]


def by_dateparser(texts):
    """Returns the dates that dateparser reads, "" where it reads none, and the seconds it took."""
    import dateparser

    dateparser.parse("1 January 2000", settings=SETTINGS)
    started = time.perf_counter()
    found = [dateparser.parse(text, settings=SETTINGS) for text in texts]
    seconds = time.perf_counter() - started
    return [each.date().isoformat() if each else "" for each in found], seconds


def by_model(path, texts, repeat):
    """Returns the dates that the SavedModel reads, and the seconds for one pass over the texts."""
    import tensorflow as tf

    from apps.dates.report import ask

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
    parser.add_argument("--show", action="store_true", help="print what each got wrong")
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
        print(f"{name:12} {len(wrong):4} errors {speeds[name]:10,.0f} dates a second")
        for index in wrong if arguments.show else ():
            print(f"    {texts[index]!r} is {dates[index]}, not {found[index]!r}")
    print(f"ratio of the speeds {speeds['keras_dl'] / speeds['dateparser']:.0f}")


if __name__ == "__main__":
    main()
