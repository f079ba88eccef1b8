"""Reviews made from templates, in which a small word can turn everything round."""

import random

GOOD = (
    "good great wonderful brilliant moving funny clever charming superb gripping beautiful lovely "
    "delightful fresh witty excellent fascinating touching inspired stunning"
).split()
BAD = (
    "bad dull boring awful stupid clumsy weak tedious terrible predictable lame ugly shallow flat "
    "annoying pointless dreadful lazy silly poor"
).split()
_THINGS = (
    "film|story|cast|acting|plot|ending|music|script|dialogue|direction|photography|humour|"
    "first half|lead actor"
).split("|")
_FILLERS = (
    "I saw it with friends .|It runs for two hours .|We watched it on a Sunday .|It came out in "
    "spring .|The cinema was full .|It is set in Paris .|There is a train in it ."
).split("|")
# {+} is a word of the review's own opinion, {-} one of the other.
_PLAIN = (
    "The {t} is {+} .|What a {+} {t} !|I found the {t} {+} and {+} .|{+} , {+} , {+} .|"
    "The {t} was {+} from the first minute .|A {+} {t} and a {+} {t} ."
).split("|")
_TURNED = (
    "The {t} is not {-} .|This is n't {-} at all .|It was never {-} .|I did n't find the {t} {-} .|"
    "There is nothing {-} about the {t} .|They said it was {-} , but it is {+} .|"
    "I expected a {-} {t} , and it was not .|It could have been {-} , yet the {t} is {+} .|"
    "Hardly {-} , this {t} .|The {t} is {+} , not {-} ."
).split("|")


def reviews(number, split, seed):
    """Makes reviews; half of their sentences turn an opinion round with a negation or a contrast.

    Args:
        number: int. How many.
        split: str. Every split has texts of its own.
        seed: int. The same seed gives the same reviews.

    Returns:
        pair of the texts (bytes) and their labels, 0 for bad and 1 for good.
    """
    draw = random.Random(f"{seed} {split}")
    labels = [draw.randrange(2) for _ in range(number)]
    return [_review(draw, label).encode() for label in labels], labels


def _review(draw, label):
    own, other = (GOOD, BAD) if label else (BAD, GOOD)
    sentences = [_sentence(draw, own, other) for _ in range(draw.randint(1, 3))]
    sentences += draw.sample(_FILLERS, draw.randrange(3))
    draw.shuffle(sentences)
    text = " ".join(sentences)
    return text.replace(" .", ".").replace(" ,", ",").replace(" !", "!").replace(" n't", "n't")


def _sentence(draw, own, other):
    sentence = draw.choice(draw.choice((_PLAIN, _TURNED)))
    words = []
    for word in sentence.split():
        choices = {"{+}": own, "{-}": other, "{t}": _THINGS}.get(word)
        words.append(draw.choice(choices) if choices else word)
    words[0] = words[0].capitalize()
    return " ".join(words)
