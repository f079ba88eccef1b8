"""Generates written dates from the patterns of `formats`, with typical noise."""

import dataclasses
import difflib
import functools
import itertools
import random as random_module
import re
import zlib

from apps.dates.synthetic import formats, words
from apps.dates.synthetic.nonsense import nonsense
from apps.dates.synthetic.reading import (
    FIRST_YEAR,
    LAST_YEAR,
    ORDERS,
    PIVOT,
    days_in_month,
    read_around_month,
    read_numbers,
    split_digits,
)

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


def examples(count, split, seed, *, unseen=False, no_date=0.08):
    """Returns examples of a split, always the same ones for a seed.

    Args:
        count: int. Number of examples.
        split: `"train"`, `"validation"` or `"test"`: selects the days.
        seed: int. Random seed.
        unseen: bool. Whether to use the formats that are never trained on, or all other formats.
        no_date: float. Fraction of texts that are not dates.

    Returns:
        list of `Example`.
    """
    random = random_module.Random(f"{seed} {split} {unseen}")
    found = []
    while len(found) < count:
        locale = _draw_locale(random)
        if random.random() < no_date:
            made = _no_date(random, locale, split)
        else:
            made = _dated(random, locale, split, unseen)
        if made:
            found.append(made)
    return found


def _draw_locale(random):
    draw = random.random()
    if draw < 0.25:
        return random.choice(formats.LOCALES[:2])
    if draw < 0.45:
        return random.choice(formats.LOCALES[2:8])
    return random.choice(formats.LOCALES[8:])


def _draw_pattern(random, locale):
    draw = random.random()
    if draw < 0.3:
        return random.choice(formats.locale_patterns(locale))
    if draw < 0.65:
        return formats.named_pattern(random, locale) or formats.numeric_pattern(random)
    return formats.numeric_pattern(random)


def _dated(random, locale, split, unseen):
    if split == "train" and random.random() < _MORE_WORDS:
        locale = random.choice(list(words.DAY_WORDS))
        pattern = formats.named_pattern(random, locale, day="dw")
    else:
        pattern = _draw_pattern(random, locale)
    if is_unseen(pattern) != unseen:
        return None
    order = random.choice(ORDERS)
    fields = formats.parse(pattern)
    date = _draw_day(random, fields)
    written = [formats.write(random, field, text, date, locale) for field, text in fields]
    target = _meaning(fields, written, date, order)
    if target is None or _split_of_digits(target[:8]) != split:
        return None
    return Example(_mess(random, fields, written, locale), order, target, locale, pattern)


def _draw_day(random, fields):
    short_year = any(field == "yy" for field, _ in fields)
    first, last = (1900 + PIVOT, 1999 + PIVOT) if short_year else (FIRST_YEAR, LAST_YEAR)
    year, month = random.randint(first, last), random.randint(1, 12)
    if not short_year and random.random() < 0.02:
        year = random.choice((random.randint(1000, 1899), random.randint(2100, 2999)))
    most = 31 if random.random() < 0.06 and not short_year else days_in_month(year, month)
    day = random.randint(1, most) if random.random() < 0.9 else random.randint(most - 3, most)
    return year, month, day


def _meaning(fields, written, date, order):
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


def _mess(random, fields, written, locale):
    """Joins the written fields, with errors and context as in real text."""
    written = list(written)
    for index, (field, _) in enumerate(fields):
        if field == "MMMM" and random.random() < 0.03:
            written[index] = _misspell(random, written[index], locale)
    text = "".join(written)
    if locale == "de" and random.random() < 0.1:
        text = text.translate(words.UMLAUTS)
    if random.random() < 0.1:
        slipped = random.choice(_SLIPS)(text)
        text = slipped if _NUMBER.findall(slipped) == _NUMBER.findall(text) else text
    if random.random() < 0.12:
        text = _with_time(random, text, fields)
    if random.random() < 0.12:
        language = locale.split("_")[0]
        around = random.choice((_AROUND, words.AROUND.get(language, ("{}",)), _AFTER_WORD))
        text = random.choice(around).format(text, word=_word(random, locale))
    return text


def _word(random, locale):
    """Draws a word that may precede a date, like the place in a letter."""
    words = random.choice(formats.vocabulary(locale)).split()
    return "".join(character for character in random.choice(words) if character.isalpha())


_NUMBER = re.compile(r"\d+")
_SLIPS = (
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
_AROUND = ("{}.", "{},", "({})", "[{}]", '"{}"', "{};", "-{}-", "{} ,", ": {}", "{}:", "*{}*")
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


def _time(random):
    hour, minute, second = random.randrange(24), random.randrange(60), random.randrange(60)
    kind = random.randrange(7)
    if kind == 0:
        return f"{hour % 12 + 1}{random.choice((' ', ''))}{random.choice(('am', 'pm', 'AM', 'PM'))}"
    if kind == 1:
        return f"{hour % 12 + 1}:{minute:02}{random.choice((' ', ''))}{random.choice(('am', 'pm'))}"
    if kind == 2:
        return f"{random.choice((f'{hour:02}', f'{hour}'))}h{minute:02}"
    text = f"{random.choice((f'{hour:02}', f'{hour}'))}:{minute:02}"
    if kind < 6:
        text += f":{second:02}"
    if kind == 5:
        text += random.choice((f".{random.randrange(1000):03}", f",{random.randrange(1000):03}"))
    return text + random.choice(("", "", "", "Z", " UTC", " GMT", "+01:00", " -0500", " CET"))


def _with_time(random, text, fields):
    time = _time(random)
    first = next(field for field, _ in fields if field)
    draw = random.random()
    if first == "y" and text.isdigit() and len(text) == 8 and draw < 0.4:
        clock = (random.randrange(24), random.randrange(60), random.randrange(60))
        return text + "".join(f"{each:02}" for each in clock[: random.choice((2, 3))])
    if first == "y" and draw < 0.3:
        return f"{text}T{time if '-' in text else time.replace(':', '')}"
    if draw < 0.15:
        return f"{time} {random.choice(('on ', '', '- '))}{text}"
    named = any(field in ("MMM", "MMMM") for field, _ in fields)
    if draw < 0.25 and named and fields[-1][0] == "y" and text[-5:-4] == " ":
        return f"{text[:-4]}{time} {text[-4:]}"
    between = random.choice(
        (" ", " ", ", ", " at ", " \u00e0 ", " - ", ":" if text[-4:].isdigit() else " ")
    )
    return text + between + time


def _no_date(random, locale, split):
    """Generates a text that does not name one day."""
    order = random.choice(ORDERS)
    if random.random() < 0.75:
        return Example(nonsense(random, locale), order, "", locale)
    first, second = (_dated(random, locale, split, unseen=False) for _ in range(2))
    if not (first and second):
        return None
    language = locale.split("_")[0]
    to = random.choice(("-", "\u2013", "\u2014", words.UNTIL.get(language, "-")))
    frames = ("{} {to} {second}", "{} {to} {second}", "{}, {second}")
    text = random.choice(words.RELATIVE.get(language, ()) + frames).format(
        first.text, n=random.randint(2, 30), second=second.text, to=to
    )
    return Example(text, order, "", locale)
