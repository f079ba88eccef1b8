"""Synthetic German-English sentence pairs, so that all commands run without data files.

A small grammar writes both sides. Articles and adjectives agree in German; the verb stands second,
first in questions and last behind "dass", and a participle stands last. So word order and the
number of words differ between the sides. No combination of subject, verb and object of one split is
in another, so no sentence is either.
"""

import random
import zlib

LANGUAGES = ("de", "en")
_NOUNS = {  # German with its gender, English
    "subjects": "Mann m man|Lehrer m teacher|Koch m cook|Arzt m doctor|Sohn m son|Frau f woman|"
    "Katze f cat|Tochter f daughter|Königin f queen|Kind n child|Mädchen n girl|Schwein n pig",
    "objects": "Apfel m apple|Brief m letter|Ball m ball|Stuhl m chair|Blume f flower|Uhr f clock|"
    "Zeitung f newspaper|Tasche f bag|Buch n book|Brot n bread|Haus n house|Bild n picture",
}
_NAMES = "Anna Ben Clara Emil Frieda Hugo Ida Jonas Karl Lena Max Nora Otto Paula Rosa Tom".split()
_VERBS = (  # present, participle; present, base form, past
    "sieht gesehen sees see saw|kauft gekauft buys buy bought|findet gefunden finds find found|"
    "malt gemalt paints paint painted|braucht gebraucht needs need needed|"
    "liebt geliebt loves love loved|bringt gebracht brings bring brought|"
    "vergisst vergessen forgets forget forgot|verkauft verkauft sells sell sold"
)
_ADJECTIVES = "alt old|jung young|groß big|klein small|rot red|schön beautiful|neu new|gut good"
_NOW = "heute today|jeden_Tag every_day|am_Abend in_the_evening"
_PAST = "gestern yesterday|letzte_Woche last_week|vor_zwei_Tagen two_days_ago"
_ARTICLES = {  # case, gender: definite and indefinite, each with the ending of an adjective
    "nominative m": ("der", "e", "ein", "er"),
    "accusative m": ("den", "en", "einen", "en"),
    "f": ("die", "e", "eine", "e"),
    "n": ("das", "e", "ein", "es"),
}
_FORMS = (
    ("{s} {v} {now} {o} .", "{S} {V} {O} {NOW} ."),
    ("{now} {v} {s} {o} .", "{NOW} , {S} {V} {O} ."),
    ("{s} hat {past} {o} {p} .", "{S} {P} {O} {PAST} ."),
    ("{past} hat {s} {o} {p} .", "{PAST} , {S} {P} {O} ."),
    ("hat {s} {past} {o} {p} ?", "did {S} {B} {O} {PAST} ?"),
    ("{v} {s} {o} ?", "does {S} {B} {O} ?"),
    ("{s} {v} {o} nicht .", "{S} does not {B} {O} ."),
    ("ich weiß , dass {s} {o} {v} .", "I know that {S} {V} {O} ."),
    ("{s} sagt , dass {s2} {o} {p} hat .", "{S} says that {S2} {P} {O} ."),
)
_SPLITS = ("train", "train", "train", "train", "train", "train", "train", "train", "dev", "test")


def pairs(count: int, split: str, seed: int) -> list[tuple[str, str]]:
    """Returns `count` pairs of a German and an English sentence of a split.

    Args:
        count: int.
        split: `"train"`, `"dev"` or `"test"`.
        seed: int. Each split draws from its own stream.
    """
    draw = random.Random(f"{split} {seed}")
    found: list[tuple[str, str]] = []
    while len(found) < count:
        subjects = [_subject(draw) for _ in range(2)]
        verb, noun = (_one(draw, words) for words in (_VERBS, _NOUNS["objects"]))
        if _split_of(subjects[0], verb, noun) == split == _split_of(subjects[1], verb, noun):
            found.append(_pair(draw, subjects, verb, noun))
    return found


def _split_of(subject, verb, noun):
    key = " ".join((subject[0], verb[0], noun[0]))
    return _SPLITS[zlib.crc32(key.encode()) % len(_SPLITS)]


def _one(draw, words):
    return draw.choice(words.split("|")).split()


def _subject(draw):
    return [draw.choice(_NAMES)] if draw.random() < 0.3 else _one(draw, _NOUNS["subjects"])


def _pair(draw, subjects, verb, noun):
    first, second = (_noun_phrase(draw, each, "nominative") for each in subjects)
    thing = _noun_phrase(draw, noun, "accusative")
    now, past = ([part.replace("_", " ") for part in _one(draw, each)] for each in (_NOW, _PAST))
    german = {"s": first[0], "s2": second[0], "o": thing[0], "now": now[0], "past": past[0]}
    english = {"S": first[1], "S2": second[1], "O": thing[1], "NOW": now[1], "PAST": past[1]}
    german |= {"v": verb[0], "p": verb[1]}
    english |= {"V": verb[2], "B": verb[3], "P": verb[4]}
    form = draw.choice(_FORMS)
    sides = form[0].format(**german), form[1].format(**english)
    return tuple(_written(side) for side in sides)


def _noun_phrase(draw, noun, case):
    """Returns a noun phrase in German and English; a name stands by itself."""
    if len(noun) == 1:
        return noun * 2
    german, gender, english = noun
    article, ending, indefinite, indefinite_ending = _ARTICLES[
        f"{case} m" if gender == "m" else gender
    ]
    is_definite = draw.random() < 0.5
    adjective = _one(draw, _ADJECTIVES) if draw.random() < 0.4 else ["", ""]
    german_adjective = adjective[0] and adjective[0] + (
        ending if is_definite else indefinite_ending
    )
    words = [german_adjective, german]
    others = [each for each in (adjective[1], english) if each]
    a = "an" if others[0][0] in "aeiou" else "a"
    return (
        " ".join(filter(None, [article if is_definite else indefinite, *words])),
        " ".join(["the" if is_definite else a, *others]),
    )


def _written(tokens):
    """Returns a sentence with a capital, and without spaces before punctuation."""
    text = tokens.replace(" .", ".").replace(" ?", "?").replace(" ,", ",")
    return text[0].upper() + text[1:]
