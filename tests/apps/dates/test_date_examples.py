import collections
import datetime
import random
import re

import babel.dates
import pytest

from apps.dates.synthetic import date_examples, formats, nonsense
from apps.dates.synthetic.date_examples import examples, is_unseen, split_of
from apps.dates.synthetic.numeric_dates import is_date


@pytest.fixture(scope="module")
def drawn():
    return {
        (split, unseen): examples(4000 if split == "train" else 1500, split, 7, unseen=unseen)
        for split, unseen in (("train", False), ("test", False), ("test", True))
    }


def _days(some):
    return {example.target[:8] for example in some if example.target}


def test_splits_share_no_day(drawn):
    train = _days(drawn["train", False])
    assert len(train) > 2500
    assert not train & _days(drawn["test", False])
    assert not train & _days(drawn["test", True])


def test_a_fifth_of_the_formats_is_never_trained_on(drawn):
    trained = {example.pattern for example in drawn["train", False]}
    held_out = {example.pattern for example in drawn["test", True] if example.pattern}
    assert not trained & held_out
    patterns = set()
    draws = random.Random(0)
    for _ in range(4000):
        patterns.add(formats.numeric_pattern(draws, odd=0.08))
        patterns.add(formats.named_pattern(draws, "fr"))
    share = sum(map(is_unseen, patterns)) / len(patterns)
    assert 0.17 < share < 0.23


def test_the_same_seed_gives_the_same_examples():
    assert examples(50, "train", 3) == examples(50, "train", 3)
    assert examples(50, "train", 3) != examples(50, "train", 4)


def test_all_everyday_locales_are_in_the_examples(drawn):
    counts = collections.Counter(example.locale for example in drawn["train", False])
    assert set(counts) == set(formats.EVERYDAY_LOCALES)


@pytest.mark.parametrize("locale", ["en", "fr", "pl", "ja", "eu", "fa", "fi"])
@pytest.mark.parametrize("length", ["full", "long", "medium", "short"])
def test_cldr_patterns_are_written_as_babel_writes_them(locale, length):
    pattern = babel.dates.get_date_format(length, locale).pattern
    assert pattern in formats.cldr_patterns(locale)
    for day in (datetime.date(2018, 12, 31), datetime.date(1979, 5, 3)):
        expected = babel.dates.format_date(day, length, locale)
        written = {_write(random.Random(seed), pattern, day, locale) for seed in range(60)}
        assert expected in written
    assert "Y" not in pattern


def _write(draws, pattern, day, locale):
    date = (day.year, day.month, day.day)
    fields = formats.parse(pattern)
    return "".join(formats.write(draws, field, text, date, locale) for field, text in fields)


def test_no_word_means_two_months():
    months = collections.defaultdict(set)
    for locale in formats.LOCALES:
        for forms in formats.names(locale).months.values():
            for month, words in forms.items():
                if (locale, month) == ("hr", 10):  # which the generators leave out
                    continue
                for word in words:
                    months[word.lower().rstrip(".")].add(month)
    assert {word: found for word, found in months.items() if len(found) > 1} == {}


def test_names_do_not_depend_on_what_was_read_before():
    first = formats.names("pl")
    for locale in ("ja", "zh_Hant", "zh", "sk"):
        formats.names(locale)
    formats.names.cache_clear()
    formats._cldr.cache_clear()
    formats.names("zh_Hant")
    assert formats.names("pl") == first
    assert first.months["MMMM"][11] == ("listopada", "listopad")


def test_targets_are_dates_or_spelled_out_impossible_days(drawn):
    impossible = [
        example
        for example in drawn["train", False]
        if example.target and not is_date(*_parts(example.target))
    ]
    assert 0.005 < len(impossible) / 4000 < 0.1
    for example in impossible:
        _, month, day = _parts(example.target)
        assert 1 <= month <= 12 and 1 <= day <= 31


def _parts(target):
    return int(target[:4]), int(target[4:6]), int(target[6:8])


def test_split_of_keeps_eight_in_ten_days_for_training():
    days = [datetime.date(1900, 1, 1) + datetime.timedelta(days=n) for n in range(0, 73000, 7)]
    counts = collections.Counter(split_of(day.year, day.month, day.day) for day in days)
    assert 0.78 < counts["train"] / len(days) < 0.82
    assert 0.08 < counts["test"] / len(days) < 0.12


@pytest.mark.parametrize(
    ("pattern", "order", "target"),
    [
        ("d MMMM ''yy", "YMD", "20150928"),
        ("dd-MMM-yy", "YMD", "20280915?"),
        ("dd-MMM-yy", "DMY", "20150928?"),
        ("d. MR. y", "MDY", "20150928"),
        ("dd.MM.y", "MDY", "20150928"),
        ("y年M月d日", "DMY", "20150928"),
    ],
)
def test_what_was_written_is_read_as_a_person_would(pattern, order, target):
    fields, date = formats.parse(pattern), (2015, 9, 28)
    written = [formats.write(random.Random(0), *field, date, "en") for field in fields]
    assert date_examples._target(fields, written, date, order) == target


def test_patterns_that_differ_in_zeros_or_lengths_are_unseen_together():
    for one, other in (("d/M/y", "dd/MM/y"), ("d MMM y", "dd MMMM y"), ("E, d.M.y", "EEEE, d.M.y")):
        assert is_unseen(one) == is_unseen(other)
    assert not is_unseen("y-MM-dd") and not is_unseen("yMMdd")


@pytest.mark.parametrize("locale", formats.LOCALES)
def test_patterns_of_a_locale_have_day_month_and_year(locale):
    for pattern in formats.cldr_patterns(locale):
        fields = {field[:1] for field, _ in formats.parse(pattern)}
        assert {"d", "y"} < fields and fields & {"M", "L"}, pattern


@pytest.fixture(scope="module")
def wild():
    return examples(4000, "train", 7, wild=True)


def test_words_that_are_not_months_are_not():
    months = {name.lower() for name in babel.dates.get_month_names("wide", locale="en").values()}
    draws = random.Random(0)
    for locale in ("en", "fr", "ru", "ja"):
        drawn = {nonsense.no_month(draws, locale).lower() for _ in range(300)}
        assert len(drawn) > 100
        assert not drawn & {*months, "mar", "sept", "mai", "mars", "\u043c\u0430\u0439"}


def test_what_resembles_a_date_is_not_one(wild):
    names = "|".join(babel.dates.get_month_names("wide", locale="en").values())
    whole = rf"(?:[1-9]\d? (?:{names}) (?:19|20)\d\d|(?:{names}) [1-9]\d?, (?:19|20)\d\d)"
    near = [each.text for each in wild if not each.target]
    assert len(near) > 800 and len(set(near)) > 0.9 * len(near)
    assert not [text for text in near if re.fullmatch(whole, text)]
    for year, month, day in re.findall(r"^(\d{4})-(\d\d)-(\d\d)$", "\n".join(near), re.M):
        assert not is_date(int(year), int(month), int(day))


def test_dates_in_the_wild_have_their_year_in_the_text(wild):
    dated = [each for each in wild if each.target and each.text.isascii()]
    assert len(dated) > 1000
    for each in dated:
        short = "yy" in each.pattern.replace("yyyy", "") or not each.pattern
        year = each.target[2:4] if short else each.target[:4]
        assert year.lstrip("0") in each.text
    marks = {mark: sum(mark in each.text for each in dated) for mark in "'\"[{=_#"}
    assert all(count > 10 for count in marks.values()), marks
    assert sum(each.text.endswith((".jpg", ".pdf", ".log")) for each in dated) > 3


def test_damage_is_where_the_date_is():
    draws = random.Random(0)
    damaged = {date_examples._damaged(draws, "12 May 2019", "en") for _ in range(300)} - {None}
    assert "12 May 2019" not in damaged and len(damaged) > 10
    apart = {each for each in damaged if each.count(" ") > 2}
    assert all(each.replace(" ", "") == "12May2019" for each in apart) and apart < damaged
    assert all(
        len(each) == 11 and _differences(each, "12 May 2019") == 1 for each in damaged - apart
    )


def _differences(one, other):
    return sum(a != b for a, b in zip(one, other, strict=True))


def test_the_first_of_may_in_portuguese_is_not_damage():
    draws = random.Random(0)
    assert "1o de maio" not in {
        date_examples._damaged(draws, "10 de maio", "pt") for _ in range(300)
    }
    assert "1O May" in {date_examples._damaged(draws, "10 May", "en") for _ in range(300)}
