"""Metrics and plots of a SavedModel, on synthetic dates of days that are not in training."""

import time

import numpy as np
from sklearn.metrics import roc_auc_score

from apps.dates.prediction import ask
from apps.dates.synthetic.date_examples import examples
from apps.dates.synthetic.numeric_dates import is_date
from keras_dl import plots
from keras_dl.application import Metric, Report

NOT_DATES = (
    "hello|n/a|tbd|unknown|-|see above|as soon as possible|tomorrow|next Monday|last week|"
    "yesterday|in two days|Q3 2019|spring 2021|the nineties|1990s|May|March 2020|7 July|"
    "10:45|12:30 pm|noon|24/7|9 to 5|7-Eleven|Boeing 747|Windows 95|Apollo 11|Route 66|"
    "Catch-22|Area 51|007|+44 20 7946 0958|555-0199|1-800-555-0100|192.168.0.1|10.0.0.255|"
    "v2.11.0|3.14159|1,299.00|EUR 12.50|$9.99|42 km|37.2 C|85%|1/2 cup|"
    "ISBN 978-3-16-148410-0|AB-123-CD|SW1A 1AA|D-10115|RFC 2822|ISO 8601|chapter 12|"
    "page 3 of 40|order no. 4711|item 12-34|room 101|x86_64|to be announced|no fecha|"
    "sans date|ohne Datum|geen datum|demain|gestern|hoy|oggi|amanha|lundi prochain|janvier|"
    "Dezember 2018|marzo|am Montag|heute|ayer por la tarde|00/00/0000|99/99/9999|13/13/2013|"
    "0|1|12345|31|2020|.|,|???|lorem ipsum dolor sit amet|2020-13-01|2020-00-10|2019-02-30|"
    "30/02/2020|31 june 2015|29 February 2019|0 May 2001|32 décembre 1999|31. 11. 2022|"
    "31 de abril de 2020|40 Januar 2010|2001-06-31"
).split("|")

_SHOWN = ("3 mai 1979", "the 25th of June, 2009", "Wed, July 10, '96", "14 марта 2016 г.")


def measure(served, config):
    """Returns the report of a SavedModel."""
    (seen, impossible), (unseen, _), (wild, _) = (
        _dates(config, **kind) for kind in ({}, {"unseen": True}, {"wild": True})
    )
    ask(served, ["1"] * 10, ["DMY"] * 10)  # traces
    start = time.perf_counter()
    (right, outputs), (right_unseen, _) = _exact_match(served, seen), _exact_match(served, unseen)
    seconds = time.perf_counter() - start
    metrics = _by_language("seen", seen, right)
    options = {"count": config.num_test_examples // 4, "split": "test", "seed": config.seed}
    no_dates, near = (examples(**options, no_date=1, wild=each) for each in (False, True))
    read = ask(served, [each.text for each in near], [each.order for each in near])["date"]
    generated = no_dates + impossible
    for kind, texts, orders in (
        ("real", NOT_DATES, ["DMY"] * len(NOT_DATES)),
        ("generated", [each.text for each in generated], [each.order for each in generated]),
    ):
        confidence = ask(served, texts, orders)["confidence"]
        label = f"AUC of the confidence, dates against {kind} non-dates"
        metrics.append(Metric(f"auc.{kind}", _auc(outputs["confidence"], confidence), label))
    ambiguous = np.array([example.target.endswith("?") for example in seen])
    locales = np.array([example.locale for example in seen])
    by_locale = {str(each): float(right[locales == each].mean()) for each in np.unique(locales)}
    inside = _attention_share(served, seen)
    metrics += [
        Metric("ambiguity", np.mean(outputs["ambiguous"] == ambiguous), "accuracy of ambiguity"),
        Metric("dates_per_second", (len(seen) + len(unseen)) / seconds, "dates per second"),
        *_by_language("unseen", unseen, right_unseen),
        *_by_language("wild", wild, _exact_match(served, wild)[0]),
        Metric("wild.false_dates", np.mean(read != b""), "non-dates in the wild that are dates"),
        Metric("attention_inside_year", inside, "year digits with attention in the year"),
    ]
    drawn = {f"attention_{n}": attention_plot(served, text) for n, text in enumerate(_SHOWN, 1)}
    drawn["accuracy_by_locale"] = plots.sorted_bars(
        by_locale, title="Exact match on held-out days", label="fraction of dates"
    )
    return Report(metrics, drawn)


def attention_plot(served, text, order="DMY"):
    """Returns the plot of the attention weights for a text."""
    outputs = ask(served, [text], [order], "attention")
    source = [character.decode() for character in outputs["characters"][0] if character]
    digits = [digit.decode() for digit in outputs["digits"][0]]
    weights = outputs["weights"][0, :, : len(source)]
    return plots.attention_map(weights, source, digits, title=text)


def _dates(config, **kind):
    """Returns synthetic dates, and synthetic dates of impossible days."""
    dates = examples(config.num_test_examples, "test", config.seed, no_date=0, **kind)
    real = [is_date(*_split(date.target)) for date in dates]
    return tuple(
        [date for date, is_real in zip(dates, real, strict=True) if is_real is wanted]
        for wanted in (True, False)
    )


def _split(target):
    return int(target[:4]), int(target[4:6]), int(target[6:8])


def _exact_match(served, test):
    outputs = ask(served, [each.text for each in test], [each.order for each in test])
    wanted = ["{:04}-{:02}-{:02}".format(*_split(each.target)) for each in test]
    return outputs["date"].astype(str) == np.array(wanted), outputs


def _by_language(formats, test, right):
    english = np.array([example.locale.startswith("en") for example in test])
    label = f"exact match, {formats} formats".replace("wild formats", "in the wild")
    return [
        Metric(f"exact_match.{formats}.english", right[english].mean(), f"{label}, English"),
        Metric(f"exact_match.{formats}.all", right.mean(), f"{label}, all locales"),
    ]


def _auc(dates, others):
    truth = np.repeat([1, 0], [len(dates), len(others)])
    return roc_auc_score(truth, np.concatenate([dates, others]))


def _attention_share(served, seen):
    """Returns how often the strongest weight of a year's digit is inside the written year."""
    clean = [(each, index) for each in seen if (index := _year_index(each)) is not None][:3000]
    if not clean:
        return float("nan")
    texts, orders = zip(*((each.text, each.order) for each, _ in clean), strict=True)
    weights = ask(served, texts, orders, "attention", 500)["weights"]
    strongest = weights[:, :4].argmax(-1)
    index = np.array([index for _, index in clean])[:, None]
    return np.mean((strongest >= index) & (strongest < index + 4))


def _year_index(example):
    """Returns the index of the four digits of the year, or None if it is not certain."""
    text, year = example.text, example.target[:4]
    plain = text.isascii() and text == " ".join(text.split())
    return text.index(year) if plain and text.count(year) == 1 else None
