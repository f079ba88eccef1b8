"""Synthetic sentences with names, from templates, so that all commands run without data files.

Places and languages come from CLDR. Names of people and organizations are combined from lists of
parts. A fifth of all names never occurs in training, so the network has to learn the form and the
context of names.
"""

import copy
import random
import re
import string

from babel import localedata

from keras_dl.pipelines import Sentence

_FIRST = (
    "Ada Alan Alice Amina Andrei Anna Antonio Barbara Carlos Charlotte Chen Clara David Dmitri "
    "Elena Emma Erik Fatima Felix Fiona Gabriel George Grace Hana Hans Helen Henrik Hugo Ines Ivan "
    "James Jana Joan John Jorge Julia Karl Kenji Laura Leila Li Lucas Maria Mark Martin Mary "
    "Mehmet Michael Mina Nadia Nina Noah Olga Omar Oscar Paul Peter Priya Rania Robert Rosa Sara "
    "Simon Sofia Stefan Susan Tariq Thomas Vera Victor Wei Yuki Zoe"
).split()
_LAST = (
    "Adams Ahmed Andersen Bauer Becker Blackwell Brown Carter Castro Chen Clark Costa Cruz Diaz "
    "Dubois Evans Fischer Fontaine Garcia Gupta Haddad Hansen Hill Hoffmann Horvat Hughes Ito "
    "Ivanov Jansen Johnson Jones Kaya Keller Khan Kim Kovacs Kowalski Lambert Larsen Lee Lindgren "
    "Lopez Lovelace Marin Martinez Meyer Mitchell Moreau Morgan Murphy Nakamura Nguyen Novak "
    "O'Brien O'Neill Okafor Olsen Park Patel Petrov Popescu Ramos Reid Ricci Rossi Santos Schmidt "
    "Silva Singh Smith Suzuki Tanaka Taylor Thompson Turner Varga Walker Weber White Wilson Wood "
    "Wright Yilmaz Young Zhang"
).split()
_TRADES = (
    "Airlines Bank Breweries Electric Energy Foods Foundation Industries Insurance Media Motors "
    "Oil Partners Pharmaceuticals Press Records Shipping Software Steel Systems Telecom"
).split()
# Organizations and products that are known by one word.
_COMPANIES = (
    "Adidas Adobe Airbus Allianz Amazon Apple Barclays Bayer Boeing Bosch Canon Chevrolet Cisco "
    "Citibank Dell Disney Ericsson Facebook Ferrari Fiat Ford Fujitsu Google Greenpeace Heineken "
    "Hitachi Honda Hyundai Ikea Intel Interpol Kodak Lufthansa Mazda McDonalds Microsoft Nestle "
    "Netflix Nike Nintendo Nissan Nokia Oracle Panasonic Pepsi Pfizer Philips Pixar Qantas "
    "Renault Reuters Ryanair Samsung Shell Siemens Sony Starbucks Tesco Toshiba Toyota Twitter "
    "Unesco Unilever Vodafone Volkswagen Volvo Walmart Xerox Yahoo YouTube Zara"
).split()
_FORMS = ["Inc", "Corp", "Ltd", "Group", "Holdings", "PLC", "AG", "& Co", "& Sons"]
_CLUBS = "United City Rovers Athletic Wanderers Tigers Rangers Eagles Lions".split()
_OFFICES = (
    "Ministry of|Bank of|University of|Central Bank of|Parliament of|Royal Society of|Church of|"
    "Supreme Court of|National Museum of|Communist Party of|Football Association of"
).split("|")
_SUBJECTS = "Defence Finance Health Trade Justice Agriculture Education Transport".split()
_EVENTS = ["World Cup", "Open", "Grand Prix", "Film Festival", "Masters", "Olympics", "Peace Prize"]
_THINGS = (
    "report deal meeting match company government election treaty book film song factory harbour "
    "school plan budget strike storm market train museum trial law election season"
).split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January March June July".split()
_TITLES = "Mr. Mrs. Ms. Dr. Prof. President Senator Captain Sir Lady Uncle Aunt Judge".split()
_ROLES = (
    "president minister captain coach writer engineer spokesman doctor judge singer chairman "
    "professor striker lawyer"
).split()

# An upper-case letter in braces is a name to tag, a lower-case one a word that is not a name.
_TEMPLATES = (
    """
{P} was born in {L} .|{P} , a {M} {r} , lives in {L} .|The {t} in {L} was delayed , {P} said .
{O} opened a {t} in {L} on {d} .|{P} of {O} told {O} that the {t} was over .|{L} {n} {L} {n}
{M} {r} {P} met {P} in {L} on {d} .|Shares in {O} fell {n} percent after the {t} .|{P} ( {L} ) {n}
The {M} {t} begins on {d} in {L} , {L} .|{O} beat {O} {n} - {n} on {d} .|{L} {n}-0{n}-{n}
" The {t} is good for {L} , " said {P} , {r} of {O} .|{P} won the {M} in {L} .|{O} {n} {O} {n}
The {r} said the {t} was a mistake .|In {d} , the {t} ended without a {t} .|What a {t} !
A {r} and a {r} saw the {t} on {d} .|It was the {n}th {t} since {d} .|{P} and {P} lost to {P} .
{O} , which is based in {L} , sold its {M} {t} .|{P} moved from {L} to {L} in 19{n} .|She called {P}
{P} 's {t} was praised in {L} .|{L} 's {r} said on {d} that {O} would pay .|Who is {P} ?
The {O} denied that it had spoken to {P} .|{M} is spoken in {L} .|He has worked for {O} since {d} .
New {t} , same {t} : {P} returns to {O} .|The {r} of {L} , {P} , resigned .|I like {L} in {d} .
Prices rose by {n} percent in {d} .|No {t} was found near the {t} .|{O} : {t} at {L}
After the {t} , {P} flew to {L} with {M} friends .|1. {P} ( {L} ) {n} points|Visit {L} , said {O} .
{P} studied at the {O} and wrote the {t} in {M} .|Both the {M} and the {M} {t} failed .
{C} opened a {t} in {L} .|{C} has sold its {t} to {C} .|{C} , {C} and {C} denied the {t} .
{C} 's {t} in {L} was late .|Yesterday {C} and {O} signed a {t} .|I work for {C} in {L} .
{D} {P} spoke in {L} .|{D} {P} and {D} {P} left {L} on {d} .|We met {D} {P} at {C} .
{L} and {L} signed the {t} .|The {t} between {L} and {L} ended .|{P} 's {r} met {P} 's {r} .
so i told {P} that {P} was in {L} lol|my {r} {P} loves {C} and {L}|{P} you are the best {r} ever !
@ {P} see you in {L} on {d} !|RT @name : {P} is the new {r} of {C} http://t.co/ab{n}|omg {P} <3 <3
watching {P} on {C} tonight # {t}|{L} here we come !!!
{P} and {P} are ready for {L}|{C} : {r} {P} dead at {n}|{P} of {C} spoke .|Is {C} in {L} ?
He sold {C} / {C} in {L} .|The {L} – {L} {t} was late .|has anyone been to {L} or {L} lately ?
{C} : {P} {t} in {L}|# {L} # {P} {t} !|I saw {P} in {L} with my {r} .|thank you {C} for the {t}
The {t} , the {t} and the {t} are closed on {d} .|Mr. {P} thanked Mrs. {P} for the {t} .
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


def sentences(number, split, seed):
    """Generates sentences with IOB2 tags of the types PER, LOC, ORG and MISC.

    Args:
        number: int. Number of sentences.
        split: `"train"`, which uses four fifths of the names, or another split, in which half of
            the names never occur in training.
        seed: int. The same seed gives the same sentences.

    Returns:
        list of `pipelines.Sentence`.
    """
    draw = random.Random(f"{seed} {split}")
    names = {True: _parts(new=True), False: _parts(new=False)}
    return [_sentence(draw, names, split != "train") for _ in range(number)]


def _sentence(draw, names, may_be_new):
    tokens, tags = [], []
    for token in draw.choice(_TEMPLATES).split():
        # "{L} 's" is two tokens and "19{n}" one, so a token has a name or other words.
        if token in ("{P}", "{L}", "{O}", "{C}", "{M}"):
            name = _name(draw, token[1], names[may_be_new and draw.random() < 0.5]).split()
            kind = {"P": "PER", "L": "LOC", "O": "ORG", "C": "ORG", "M": "MISC"}[token[1]]
            tokens += name
            tags += [f"B-{kind}"] + [f"I-{kind}"] * (len(name) - 1)
        else:
            tokens.append(re.sub(r"{(\w)}", lambda letter: _word(draw, letter[1]), token))
            tags.append("O")
    style = draw.random()
    if style < 0.08:
        tokens = [token.upper() for token in tokens]
    elif style < 0.16:
        tokens = [token.lower() for token in tokens]
    elif style < 0.2:
        tokens = [token[:1].upper() + token[1:] for token in tokens]
    elif tags[0] == "O":
        tokens[0] = tokens[0][:1].upper() + tokens[0][1:]
    return Sentence(tuple(tokens), tuple(tags))


def _word(draw, letter):
    if letter == "n":
        return str(draw.randrange(100))
    return draw.choice({"t": _THINGS, "r": _ROLES, "d": _DAYS, "D": _TITLES}[letter])


def _name(draw, kind, parts):
    if kind == "P":
        first, last = draw.choice(parts["first"]), draw.choice(parts["last"])
        initial = f"{draw.choice(string.ascii_uppercase)}."
        return draw.choice(
            (f"{first} {last}", f"{first} {last}", first, last, f"{first} {initial} {last}")
        )
    if kind == "L":
        return draw.choice(draw.choice((parts["cities"], parts["countries"])))
    if kind == "M":
        place = draw.choice(parts["cities"] + parts["countries"])
        language = draw.choice(parts["languages"])
        return draw.choice((language, language, language, f"{place} {draw.choice(_EVENTS)}"))
    if kind == "C":
        return draw.choice(parts["companies"])
    city, last = draw.choice(parts["cities"]), draw.choice(parts["last"])
    return draw.choice(
        (
            f"{last} {draw.choice(_TRADES)}",
            f"{last} {draw.choice(_FORMS)}",
            f"{last} {draw.choice(('and', '&'))} {draw.choice(parts['last'])}",
            f"{city} {draw.choice(_CLUBS)}",
            f"{city} {draw.choice(_TRADES)}",
            f"{draw.choice(_OFFICES)} {draw.choice(parts['countries'])}",
            f"{draw.choice(parts['languages'])} Ministry of {draw.choice(_SUBJECTS)}",
            f"Ministry of {draw.choice(_SUBJECTS)} and {draw.choice(_SUBJECTS)}",
            "".join(draw.choices(string.ascii_uppercase, k=3)),
        )
    )


def _parts(new):
    """Returns the parts of names: those of training, or the fifth that it never has."""
    # A copy, because Babel writes the values that it resolves into data that locales share.
    cldr = copy.deepcopy(dict(localedata.load("en")))
    zones = [zone.split("/")[-1].replace("_", " ") for zone in localedata.load("de")["time_zones"]]
    parts = {
        "first": _FIRST,
        "last": _LAST,
        "companies": _COMPANIES,
        "cities": [city for city in zones if city.isascii() and not set(city) & set("-0123456789")],
        "countries": [name for code, name in cldr["territories"].items() if code.isalpha()],
        "languages": [name for name in cldr["languages"].values() if name.isalpha()],
    }
    return {
        kind: [name for index, name in enumerate(sorted(set(found))) if (index % 5 == 0) == new]
        for kind, found in parts.items()
    }
