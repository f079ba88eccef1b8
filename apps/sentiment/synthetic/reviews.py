"""Synthetic reviews from templates in which a small word can reverse the opinion."""

import random
import re

# The pairs of `negation` contain none of these words, so that they are new to the network.
_ADJECTIVES = (
    "amazing fantastic enjoyable engaging thrilling hilarious sweet smart original impressive "
    "memorable powerful perfect splendid elegant tender lively sharp sincere captivating "
    "entertaining satisfying absorbing magnificent outstanding exciting compelling worthwhile "
    "pleasant nice fine terrific refreshing believable convincing subtle sensitive interesting "
    "special recommendable",
    "horrible disappointing laughable mediocre unfunny forgettable bland confusing messy tiresome "
    "ridiculous pathetic cheap slow hollow lifeless unbearable unconvincing pretentious sloppy "
    "amateurish hopeless nasty painful empty irritating implausible stale wooden worthless abysmal "
    "atrocious trite insulting incoherent uninspired soulless plodding dismal overlong",
)
_NOUNS = (
    "masterpiece triumph gem success delight joy classic treat pleasure winner",
    "disaster failure mess bore waste disappointment flop insult chore mistake",
)
_VERBS = ("like love enjoy admire recommend treasure", "hate dislike regret despise resent loathe")
_FEELINGS = (
    "impressed moved amused delighted entertained thrilled charmed touched",
    "disappointed bored annoyed confused disgusted irritated offended embarrassed",
)
_OPINIONS = {
    key: [words.split() for words in both]
    for key, both in zip("anvf", (_ADJECTIVES, _NOUNS, _VERBS, _FEELINGS), strict=True)
}
_THINGS = (
    "film|movie|story|cast|acting|plot|ending|music|script|dialogue|direction|photography|humour|"
    "first half|lead actor|performance"
).split("|")
_FILLERS = (
    "I saw it with friends .|It runs for two hours .|We watched it on a Sunday .|It came out in "
    "spring .|The cinema was full .|It is set in Paris .|There is a train in it .|It is not a "
    "sequel .|I had not read the book .|There is no car chase in it ."
).split("|")
# {a+} is an adjective of the review's opinion, {a-} of the opposite. n, v, f: noun, verb, feeling.
_PLAIN = (
    "The {t} is {a+} .|What a {a+} {t} !|I found the {t} {a+} and {a+} .|{a+} , {a+} , {a+} .|"
    "The {t} was {a+} from the first minute .|A {a+} {t} and a {a+} {t} .|A {n+} .|"
    "This {t} is a {n+} .|What a {n+} !|I {v+} this {t} .|I really {v+} the {t} .|"
    "I was {f+} by the {t} .|{f+} and {f+} , that is how I left .|Very {a+} .|So {a+} !"
).split("|")
# Templates with a negator that does not reverse the opinion.
_STRAIGHT = (
    "I have never seen a more {a+} {t} .|Without a doubt a {a+} {t} .|Not only {a+} , but {a+} .|"
    "It never fails to be {a+} .|I could n't be more {f+} .|There is no doubt that it is {a+} .|"
    "Nothing could be more {a+} than the {t} .|No question , the {t} is {a+} .|"
    "I can not say how much I {v+} it ."
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
    "I was n't {f-} by the {t} .|We were never {f-} .|The {t} is {a-} , but the {t} is {a+} ."
).split("|")
_KINDS = (_PLAIN, _PLAIN, _STRAIGHT, _TURNED, _TURNED, _TURNED)


def reviews(number, split, seed):
    """Generates reviews. In half of the sentences, a negation or contrast reverses an opinion.

    Args:
        number: int. Number of reviews.
        split: str. Each split has different texts.
        seed: int. The same seed gives the same reviews.

    Returns:
        pair of the texts (bytes) and their labels, 0 for bad and 1 for good.
    """
    draw = random.Random(f"{seed} {split}")
    labels = [draw.randrange(2) for _ in range(number)]
    return [_review(draw, label).encode() for label in labels], labels


def _review(draw, label):
    sentences = [_sentence(draw, label) for _ in range(draw.randint(1, 3))]
    sentences += draw.sample(_FILLERS, draw.choice((0, 0, 1, 2)))
    draw.shuffle(sentences)
    text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", " ".join(sentences))
    return text.replace(" .", ".").replace(" ,", ",").replace(" !", "!").replace(" n't", "n't")


def _sentence(draw, label):
    sentence = draw.choice(draw.choice(_KINDS))
    words = []
    for word in sentence.split():
        if word == "{t}":
            word = draw.choice(_THINGS)
        elif word.startswith("{"):  # the kind of word, and the sign of the opinion
            good = label if word[2] == "+" else 1 - label
            others = [each for each in _OPINIONS[word[1]][1 - good] if each not in words]
            word = draw.choice(others)
        words.append(word)
    words[0] = words[0].capitalize()
    return " ".join(words)
