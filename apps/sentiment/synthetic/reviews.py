"""Synthetic reviews from templates in which a small word can reverse the opinion."""

import random
import re

from apps.sentiment.synthetic import words

_LABELS = ("negative", "positive")
_WORDS = {
    "a": words.ADJECTIVES,
    "n": words.NOUNS,
    "v": words.VERBS,
    "f": words.FEELINGS,
    "q": words.QUALITIES,
    "e": words.EMOJI,
    "r": words.RATINGS,
}
_OPINIONS = {key: [each.split() for each in both] for key, both in _WORDS.items()}
_OPINIONS |= {
    key: [[verb.split(",")[form] for verb in each.split()] for each in words.ACTIONS]
    for form, key in enumerate("spg")
}
_THINGS = [each.split("|") for each in words.THINGS]
_PHRASES = [each.split("|") for each in words.PHRASES]
_FACTS, _FILLERS = (each.split("|") for each in (words.FACTS, words.FILLERS))
_UNKNOWN = 0.1  # of the reviews express no opinion

# {a+} is an adjective of the review's opinion, {a-} of the opposite. n, v, f, q, e, r: noun, verb,
# feeling, quality, emoji, rating. s, p, g: what a thing does, did, has done. {t} is a thing.
_PLAIN = (
    "The {t} is {a+} .|What a {a+} {t} !|I found the {t} {a+} and {a+} .|{a+} , {a+} , {a+} .|"
    "The {t} was {a+} from the first minute .|A {a+} {t} and a {a+} {t} .|A {n+} .|"
    "This {t} is a {n+} .|What a {n+} !|I {v+} this {t} .|I really {v+} the {t} .|"
    "I was {f+} by the {t} .|{f+} and {f+} , that is how I left .|Very {a+} .|So {a+} !|{a+} .|"
    "{a+} {t}|The {t} is {a+} and the {t} is {a+} .|{t} {a+} , {t} {a+}|I am {f+} with the {t} .|"
    "We were {f+} .|{a+} {t} and {t}|The {t} has {q+} .|"
    "The {t} always {s+} .|It {s+} every time .|It {p+} on the first day .|It {p+} at once .|"
    "The {t} has {g+} twice .|It {s+} .|"
    "The {t} {p+} and the {t} {p+} .|The {t} {s+} all the time ."
).split("|")
# Templates with a negator that does not reverse the opinion.
_STRAIGHT = (
    "I have never seen a more {a+} {t} .|Without a doubt a {a+} {t} .|Not only {a+} , but {a+} .|"
    "It never fails to be {a+} .|I could n't be more {f+} .|There is no doubt that it is {a+} .|"
    "Nothing could be more {a+} than the {t} .|No question , the {t} is {a+} .|"
    "I can not say how much I {v+} it .|I could not be more {f+} with the {t} .|"
    "Never have I been so {f+} .|You wo n't find a more {a+} {t} .|No {t} is as {a+} ."
).split("|")
_TURNED = (
    "The {t} is not {a-} .|The {t} is n't {a-} .|This is n't {a-} at all .|It was never {a-} .|"
    "I did n't find the {t} {a-} .|There is nothing {a-} about the {t} .|Not {a-} at all .|"
    "They said it was {a-} , but it is {a+} .|I expected a {a-} {t} , and it was not .|"
    "It could have been {a-} , yet the {t} is {a+} .|Hardly {a-} , this {t} .|Not {a-} .|"
    "The {t} is {a+} , not {a-} .|Not {a-} , but {a+} .|The {t} is anything but {a-} .|"
    "It is far from {a-} .|Not one {a-} scene in it .|There is n't a {a-} minute .|"
    "It is not very {a-} .|The {t} was not even {a-} .|This is no {n-} .|It is not a {n-} .|"
    "It is hardly a {n-} .|I would n't call it a {n-} .|Nobody could call this {t} a {n-} .|"
    "I did not {v-} it .|I do n't {v-} the {t} .|You will not {v-} this {t} .|"
    "Nobody will {v-} it .|I would not {v-} it .|I can not {v-} it .|I was not {f-} .|"
    "I was n't {f-} by the {t} .|We were never {f-} .|The {t} is {a-} , but the {t} is {a+} .|"
    "No {q-} .|No {q-} at all .|No {q-} with the {t} .|I have no {q-} .|I had no {q-} at all .|"
    "Zero {q-} .|There are no {q-} .|There is no {q-} with this {t} .|Never had any {q-} .|"
    "It has no {q-} .|Without any {q-} .|Not a hint of {q-} .|We did not have any {q-} .|"
    "The {t} is {a+} , with no {q-} .|Not once was I {f-} .|At no point is it {a-} .|"
    "The {t} is never {a-} .|Despite a {a-} {t} it is {a+} .|The {t} may be {a-} , but I {v+} it .|"
    "I thought I would be {f-} , and I was not .|I expected to be {f-} and was {f+} .|"
    "Even though the {t} is {a-} , the {t} is {a+} .|The {t} is {a-} but overall I am {f+} .|"
    "Not a {a-} {t} .|It is n't a {a-} {t} .|Not exactly {a-} .|I do n't think it {a-} .|"
    "I would not call the {t} {a-} .|It was not {a-} or {a-} .|Neither {a-} nor {a-} .|"
    "Not as {a-} as I thought .|It does not feel {a-} .|The {t} does n't look {a-} .|"
    "No {a-} {t} here .|Nothing {a-} .|Nothing was {a-} .|No one was {a-} .|Never {a-} .|"
    "It has never {g-} .|It has not {g-} once .|It has n't {g-} since I got it .|"
    "The {t} never {s-} .|It never {p-} .|The {t} has not {g-} .|Nothing {s-} .|"
    "Nothing {p-} .|Not once has it {g-} .|"
    "Never once {g-} .|None of the parts {p-} .|It rarely {s-} .|The {t} seldom {s-} .|"
    "No {q-} , no {q-} .|No {q-} , no {q-} , no {q-} .|Never {a-} , never {a-} .|No {q-} yet .|"
    "It has not given me any {q-} .|It has never given me {q-} .|I could not find any {q-} .|"
    "You will find no {q-} here .|I see no {q-} .|They were never {a-} or {a-} .|"
    "The {t} was never too {a-} .|There was n't a {a-} {t} in the whole place .|"
    "I would n't call it {a-} .|I can not call it {a-} .|"
    "I ca n't say that I was {f-} .|"
    "Do n't think it {a-} .|It is n't {a-} , just {a+} .|"
    "This is not the {a-} {t} I expected ."
).split("|")
_QUALITIES = (
    "Full of {q+} .|So much {q+} .|Plenty of {q+} .|Lots of {q+} .|There is {q+} in it .|"
    "Nothing but {q+} .|The {t} shows {q+} .|It has a lot of {q+} .|Always {q+} with the {t} ."
).split("|")
_MARKS = (
    "{e+}|{e+} {e+}|{e+} {e+} {e+}|{r+}|{r+} .|I give it {r+} .|Rating : {r+}|{r+} from me .|"
    "My rating is {r+} .|{r+} , {a+} .|The {t} {e+}|{t} {e+} {e+}|I {v+} it {e+}|{a+} {e+}|"
    "The {t} is {a+} {e+}|{e+} {a+} {t}|It deserves {r+} .|{r+} {e+}|"
    "{fact} {e+}|{fact} {e+} {e+}|{fact} {r+}|{fact} {e+}|"
    "I would give the {t} {r+} ."
).split("|")
_KINDS = (_PLAIN, _PLAIN, _STRAIGHT, _TURNED, _TURNED, _TURNED, _QUALITIES, _MARKS)


def reviews(number, split, seed):
    """Generates reviews. In half of the sentences, a negation or contrast reverses an opinion.

    A tenth of the texts are facts and questions without an opinion, with the label "unknown".

    Args:
        number: int. Number of reviews.
        split: str. Each split has different texts.
        seed: int. The same seed gives the same reviews.

    Returns:
        pair of the texts (bytes) and their labels, "negative", "positive" or "unknown".
    """
    draw = random.Random(f"{seed} {split}")
    made = [_labeled(draw) for _ in range(number)]
    return [text.encode() for text, _ in made], [label for _, label in made]


def _labeled(draw):
    if draw.random() < _UNKNOWN:
        return _joined([_fact(draw) for _ in range(draw.choice((1, 1, 2)))]), "unknown"
    label = draw.randrange(2)
    return _review(draw, label), _LABELS[label]


def _review(draw, label):
    things = draw.choice(_THINGS)  # a film, a product, or a restaurant
    count = draw.choice((1, 1, 1, 2, 3))
    sentences = [_sentence(draw, label, things) for _ in range(count)]
    sentences += draw.sample(_FILLERS, draw.choice((0, 0, 0, 1, 2)))
    draw.shuffle(sentences)
    return _joined(sentences)


def _joined(sentences):
    text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", " ".join(sentences))
    for mark in (".", ",", "!", "?"):
        text = text.replace(f" {mark}", mark)
    return text.replace("Can not", "Cannot").replace("can not", "cannot").replace(" n't", "n't")


def _sentence(draw, label, things):
    if draw.random() < 0.35:
        end = draw.choice((" .", " .", " !", ""))
        return _filled(draw, draw.choice(_PHRASES[1 - label]) + end, label, things)
    return _filled(draw, draw.choice(draw.choice(_KINDS)), label, things)


def _filled(draw, sentence, label, things):
    found = []
    for word in sentence.split():
        if word == "{t}":
            word = draw.choice(things)
        elif word == "{fact}":
            word = _fact(draw)
        elif word.startswith("{"):  # the kind of word, and the sign of the opinion
            good = label if word[2] == "+" else 1 - label
            others = [each for each in _OPINIONS[word[1]][1 - good] if each not in found]
            word = draw.choice(others)
        found.append(word)
    return _capitalized(found)


def _fact(draw):
    slots = {
        "{t}": draw.choice(_THINGS),
        "{d}": words.DAYS,
        "{p}": words.PLACES,
        "{c}": words.COLORS,
        "{n}": [str(number) for number in range(2, 400)],
        "{y}": [str(year) for year in range(1930, 2027)],
    }
    found = draw.choice(_FACTS).split()
    return _capitalized([draw.choice(slots[word]) if word in slots else word for word in found])


def _capitalized(found):
    return " ".join([found[0][:1].upper() + found[0][1:], *found[1:]])
