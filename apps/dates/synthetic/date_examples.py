"""Generates written dates from the patterns of `formats`, with typical noise."""

import dataclasses
import difflib
import functools
import itertools
import random as random_module
import re
import zlib

from apps.dates.synthetic import formats, surroundings, words
from apps.dates.synthetic.nonsense import nonsense
from apps.dates.synthetic.numeric_dates import (
    FIRST_YEAR,
    LAST_YEAR,
    ORDERS,
    PIVOT,
    days_in_month,
    is_date,
    read_around_month,
    read_numbers,
    split_digits,
)

_ODD = 0.08  # fraction of numeric dates with odd separators; half as many years are odd
_MORE_WORDS = 0.05  # fraction of training dates with the day in words, which is hard and rare


@dataclasses.dataclass(frozen=True)
class Example:
    """Text and target: the date as eight digits, then `?` if it is ambiguous.

    The target is empty if the text is not a date. Impossible days keep their digits.
    """

    text: str
    order: str
    target: str
    locale: str
    pattern: str = ""


def split_of(year, month, day):
    """Returns the split that a day belongs to: 80% train, 10% validation, 10% test."""
    return _split_of_digits(f"{year:04}{month:02}{day:02}")


def _split_of_digits(digits):
    return {0: "test", 1: "validation"}.get(zlib.crc32(digits.encode()) % 10, "train")


@functools.cache
def is_unseen(pattern):
    """Returns whether a pattern is in the fifth that is never trained on.

    Patterns that differ only in leading zeros or in the length of a name are unseen together. ISO
    8601 and digits without separators are always trained on, because no other format is similar.
    """
    shape = re.sub(r"(?<!M)MM(?!M)", "M", pattern.replace("dd", "d")).replace("MMMM", "MMM")
    everyday = shape == "y-M-d" or pattern in formats.COMPACT
    return not everyday and zlib.crc32(shape.replace("EEEE", "E").encode()) % 5 == 0


def examples(count, split, seed, *, unseen=False, wild=False, no_date=None):
    """Returns examples of a split, always the same ones for a seed.

    Args:
        count: int. Number of examples.
        split: `"train"`, `"validation"` or `"test"`: selects the days.
        seed: int. Random seed.
        unseen: bool. Whether to use the formats that are never trained on, or all other formats.
        wild: bool. Whether dates stand in quotes, code, sentences, logs and file names, and many
            other texts only resemble dates.
        no_date: float or None. Fraction of texts that are not dates. None: 0.25 if `wild`, or 0.08.

    Returns:
        list of `Example`.
    """
    random = random_module.Random(f"{seed} {split} {unseen}")
    if no_date is None:
        no_date = 0.25 if wild else 0.08
    context = _in_the_wild if wild else _in_a_line
    odd = _ODD if wild else _ODD / 4
    drawn = []
    while len(drawn) < count:
        locale = _draw_locale(random, wild)
        if random.random() < no_date:
            example = _not_a_date(random, locale, split, wild, odd)
        elif wild and not unseen and random.random() < 0.008:
            example = _path_or_military_date(random, split)
        else:
            example = _dated_example(random, locale, split, unseen, odd, context)
        if example:
            drawn.append(example)
    return drawn


def _draw_locale(random, wild):
    draw = random.random()
    if draw < 0.25:
        return random.choice(formats.LOCALES[:2])
    if draw < 0.45:
        return random.choice(formats.LOCALES[2:8])
    return random.choice((formats.LOCALES if wild else formats.EVERYDAY_LOCALES)[8:])


def _draw_pattern(random, locale, odd):
    draw = random.random()
    if draw < 0.3:
        return random.choice(formats.locale_patterns(locale))
    if draw < 0.65:
        return formats.named_pattern(random, locale) or formats.numeric_pattern(random, odd)
    return formats.numeric_pattern(random, odd)


def _dated_example(random, locale, split, unseen, odd, context=None):
    if split == "train" and random.random() < _MORE_WORDS:
        locale = random.choice(list(words.DAY_WORDS))
        pattern = formats.named_pattern(random, locale, day="dw")
    else:
        pattern = _draw_pattern(random, locale, odd)
    if is_unseen(pattern) != unseen:
        return None
    order = random.choice(ORDERS)
    fields = formats.parse(pattern)
    date = _draw_day(random, fields, odd)
    if locale == "hr" and date[1] == 10 and any(field in ("MMM", "MMMM") for field, _ in fields):
        return None  # its "listopad" is October, the Czech and Polish one November
    if date[0] < 100 or (date[0] < 1000 and random.random() < 0.5):
        fields = tuple(("yyyy" if field == "y" else field, text) for field, text in fields)
    written = [formats.write(random, field, text, date, locale) for field, text in fields]
    target = _target(fields, written, date, order)
    if target is None or _split_of_digits(target[:8]) != split:
        return None
    text = _with_errors(random, fields, written, locale)
    if context:
        text, target = context(random, text, target, fields, locale)
    return Example(text, order, target, locale, pattern)


def _path_or_military_date(random, split):
    """Generates a date that no pattern can express: in a path, or joined with a time."""
    year, month = random.randint(FIRST_YEAR, LAST_YEAR), random.randint(1, 12)
    day = random.randint(1, days_in_month(year, month))
    if split_of(year, month, day) != split:
        return None
    write = random.choice((surroundings.as_path, surroundings.military))
    target = f"{year:04}{month:02}{day:02}"
    return Example(write(random, year, month, day), random.choice(ORDERS), target, "en")


def _draw_day(random, fields, odd):
    short_year = any(field == "yy" for field, _ in fields)
    first, last = (1900 + PIVOT, 1999 + PIVOT) if short_year else (FIRST_YEAR, LAST_YEAR)
    year, month = random.randint(first, last), random.randint(1, 12)
    if not short_year and random.random() < odd / 2:
        year = random.choice(
            (random.randint(1, 999), random.randint(1000, 1899), random.randint(2100, 9999))
        )
    most = 31 if random.random() < 0.06 and not short_year else days_in_month(year, month)
    day = random.randint(1, most) if random.random() < 0.9 else random.randint(most - 3, most)
    return year, month, day


def _target(fields, written, date, order):
    """Returns the target of the written fields, or None if they cannot be read."""
    indices = [index for index, (field, _) in enumerate(fields) if field[:1] in ("d", "M", "y")]
    kinds = [fields[index][0] for index in indices]
    texts = [written[index] for index in indices]
    between = ["".join(written[a + 1 : b]) for a, b in itertools.pairwise(indices)]
    bare = not any(map(str.isalpha, "".join(between)))
    if bare and not set(kinds) & {"MMM", "MMMM", "MR"}:
        digits = [_ascii(text) for text in texts]
        digits = digits if any(between) else split_digits("".join(digits))
        reading, ambiguous = read_numbers(digits, order)
    elif bare and kinds[0] in ("d", "dd") and kinds[2] == "yy" and between[1][-1:] != "'":
        reading, ambiguous = read_around_month(_ascii(texts[0]), date[1], _ascii(texts[2]), order)
    else:
        reading, ambiguous = date, False
    if reading is None:
        return None
    year, month, day = reading
    return f"{year:04}{month:02}{day:02}{'?' if ambiguous else ''}"


def _ascii(digits):
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)


def _with_errors(random, fields, written, locale):
    """Joins the written fields, with errors and context as in real text."""
    written = list(written)
    for index, (field, _) in enumerate(fields):
        if field == "MMMM" and random.random() < 0.03:
            written[index] = _misspell(random, written[index], locale)
    text = "".join(written)
    if locale == "de" and random.random() < 0.1:
        text = text.translate(words.UMLAUTS)
    if random.random() < 0.1:
        slipped = random.choice(_TYPING_ERRORS)(text)
        text = slipped if _NUMBER.findall(slipped) == _NUMBER.findall(text) else text
    return text


def _with_month_name(random, text, target, locale):
    """Returns a date followed by the same date with a month name, which resolves ambiguity."""
    date = int(target[:4]), int(target[4:6]), int(target[6:8])
    pattern = formats.named_pattern(random, locale, day="d")
    pattern = "y-MM-dd" if not pattern or is_unseen(pattern) else pattern
    pattern = pattern.replace("''yy", "y").replace("yy", "y")
    again = "".join(
        formats.write(random, field, part, date, locale) for field, part in formats.parse(pattern)
    )
    frame = random.choice(("{} ({})", "{} / {}", "{} = {}", "{}, {}"))
    return frame.format(text, again), target[:8]


def _in_a_line(random, text, target, fields, locale):
    """Returns a date as it stands in a field of its own, with its target."""
    if random.random() < 0.12:
        text = _with_time(random, text, fields, locale)
    if random.random() < 0.12:
        text = _framed(random, text, fields, locale)
    return text, target


def _framed(random, text, fields, locale):
    """Returns a date with a word or mark before or after it."""
    kinds = [field for field, _ in fields]
    only_digits = "yy" in kinds and not {"MMM", "MMMM", "MR"} & set(kinds)
    frames = words.AROUND.get(locale.split("_")[0], ("{}",)), _AROUND, _AFTER_WORD
    frame = random.choice(random.choice(frames[: 2 if only_digits else 3]))
    return frame.format(text, word=_word(random, locale))


def _in_the_wild(random, text, target, fields, locale):
    """Returns a date in the context that real text has around it, with its target."""
    if random.random() < 0.012 and is_date(*map(int, (target[:4], target[4:6], target[6:8]))):
        text, target = _with_month_name(random, text, target, locale)
    kinds = [field for field, _ in fields if field]
    named = any(kind in ("MMM", "MMMM", "MR") for kind in kinds)
    short = any(kind == "yy" for kind in kinds)
    in_digits = not named and not short and not any(kind[0] in "EG" for kind in kinds)
    if in_digits and text.isascii() and " " not in text and random.random() < 0.12:
        return surroundings.in_file_name(random, text), target
    if random.random() < 0.16:
        text = _with_time(random, text, fields, locale)
    draw = random.random()
    if draw < 0.16:
        text = surroundings.in_sentence(random, text, locale, short)
    elif draw < 0.18 and not short:
        text = surroundings.in_log(random, text, locale)
    elif draw < 0.28:
        text = _framed(random, text, fields, locale)
    if random.random() < 0.14:
        text = surroundings.in_quotes(random, text)
    if random.random() < 0.01:
        text = text.replace(" ", "&nbsp;")
    return text, target


def _word(random, locale):
    """Draws a word that may precede a date, like the place in a letter."""
    words = random.choice(formats.vocabulary(locale)).split()
    return "".join(character for character in random.choice(words) if character.isalpha())


_NUMBER = re.compile(r"\d+")
_TYPING_ERRORS = (
    lambda text: text.replace(" ", ""),
    lambda text: text.replace(", ", ","),
    lambda text: text.replace(",", ""),
    lambda text: text.replace(".", ""),
    lambda text: text.replace(".", ". ").strip(),
    lambda text: text.replace(" ", "-"),
    lambda text: text.replace(",", " ,"),
    lambda text: text.replace(" ", ".", 1),
    lambda text: text.replace("/", " / ").replace("-", " - "),
)
_AROUND = ("{}.", "{},", "({})", "{};", "-{}-", "{} ,", ": {}", "{}:")
_AFTER_WORD = ("{word}, {}", "{word}: {}", "{word} {}", "{word} {}", "({word}) {}", "{word} - {}")


def _misspell(random, word, locale):
    if len(word) < 6:
        return word
    index = random.randint(2, len(word) - 2)
    kind = random.randrange(3)
    if kind == 0:
        wrong = word[:index] + word[index + 1 :]
    elif kind == 1:
        wrong = word[:index] + word[index] + word[index:]
    else:
        wrong = word[:index] + word[index + 1] + word[index] + word[index + 2 :]
    months = formats.names(locale).months["MMMM"]
    known = {name: month for month, forms in months.items() for name in forms}
    nearest = difflib.get_close_matches(wrong, known, n=2)
    return wrong if all(known[name] == known[word] for name in nearest) else word


def _with_time(random, text, fields, locale):
    """Adds a time of day before, after or inside a date."""
    kinds = [field for field, _ in fields if field]
    whole_year = kinds[-1] == "y" and text[-4:].isdigit()
    numeric = not any(kind in ("MMM", "MMMM", "MR", "dw", "do") for kind in kinds)
    draw = random.random()
    bare = whole_year or (numeric and (draw > 0.35 or "yy" not in kinds))
    time = surroundings.time(random, locale, bare=bare)
    if kinds[0] == "y" and text.isdigit() and len(text) == 8 and draw < 0.5:
        clock = (random.randrange(24), random.randrange(60), random.randrange(60))
        digits = "".join(f"{value:02}" for value in clock[: random.choice((2, 3))])
        return text + random.choice(("", "", " ", "_", "-" if len(digits) == 6 else "_")) + digits
    if kinds[0] == "y" and numeric and draw < 0.35:
        time = surroundings.clock(random)
        glue = random.choice("TTT_-")
        return f"{text}{glue}{time.replace(':', random.choice((':', '-')) if '-' in text else '')}"
    if draw < 0.15:
        return f"{time.lstrip(', ')} {random.choice(('on ', '', '- ', '| '))}{text}"
    if draw < 0.3 and not numeric and whole_year and text[-5:-4] == " ":
        return f"{text[:-4]}{time} {text[-4:]}"
    glues = (
        " ",
        " ",
        " ",
        ", ",
        ", ",
        " at ",
        " \u00e0 ",
        " - ",
        " | ",
        ":" if whole_year else " ",
    )
    return text + ("" if time[0] == "," else random.choice(glues)) + time


def _not_a_date(random, locale, split, wild, odd):
    """Generates a text that does not name one day."""
    order, draw = random.choice(ORDERS), random.random()
    if draw < 0.62:
        text = nonsense(random, locale)
        if not wild:
            return Example(text, order, "", locale)
        if random.random() < 0.05 and text.isascii() and not set(" /:") & set(text):
            text = surroundings.in_file_name(random, text, alone=True)
        elif random.random() < 0.08:
            text = surroundings.in_quotes(random, text)
        elif random.random() < 0.14:
            short = random.random() < 0.5
            text = surroundings.in_sentence(random, text, locale, short_year=short)
        return Example(text, order, "", locale)
    first, second = (_dated_example(random, locale, split, False, odd) for _ in range(2))
    if not (first and second):
        return None
    if wild and draw < 0.8:
        text = _damaged(random, first.text, locale)
        return Example(text, order, "", locale) if text else None
    language = locale.split("_")[0]
    to = random.choice(("-", "\u2013", "\u2014", words.UNTIL.get(language, "-")))
    frames = ("{} {to} {second}", "{} {to} {second}", *_TWO_DATES, *_RELATIVE_DATES)
    text = random.choice(words.RELATIVE.get(language, ()) + frames).format(
        first.text, n=random.randint(2, 30), second=second.text, to=to
    )
    return Example(text, order, "", locale)


_TWO_DATES = (
    "{}, {second}|{}; {second}|{} and {second}|{}, then {second}|{} or {second}|{}, then on "
    "{second}|{} / {second}|{} ({second})"
).split("|")
_RELATIVE_DATES = (
    "{} + {n} days|{} - {n} days|{} +{n}d|{} plus {n} weeks|day after {}|the day before {}|"
    "week of {}|week after {}|{n} days before {}|month of {}|the Monday after {}|"
    "{} minus {n} months|eve of {}|{n} business days from {}|a week from {}|not {}|"
    "two days after {}|Woche vom {}|week ending {}|the week ending {}"
).split("|")
_FIRST_DAY = re.compile(r"(?<!\d)10(?!\d)")
_LOOK_ALIKES = {
    "0": "OoQD", "1": "lI|i!", "2": "Zz", "5": "Ss", "8": "B", "6": "Gb", "9": "gq", "4": "A",
    "o": "0", "l": "1", "i": "1", "s": "5", "b": "8", "e": "3", "a": "4", "g": "9", "t": "7",
}  # fmt: skip


def _damaged(random, text, locale):
    """Returns a badly scanned date: a letter for a digit, a digit for a letter, or a gap."""
    if random.random() < 0.25:
        gaps = [match.start() + 1 for match in re.finditer(r"\d(?=\d)", text)]
        if not gaps:
            return None
        index = random.choice(gaps)
        return f"{text[:index]} {text[index:]}"
    indices = [
        index
        for index, letter in enumerate(text)
        if letter in _LOOK_ALIKES and (letter.isdigit() or _within_letters(text, index))
    ]
    if not indices:
        return None
    index = random.choice(indices)
    if locale[:2] == "pt" and _FIRST_DAY.match(text, index - 1):
        return None  # people write "1o de maio" for the first of May
    if text[index] == "1" and not text[max(index - 1, 0) : index + 2].replace("1", "", 1).strip(
        " "
    ):
        return None
    return f"{text[:index]}{random.choice(_LOOK_ALIKES[text[index]])}{text[index + 1 :]}"


def _within_letters(text, index):
    return 0 < index < len(text) - 1 and text[index - 1].isalpha() and text[index + 1].isalpha()
