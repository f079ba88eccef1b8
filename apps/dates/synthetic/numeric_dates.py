"""Meaning of written dates: the calendar, two-digit years, and numbers in ambiguous order."""

ORDERS = ("DMY", "MDY", "YMD")
FIRST_YEAR, LAST_YEAR = 1900, 2099
PIVOT = 50  # two digits below it are 20yy, the others 19yy, as in RFC 5322 section 4.3

_PREFERENCE = {
    "DMY": ("DMY", "MDY", "YMD"),
    "MDY": ("MDY", "DMY", "YMD"),
    "YMD": ("YMD", "MDY", "DMY"),
}


def days_in_month(year, month):
    """Returns the number of days of a month of the Gregorian calendar."""
    if month == 2:
        return 28 + (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    return 30 if month in (4, 6, 9, 11) else 31


def is_date(year, month, day):
    """Returns whether a day exists in the calendar, in the years that the model writes."""
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12 and day >= 1):
        return False
    return day <= days_in_month(year, month)


def looks_like_date(year, month, day):
    """Returns whether the values could be a date in a calendar with 31 days in every month."""
    return year > 0 and 1 <= month <= 12 and 1 <= day <= 31


def full_year(digits):
    """Returns the year of the text `digits`."""
    year = int(digits)
    return year + (0 if len(digits) > 2 else 2000 if year < PIVOT else 1900)


def read_numbers(fields, order):
    """Reads a date of three numbers in the preferred order of the writer.

    Another order counts only if the preferred one has a month above 12 or a day above 31. A leading
    year of four digits is followed by month and day for any order, as in ISO 8601.

    Args:
        fields: three strings of digits, in the order of the text.
        order: `"DMY"`, `"MDY"` or `"YMD"`.

    Returns:
        pair of `(year, month, day)`, which may not exist in the calendar, or None; and whether
        another order gives another existing date.
    """
    return _first_and_ambiguous(_read(fields, possible) for possible in _PREFERENCE[order])


def read_around_month(first, month, last, order):
    """Reads two two-digit numbers around the name of a month, like `read_numbers`."""
    readings = {
        "DMY": (full_year(last), month, int(first)),
        "YMD": (full_year(first), month, int(last)) if len(first) == 2 else None,
    }
    preferred = ("YMD", "DMY") if order == "YMD" else ("DMY", "YMD")
    return _first_and_ambiguous(readings[possible] for possible in preferred)


def split_digits(digits):
    """Returns the three fields of a date of six or eight digits without separators."""
    if len(digits) == 8:
        year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
        if FIRST_YEAR <= year <= LAST_YEAR and looks_like_date(year, month, day):
            return digits[:4], digits[4:6], digits[6:]
    return digits[:2], digits[2:4], digits[4:]


def _first_and_ambiguous(readings):
    looks = [reading for reading in readings if reading and looks_like_date(*reading)]
    if not looks:
        return None, False
    others = {reading for reading in looks[1:] if is_date(*reading)} - {looks[0]}
    return looks[0], bool(others) and is_date(*looks[0])


def _read(fields, order):
    first, _, third = fields
    if len(first) == 4:
        year, month, day = fields
        if int(month) > 12:
            month, day = day, month
    elif order == "YMD" and (len(third) == 4 or len(first) < 2):
        return None
    else:
        day, month, year = (fields[order.index(letter)] for letter in "DMY")
    return full_year(year), int(month), int(day)
