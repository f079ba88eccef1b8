"""Synthetic corpus whose words form known analogies."""

import random

# A row is a pair of related words. Each column and each row has its own context words.
FAMILY = (
    "man woman|king queen|boy girl|father mother|son daughter|brother sister|uncle aunt|"
    "husband wife|prince princess|actor actress|grandfather grandmother|nephew niece"
)
CAPITALS = (
    "france paris|germany berlin|italy rome|spain madrid|japan tokyo|egypt cairo|kenya nairobi|"
    "peru lima|norway oslo|cuba havana|greece athens|ireland dublin"
)
_COMPANY = {
    FAMILY: ("he him his himself beard razor moustache", "she her hers herself dress pearls lady"),
    CAPITALS: ("border army flag nation currency export", "mayor streets station suburbs tram pub"),
}
_FILLERS = "then again now here often today still once soon there always maybe".split()
_TOPICS = 4  # context words of each row
_GOOD = "good great fine lovely pleasant kind".split()
_BAD = "bad awful poor nasty terrible cruel".split()


def sentences(number, seed):
    """Generates sentences in lower case, with words separated by spaces.

    Args:
        number: int. Number of sentences.
        seed: int. The same seed gives the same sentences.

    Returns:
        list of str.
    """
    draw = random.Random(seed)
    return [_sentence(draw) for _ in range(number)]


def _sentence(draw):
    if draw.random() < 0.2:
        mood = draw.choice((_GOOD, _BAD))
        words = [*draw.sample(mood, 3), "smile" if mood is _GOOD else "frown"]
    else:
        table = draw.choice((FAMILY, CAPITALS))
        row = draw.choice(table.split("|"))
        column = draw.randrange(2)
        topics = [f"{row.split()[0]}_{index}" for index in range(_TOPICS)]
        words = [row.split()[column], *draw.sample(topics, 2)]
        words += draw.sample(_COMPANY[table][column].split(), 2)
    words += draw.sample(_FILLERS, 2)
    draw.shuffle(words)
    return " ".join(words)


def questions():
    """Returns the analogy questions of the corpus in the format of `questions-words.txt`."""
    lines = []
    for name, table in (("family", FAMILY), ("capitals", CAPITALS)):
        rows = table.split("|")
        lines.append(f": {name}")
        lines += [f"{one} {other}" for one in rows for other in rows if one != other]
    return "\n".join(lines) + "\n"
