"""Formats of written dates, as patterns in the notation of CLDR.

Letters stand for fields: `d dd` day, `do` ordinal, `dw` day in words, `M MM` month number,
`MMM MMMM` month name, `MR` month as a Roman number, `y` year, `yy` its last two digits, `E EEEE`
weekday, `G` era. Text is in single quotes. The patterns and names of every locale come from CLDR,
read with Babel. `y` is the calendar year. `Y` would be the year of the week, which differs around
New Year.
"""

import calendar
import copy
import dataclasses
import functools
import re

from babel import localedata

from apps.dates.synthetic import words

EVERYDAY_LOCALES = tuple(
    "en en_GB de fr es it pt nl ru pl uk sv da nb fi cs sk hu ro bg el tr ca gl eu sr sr_Latn sl "
    "mk lt lv et is sq az id ms vi af sw fil ar he fa hi bn mr ta ja ko zh zh_Hant".split()
)
LOCALES = (*EVERYDAY_LOCALES, *"hr be ka hy kk cy ga gu th ur".split())  # with `--wild`

_FIELD = re.compile(r"'([^']*)'|(d[ow]|d+|MR|[ML]+|y+|[Ec]+|G+)|([^'\w]+|\w)")
_SKELETON = re.compile(r"(G?)y(M{1,4})(E{0,4}|c{0,4})d")
_DAY_FIRST = (
    "{d} {M} {y}|{d}. {M} {y}|{d} {M}, {y}|{d}-{M}-{y}|{d}/{M}/{y}|{d}.{M}.{y}|{d}{M}{y}|"
    "{d}{M} {y}|{d}, {M} {y}|{d} - {M} - {y}|{d}_{M}_{y}|{d} {M} - {y}|{d} {M}/{y}"
).split("|")
_MONTH_FIRST = (
    "{M} {d}, {y}|{M} {d} {y}|{M}-{d}-{y}|{M}/{d}/{y}|{M}.{d}.{y}|{M}. {d}, {y}|{M} {d} - {y}|"
    "{M}{d}, {y}|{M} {d} , {y}|{M}, {d} {y}|{M}, {d}, {y}|{M} {d}. {y}"
).split("|")
_YEAR_ELSEWHERE = (
    "{y} {M} {d}|{y}-{M}-{d}|{y}/{M}/{d}|{y}.{M}.{d}|{y}, {M} {d}|{y}/{d}/{M}|{y} {d} {M}|"
    "{y}-{d}-{M}|{d}-{y}-{M}|{d} {y} {M}|{M}-{y}-{d}|{M} {y} {d}|{y}{M}{d}"
).split("|")
_CONNECTED = (
    "{d} {c} {M} {c} {y}",
    "{d} {c} {M} {y}",
    "{d} {c} {M}, {y}",
    "{M} {d} {c} {y}",
    "{d} {M} {c} {y}",
)
_THE = ("'the' {d} 'of' {M} {y}", "'the' {d} 'of' {M}, {y}", "{M} 'the' {d}, {y}")
_WEEKDAYS = ("{} E|E, {}|E {}|EEEE, {}|EEEE {}|E. {}|{} (EEEE)|{}, EEEE").split("|")
_SEPARATORS = (*("/", "-", ".") * 6, *(" ", ". ", " / ", " - ", " . ", "_") * 2)
# Day before month behind a year counts only where the other way the month would be above 12.
_NUMERIC = (*("{d}{s}{M}{s}{y}", "{M}{s}{d}{s}{y}", "{y}{s}{M}{s}{d}") * 8, "{y}{s}{d}{s}{M}")
_ODD_SEPARATORS = (*"\u00b7\u00b7|\\:~=", " | ", " \u00b7 ", ",", " , ", "--")
COMPACT = ("yMMdd", "yMMdd", "yMMdd", "ddMMy", "MMddy", "yyMMdd", "ddMMyy", "MMddyy")


@functools.cache
def _cldr(locale):
    """Returns a copy of the CLDR data of a locale.

    Without the copy, `babel.Locale` writes the values that it resolves into data that locales
    share, so months that are read after Japanese ones may be Japanese (Babel 2.18).
    """
    wanted = "months days eras date_formats datetime_skeletons territories languages currency_names"
    data = localedata.load(locale)
    return localedata.LocaleDataDict(copy.deepcopy({key: data[key] for key in wanted.split()}))


@dataclasses.dataclass(frozen=True)
class Names:
    """The words of one locale: months `{form: {1..12: names}}`, weekdays `{form: names}`."""

    months: dict
    weekdays: dict
    era: str
    zero: str


@functools.cache
def names(locale):
    """Returns the `Names` of a locale."""
    cldr = _cldr(locale)

    def both(table, width, keys):
        forms = [table[context][width] for context in ("format", "stand-alone")]
        return {key: tuple(dict.fromkeys(form[key] for form in forms)) for key in keys}

    # Croatian short names are Czech and Polish ones of other months.
    widths = {"MMM": "wide" if locale == "hr" else "abbreviated", "MMMM": "wide"}
    days = {"E": "abbreviated", "EEEE": "wide"}
    return Names(
        {form: both(cldr["months"], width, range(1, 13)) for form, width in widths.items()},
        {form: both(cldr["days"], width, range(7)) for form, width in days.items()},
        cldr["eras"]["abbreviated"][1],
        words.NATIVE_ZERO.get(locale, "0"),
    )


@functools.cache
def cldr_patterns(locale):
    """Returns CLDR's patterns of full dates of a locale."""
    cldr = _cldr(locale)
    lengths = [str(pattern.pattern) for pattern in cldr["date_formats"].values()]
    skeletons = [
        str(pattern)
        for key, pattern in cldr["datetime_skeletons"].items()
        # Babel 2.19 has a German pattern with Y, the year of the week, which may differ.
        if _SKELETON.fullmatch(key) and "Y" not in str(pattern)
    ]
    return tuple(dict.fromkeys(lengths + skeletons))


def locale_patterns(locale):
    """Returns the patterns of a locale in CLDR, and other common patterns of the locale."""
    return cldr_patterns(locale) + words.PATTERNS.get(locale, ())


def numeric_pattern(random, odd):
    """Draws a numeric pattern that is common in any language; a fraction has odd separators."""
    if random.random() < 0.15:
        return random.choice(COMPACT)
    order = random.choice(_NUMERIC)
    digits = random.choice((1, 2))
    unusual = random.random() < odd
    pattern = order.format(
        s=random.choice(_ODD_SEPARATORS if unusual else _SEPARATORS),
        d="d" * digits,
        M="M" * digits,
        y="y" if unusual else random.choice(("y", "y", "y", "yy")),
    )
    return _with_weekday(random, pattern, 0.15)


def named_pattern(random, locale, day=None):
    """Draws a common pattern of a locale with the month as a word, or returns None.

    It is None for locales whose month names are numbers with a word, where only the patterns of
    CLDR make sense. The form of the day is drawn too, unless it is given.
    """
    if any(character.isdigit() for character in names(locale).months["MMM"][1][0]):
        return None
    language = locale.split("_")[0]
    days = (
        ["d"] * 4
        + ["dd"] * 2
        + ["do"] * 2 * (language in words.ORDINALS)
        + ["dw"] * (language in words.DAY_WORDS)
    )
    year, connector = "y", ""
    kind = random.random()
    if kind < 0.2 and language in words.CONNECTORS:
        template = random.choice(_CONNECTED + (_THE if language == "en" else ()))
        connector = f"'{random.choice(words.CONNECTORS[language])}'"
    elif kind < 0.35:
        template = random.choice(_YEAR_ELSEWHERE)
    else:
        template = random.choice(_DAY_FIRST if random.random() < 0.6 else _MONTH_FIRST)
        year = random.choice(("y", "y", "y", "yy", "''yy"))
    day = day or random.choice(days)
    if day in ("do", "dw"):
        template = _apart(template)
    pattern = template.format(d=day, M=random.choice(("MMM", "MMMM")), y=year, c=connector)
    return _with_weekday(random, pattern, 0.3)


def _apart(template):
    """Returns a template with spaces between all fields, because words need spaces."""
    return template.replace("}{", "} {")


def _with_weekday(random, pattern, share):
    return random.choice(_WEEKDAYS).format(pattern) if random.random() < share else pattern


@functools.cache
def parse(pattern):
    """Returns the fields of a pattern as pairs `(field, "")` and `("", text)`."""
    fields = []
    for quoted, field, text in _FIELD.findall(pattern.replace("''", "\0")):
        fields.append((field.replace("L", "M").replace("c", "E"), (quoted or text)))
    return tuple((field, text.replace("\0", "'")) for field, text in fields)


def write(random, field, text, date, locale):
    """Writes one field of a pattern for a date `(year, month, day)`, or literal `text`."""
    if not field:
        return text
    year, month, day = date
    known = names(locale)
    if field in ("MMM", "MMMM"):
        name = random.choice(known.months[field][month])
        return name.rstrip(".") if random.random() < 0.4 else name
    if field == "MR":
        return words.ROMAN[month - 1]
    if field[0] == "E":
        form = "EEEE" if field == "EEEE" else "E"
        return random.choice(known.weekdays[form][weekday(year, month, day)])
    if field[0] == "G":
        return known.era
    if field == "do":
        return words.ORDINALS[locale.split("_")[0]](day)
    if field == "dw":
        language = locale.split("_")[0]
        word = words.DAY_WORDS[language].split()[day - 1].replace("_", random.choice((" ", "-")))
        inflected = language == "de" and random.random() < 0.5  # "am ersten Mai", "erster Mai"
        return word[:-1] + "n" if inflected else word
    number = {"y": year, "d": day, "M": month}[field[0]]
    number = number % 100 if field == "yy" else number
    digits = f"{number:0{len(field)}}"
    if known.zero != "0" and random.random() < 0.5:
        return "".join(chr(ord(known.zero) + int(digit)) for digit in digits)
    return digits


def weekday(year, month, day):
    """Returns the weekday, 0 for Monday; that of the month's last day for an impossible day."""
    return calendar.weekday(year, month, min(day, calendar.monthrange(year, month)[1]))


@functools.cache
def vocabulary(locale):
    """Returns words of a locale that are not dates: places, languages and currencies."""
    kinds = ("territories", "languages", "currency_names")
    return tuple(dict.fromkeys(word for kind in kinds for word in _cldr(locale)[kind].values()))
