import datetime

import pytest
from dateutil import parser

from apps.dates.synthetic.numeric_dates import (
    days_in_month,
    full_year,
    is_date,
    read_numbers,
    split_digits,
)
from apps.dates.synthetic.numeric_dates import read_around_month as read_around


def test_calendar_is_that_of_datetime():
    for year in (1900, 1904, 1999, 2000, 2024, 2099):
        for month in range(1, 13):
            last = days_in_month(year, month)
            datetime.date(year, month, last)
            with pytest.raises(ValueError, match="day"):
                datetime.date(year, month, last + 1)
    assert not is_date(2019, 2, 29)
    assert not is_date(1899, 12, 31)
    assert not is_date(2020, 0, 1)


@pytest.mark.parametrize(
    ("numbers", "order", "date", "ambiguous"),
    [
        ("02 03 2016", "DMY", (2016, 3, 2), True),
        ("02 03 2016", "MDY", (2016, 2, 3), True),
        ("02 03 2016", "YMD", (2016, 2, 3), True),
        ("2016 03 02", "DMY", (2016, 3, 2), False),
        ("2020 23 09", "DMY", (2020, 9, 23), False),
        ("25 09 2003", "MDY", (2003, 9, 25), False),
        ("05 05 2020", "MDY", (2020, 5, 5), False),
        ("10 09 03", "DMY", (2003, 9, 10), True),
        ("10 09 03", "YMD", (2010, 9, 3), True),
        ("3 4 05", "YMD", (2005, 3, 4), True),
        ("25 09 03", "MDY", (2003, 9, 25), True),
        ("31 04 2020", "DMY", (2020, 4, 31), False),
        ("31 04 05", "DMY", (2005, 4, 31), False),
        ("51 02 30", "YMD", (1951, 2, 30), False),
        ("45 13 2020", "DMY", None, False),
    ],
)
def test_numbers_are_read_in_the_order_that_gives_a_date(numbers, order, date, ambiguous):
    assert read_numbers(numbers.split(), order) == (date, ambiguous)


def test_every_unambiguous_numeric_date_is_read_as_dateutil_reads_it():
    day = datetime.date(1960, 1, 1)
    while day.year < 2030:
        text = day.strftime("%d/%m/%Y")
        found, _ = read_numbers(text.split("/"), "DMY")
        assert datetime.date(*found) == parser.parse(text, dayfirst=True).date() == day
        found, _ = read_numbers(day.strftime("%m %d %Y").split(), "MDY")
        assert datetime.date(*found) == day
        day += datetime.timedelta(days=5)


def test_two_digits_of_a_year():
    assert [full_year(digits) for digits in ("49", "50", "00", "99", "1850")] == [
        2049,
        1950,
        2000,
        1999,
        1850,
    ]


def test_digits_with_nothing_between():
    assert split_digits("20160302") == ("2016", "03", "02")
    assert split_digits("02032016") == ("02", "03", "2016")
    assert split_digits("20160231") == ("2016", "02", "31")
    assert split_digits("160302") == ("16", "03", "02")


def test_two_digit_year_around_the_name_of_a_month():
    assert read_around("04", 7, "95", "DMY") == ((1995, 7, 4), False)
    assert read_around("04", 7, "05", "DMY") == ((2005, 7, 4), True)
    assert read_around("04", 7, "05", "YMD") == ((2004, 7, 5), True)
    assert read_around("4", 7, "05", "YMD") == ((2005, 7, 4), False)
