"""How good a SavedModel of dates is: figures and pictures of the test split."""

import time

import numpy as np
import tensorflow as tf

from apps.dates.reading import is_date
from apps.dates.writing import examples
from keras_dl import plots as drawing

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


def answer(saved_model, texts, orders, at_once=1000):
    """Returns the SavedModel's answers as a dict of arrays, in the order of the texts."""
    serve = saved_model.signatures["serving_default"]
    by_length = np.argsort([len(text) for text in texts], kind="stable")
    found = []
    for start in range(0, len(texts), at_once):
        rows = by_length[start : start + at_once]
        some = serve(
            text=tf.constant([texts[row] for row in rows]),
            order=tf.constant([orders[row] for row in rows]),
        )
        found.append({name: value.numpy() for name, value in some.items()})
    back = np.argsort(by_length)
    return {name: np.concatenate([some[name] for some in found])[back] for name in found[0]}


def figures(saved_model, config):
    """Returns the figures of the test split as a dict from what is measured to its value."""
    report = {}
    for name, unseen in (("seen", False), ("unseen", True)):
        test = _dates(config, unseen)
        right, answers, seconds = _exact_match(saved_model, test)
        english = np.array([example.locale.startswith("en") for example in test])
        report[f"exact match, {name} formats, English"] = float(right[english].mean())
        report[f"exact match, {name} formats, all locales"] = float(right.mean())
        if not unseen:
            for kind, texts in (("real", NOT_DATES), ("generated", _no_dates(config))):
                confidence = answer(saved_model, texts, ["DMY"] * len(texts))["confidence"]
                auc = _auc(answers["confidence"], confidence)
                report[f"AUC of the confidence, dates against {kind} no dates"] = auc
            report["ambiguity told right"] = _ambiguity(test, answers)
            report["dates a second"] = len(test) / seconds
    report["year digits that attend inside the year"] = _attention_share(saved_model, config)
    return report


def accuracy_by_locale(saved_model, config):
    """Returns the exact match of every locale, seen formats."""
    test = _dates(config, unseen=False)
    right, _, _ = _exact_match(saved_model, test)
    locales = np.array([example.locale for example in test])
    return {str(each): float(right[locales == each].mean()) for each in np.unique(locales)}


def pictures(saved_model, config):
    """Returns matplotlib figures by name."""
    texts = [
        "3 mai 1979",
        "the 25th of June, 2009",
        "Wed, July 10, '96",
        "понедельник, 14 марта 2016 г.",
    ]
    found = saved_model.signatures["attention"](
        text=tf.constant(texts), order=tf.fill([len(texts)], config.order)
    )
    drawn = {}
    for row, text in enumerate(texts):
        source = [each.decode() for each in found["characters"][row].numpy() if each]
        digits = [each.decode() for each in found["digits"][row].numpy()]
        weights = found["weights"][row, :, : len(source)].numpy()
        name = f"attention_{row + 1}"
        drawn[name] = drawing.attention_map(weights, source, digits, title=text)
    drawn["accuracy_by_locale"] = drawing.sorted_bars(
        accuracy_by_locale(saved_model, config),
        title="Exact match on days never seen",
        label="share of dates",
    )
    return drawn


def _dates(config, unseen):
    found = examples(config.test_examples, "test", config.seed, unseen=unseen, no_date=0)
    return [each for each in found if is_date(*_split(each.target))]


def _split(target):
    return int(target[:4]), int(target[4:6]), int(target[6:8])


def _exact_match(saved_model, test):
    texts = [example.text for example in test]
    orders = [example.order for example in test]
    answer(saved_model, texts[:10], orders[:10])
    started = time.perf_counter()
    answers = answer(saved_model, texts, orders)
    seconds = time.perf_counter() - started
    wanted = ["{:04}-{:02}-{:02}".format(*_split(example.target)) for example in test]
    return answers["date"].astype(str) == np.array(wanted), answers, seconds


def _no_dates(config):
    found = examples(config.test_examples // 4, "test", config.seed, no_date=1)
    impossible = examples(config.test_examples, "test", config.seed, no_date=0)
    wrong = [each for each in impossible if not is_date(*_split(each.target))]
    return [example.text for example in found + wrong]


def _auc(positive, negative):
    """Returns the share of pairs in which the date has the higher confidence; ties count half."""
    negative = np.sort(negative)
    below = np.searchsorted(negative, positive, "left") + np.searchsorted(
        negative, positive, "right"
    )
    return float(below.mean() / 2 / len(negative))


def _ambiguity(test, answers):
    told = answers["ambiguous"]
    truth = np.array([example.target.endswith("?") for example in test])
    return float((told == truth).mean())


def _attention_share(saved_model, config):
    """Returns how often the strongest weight of a year's digit lies inside the written year."""
    inside = []
    clean = [each for each in _dates(config, unseen=False) if _year_place(each) is not None]
    clean = sorted(clean[:3000], key=lambda example: len(example.text))
    look = saved_model.signatures["attention"]
    for start in range(0, len(clean), 500):
        some = clean[start : start + 500]
        weights = look(
            text=tf.constant([example.text for example in some]),
            order=tf.constant([example.order for example in some]),
        )["weights"].numpy()
        strongest = weights[:, :4].argmax(-1)
        for row, example in enumerate(some):
            place = _year_place(example)
            inside += [place <= each < place + 4 for each in strongest[row]]
    return float(np.mean(inside))


def _year_place(example):
    """Returns where the four digits of the year begin, or None if that is not sure."""
    text, year = example.text, example.target[:4]
    plain = text.isascii() and text == " ".join(text.split())
    return text.index(year) if plain and text.count(year) == 1 else None
