"""The ways in which people write a date, as patterns in the notation of CLDR.

Letters stand for fields: `d dd` day, `do` ordinal, `dw` day in words, `M MM` month number,
`MMM MMMM` month name, `y` year, `yy` its last two digits, `E EEEE` weekday, `G` era; text stands
in single quotes. CLDR, through Babel, gives the patterns and the names of every locale. It writes
`y`, the calendar year: `Y` would be the year of the week, which is another one around New Year.
"""

import calendar
import copy
import dataclasses
import functools
import re

from babel import localedata

# Croatian is missing: its "listopad" is October, while Czech and Polish write November so.
LOCALES = tuple(
    "en en_GB de fr es it pt nl ru pl uk sv da nb fi cs sk hu ro bg el tr ca gl eu sr sr_Latn sl "
    "mk lt lv et is sq az id ms vi af sw fil ar he fa hi bn mr ta ja ko zh zh_Hant".split()
)

_ENGLISH_ORDINAL = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
ORDINALS = {
    "en": lambda day: f"{day}{_ENGLISH_ORDINAL.get(day, 'th')}",
    "fr": lambda day: "1er" if day == 1 else f"{day}e",
    "es": lambda day: f"{day}.\u00ba",
    "it": lambda day: f"{day}\u00ba",
    "pt": lambda day: f"{day}\u00ba",
    "nl": lambda day: f"{day}e",
    "sv": lambda day: f"{day}:{'a' if day % 10 in (1, 2) and day not in (11, 12) else 'e'}",
}

DAY_WORDS = {
    "en": "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth "
    "twenty-first twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth "
    "twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first",
    "es": "primero dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "diecis\u00e9is diecisiete dieciocho diecinueve veinte veintiuno veintid\u00f3s "
    "veintitr\u00e9s veinticuatro veinticinco veintis\u00e9is veintisiete veintiocho veintinueve "
    "treinta treinta_y_uno",
    "fr": "premier deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
    "seize dix-sept dix-huit dix-neuf vingt vingt_et_un vingt-deux vingt-trois vingt-quatre "
    "vingt-cinq vingt-six vingt-sept vingt-huit vingt-neuf trente trente_et_un",
    "it": "primo due tre quattro cinque sei sette otto nove dieci undici dodici tredici "
    "quattordici quindici sedici diciassette diciotto diciannove venti ventuno ventidue ventitr\u00e9 "
    "ventiquattro venticinque ventisei ventisette ventotto ventinove trenta trentuno",
    "pt": "primeiro dois tr\u00eas quatro cinco seis sete oito nove dez onze doze treze catorze "
    "quinze dezesseis dezessete dezoito dezenove vinte vinte_e_um vinte_e_dois vinte_e_tr\u00eas "
    "vinte_e_quatro vinte_e_cinco vinte_e_seis vinte_e_sete vinte_e_oito vinte_e_nove trinta "
    "trinta_e_um",
    "nl": "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde "
    "dertiende veertiende vijftiende zestiende zeventiende achttiende negentiende twintigste "
    "eenentwintigste twee\u00ebntwintigste drie\u00ebntwintigste vierentwintigste "
    "vijfentwintigste zesentwintigste zevenentwintigste achtentwintigste negenentwintigste "
    "dertigste eenendertigste",
    "de": "erster zweiter dritter vierter f\u00fcnfter sechster siebter achter neunter zehnter "
    "elfter zw\u00f6lfter dreizehnter vierzehnter f\u00fcnfzehnter sechzehnter siebzehnter "
    "achtzehnter neunzehnter zwanzigster einundzwanzigster zweiundzwanzigster "
    "dreiundzwanzigster vierundzwanzigster f\u00fcnfundzwanzigster sechsundzwanzigster "
    "siebenundzwanzigster achtundzwanzigster neunundzwanzigster drei\u00dfigster "
    "einunddrei\u00dfigster",
}

CONNECTORS = {
    "en": ("of", "in"),
    "es": ("de", "del"),
    "pt": ("de", "do"),
    "fr": ("de", "du mois de"),
    "it": ("di", "del"),
    "nl": ("van", "in"),
    "de": ("im",),
    "ca": ("de", "del"),
    "gl": ("de", "do"),
}

AROUND = {
    "en": ("on {}", "dated {}", "Date: {}", "due {}", "as of {}", "{} AD"),
    "de": ("am {}", "den {}", "vom {}", "Datum: {}"),
    "fr": ("le {}", "du {}", "Date : {}", "depuis le {}"),
    "es": ("el {}", "Fecha: {}", "a {}"),
    "it": ("il {}", "del {}", "Data: {}"),
    "pt": ("em {}", "Data: {}", "dia {}"),
    "nl": ("op {}", "Datum: {}"),
    "sv": ("den {}",),
    "da": ("den {}", "d. {}"),
    "nb": ("den {}",),
    "pl": ("dnia {}", "Data: {}"),
    "ca": ("el {}",),
}

_FIELD = re.compile(r"'([^']*)'|(d[ow]|d+|[ML]+|y+|[Ec]+|G+)|([^'\w]+|\w)")
_SKELETON = re.compile(r"(G?)y(M{1,4})(E{0,4}|c{0,4})d")
_DAY_FIRST = (
    "{d} {M} {y}|{d}. {M} {y}|{d} {M}, {y}|{d}-{M}-{y}|{d}/{M}/{y}|{d}.{M}.{y}|{d}{M}{y}|{d}{M} {y}|"
    "{d}, {M} {y}|{d} - {M} - {y}|{d}_{M}_{y}|{d} {M} - {y}|{d} {M}/{y}"
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
_SEPARATORS = ("/", "-", ".", "/", "-", ".", " ", ". ", " / ", " - ", " . ", "_")
COMPACT = ("yMMdd", "yMMdd", "yMMdd", "ddMMy", "MMddy", "yyMMdd", "ddMMyy", "MMddyy")


@functools.cache
def _cldr(locale):
    """Returns what CLDR has for a locale.

    It is a copy of its own: reading through `babel.Locale` writes what it resolves into parts that
    the locales share, so that months read after Japanese ones may come out Japanese (Babel 2.18).
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

    zeros = {"arab": "\u0660", "arabext": "\u06f0", "beng": "\u09e6", "deva": "\u0966"}
    widths = {"MMM": "abbreviated", "MMMM": "wide"}
    days = {"E": "abbreviated", "EEEE": "wide"}
    return Names(
        {form: both(cldr["months"], width, range(1, 13)) for form, width in widths.items()},
        {form: both(cldr["days"], width, range(7)) for form, width in days.items()},
        cldr["eras"]["abbreviated"][1],
        zeros.get(localedata.load(locale)["default_numbering_system"], "0"),
    )


@functools.cache
def cldr_patterns(locale):
    """Returns the patterns of full dates that CLDR has for a locale."""
    cldr = _cldr(locale)
    lengths = [str(pattern.pattern) for pattern in cldr["date_formats"].values()]
    skeletons = [
        str(pattern)
        for key, pattern in cldr["datetime_skeletons"].items()
        if _SKELETON.fullmatch(key)
    ]
    return tuple(dict.fromkeys(lengths + skeletons))


def numeric_pattern(random):
    """Draws a pattern of digits that people type in any language."""
    if random.random() < 0.15:
        return random.choice(COMPACT)
    order = random.choice(("{d}{s}{M}{s}{y}", "{M}{s}{d}{s}{y}", "{y}{s}{M}{s}{d}"))
    digits = random.choice((1, 2))
    pattern = order.format(
        s=random.choice(_SEPARATORS),
        d="d" * digits,
        M="M" * digits,
        y=random.choice(("y", "y", "y", "yy")),
    )
    return _with_weekday(random, pattern, 0.15)


def named_pattern(random, locale, day=None):
    """Draws a pattern with the month as a word that people type in a locale, or None.

    None stands for locales whose months are numbers with a word beside them: only the patterns
    of CLDR make sense there. The form of the day is drawn too, unless it is given.
    """
    if any(character.isdigit() for character in names(locale).months["MMM"][1][0]):
        return None
    language = locale.split("_")[0]
    days = (
        ["d"] * 4 + ["dd"] * 2 + ["do"] * (language in ORDINALS) + ["dw"] * (language in DAY_WORDS)
    )
    year, connector = "y", ""
    kind = random.random()
    if kind < 0.2 and language in CONNECTORS:
        template = random.choice(_CONNECTED + (_THE if language == "en" else ()))
        connector = f"'{random.choice(CONNECTORS[language])}'"
    elif kind < 0.35:
        template = random.choice(_YEAR_ELSEWHERE)
    else:
        template = random.choice(_DAY_FIRST if random.random() < 0.6 else _MONTH_FIRST)
        year = random.choice(("y", "y", "y", "yy", "''yy"))
    pattern = template.format(
        d=day or random.choice(days), M=random.choice(("MMM", "MMMM")), y=year, c=connector
    )
    return _with_weekday(random, pattern, 0.3)


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
    """Writes one field of a pattern for a date `(year, month, day)`; `text` if it is no field."""
    if not field:
        return text
    year, month, day = date
    words = names(locale)
    language = locale.split("_")[0]
    if field in ("MMM", "MMMM"):
        name = random.choice(words.months[field][month])
        return name.rstrip(".") if random.random() < 0.4 else name
    if field[0] == "E":
        form = "EEEE" if field == "EEEE" else "E"
        return random.choice(words.weekdays[form][weekday(year, month, day)])
    if field[0] == "G":
        return words.era
    if field == "do":
        return ORDINALS[language](day)
    if field == "dw":
        return DAY_WORDS[language].split()[day - 1].replace("_", random.choice((" ", "-")))
    number = {"y": year, "yy": year % 100}.get(field) if field[0] == "y" else None
    number = number if number is not None else (day if field[0] == "d" else month)
    digits = f"{number:0{len(field)}}"
    if words.zero != "0" and random.random() < 0.5:
        return "".join(chr(ord(words.zero) + int(digit)) for digit in digits)
    return digits


def weekday(year, month, day):
    """Returns the day of the week, 0 for Monday; of the last of the month if there is no such day."""
    return calendar.weekday(year, month, min(day, calendar.monthrange(year, month)[1]))


@functools.cache
def vocabulary(locale):
    """Returns words of a locale that are no dates: places, languages and currencies."""
    kinds = ("territories", "languages", "currency_names")
    return tuple(dict.fromkeys(word for kind in kinds for word in _cldr(locale)[kind].values()))


def nonsense(random, locale):
    """Draws a text that names no day: words, numbers, times, a day or a month without the rest."""
    year, month, day = random.randint(1900, 2099), random.randint(1, 12), random.randint(1, 28)
    words = names(locale)
    a_month = random.choice(words.months[random.choice(("MMM", "MMMM"))][month])
    a_weekday = random.choice(words.weekdays[random.choice(("E", "EEEE"))][month % 7])
    some = random.choices(vocabulary(locale), k=random.choice((1, 1, 2, 3)))
    number = random.randrange(10 ** random.choice((1, 2, 3, 5, 7, 9, 10, 12)))
    parts = [random.randrange(256) for _ in range(4)]
    letters = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(1, 12)))
    return random.choice(
        (
            " ".join(some),
            " ".join(some),
            f"{some[0]} {number}",
            f"{a_month} {year}",
            f"{day} {a_month}",
            f"{a_month} {day}",
            a_month,
            a_weekday,
            f"{a_weekday} {day}",
            f"{year}",
            f"{year}-{month:02}",
            f"{day}/{month}",
            f"{number}",
            f"{number / 100:.2f} {random.choice(('EUR', 'USD', '%', 'kg', 'km'))}",
            f"{random.randrange(24)}:{random.randrange(60):02}",
            f"+{number} {random.randrange(1000)} {random.randrange(10000)}",
            f"{parts[0]}.{parts[1]}.{parts[2]}.{parts[3]}",
            f"v{random.randrange(9)}.{random.randrange(30)}.{random.randrange(99)}",
            f"{random.randint(32, 99)}/{random.randint(13, 99)}/{year}",
            f"{day}/{random.randint(32, 99)}/{year}",
            f"{letters}",
            f"{letters} {random.choice(some)} {day} {letters}",
            f"{random.choice(some)}, {a_month}",
            "",
            random.choice("?!.-/,:; ") * random.randint(1, 6),
        )
    )
