"""Short synthetic stories from a grammar whose entropy is known."""

import math
import random

_PEOPLE = {
    "Anna": "she", "Bertha": "she", "Clara": "she", "Dora": "she",
    "Emil": "he", "Felix": "he", "Gustav": "he", "Hugo": "he",
}  # fmt: skip
_PLACES = "forest harbor valley village castle mill tower garden".split()
_THINGS = "key lamp boat book crown drum shell stone".split()
_ANIMALS = "goat owl wolf bear hare crow toad swan".split()
_VERBS = "follow greet help chase fear trust".split()
_ADJECTIVES = "old small clever quiet hungry proud".split()
_ENDS = (
    "{Pronoun} still has the {thing}.",
    "At last {name} went home to the {place}.",
    "Nobody in the {place} believed it.",
)


def stories(count: int, seed: int) -> tuple[str, float]:
    """Generates stories, one per line.

    The grammar chooses among equally likely options, and a story shows which ones it chose. The
    probability of a text is therefore known: no model can need fewer bits on average. A story
    repeats its hero, thing and place, subjects agree with verbs, and quotation marks close.

    Args:
        count: int. Number of stories.
        seed: int. Seed of the choices.

    Returns:
        tuple of the text and its information content in bits.
    """
    grammar = _Grammar(seed)
    return "".join(grammar.story() + "\n" for _ in range(count)), grammar.bits


class _Grammar:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.bits = 0.0

    def pick(self, options):
        self.bits += math.log2(len(options))
        return self.random.choice(options)

    def story(self):
        name = self.pick(list(_PEOPLE))
        story = {"name": name, "pronoun": _PEOPLE[name], "Pronoun": _PEOPLE[name].title()}
        story |= {"place": self.pick(_PLACES), "thing": self.pick(_THINGS)}
        beginning = "{name} lived near the {place} and had a {thing}."
        middle = [self.pick(_MIDDLES)(self) for _ in range(self.pick((1, 2, 3)))]
        return " ".join([beginning, *middle, self.pick(_ENDS)]).format(**story)

    def animals(self):
        """Returns a noun phrase and the ending of its verb."""
        animal, several = self.pick(_ANIMALS), self.pick((False, True))
        if self.pick((False, True)):
            animal = f"{self.pick(_ADJECTIVES)} {animal}"
        if not several:
            return f"the {animal}", "s"
        return f"the {animal.replace('wolf', 'wolve')}s", ""

    def meeting(self):
        (subject, ending), (other, _) = self.animals(), self.animals()
        return f"One day {subject} near the {{place}} {self.pick(_VERBS)}{ending} {other}."

    def speech(self):
        return f'"My {{thing}} is {self.pick(_ADJECTIVES)}," said {{name}}.'

    def thought(self):
        subject, ending = self.animals()
        verb = {"s": "wants", "": "want"}[ending]
        return f"{{Pronoun}} knew that {subject} {verb} the {self.pick(_ADJECTIVES)} {{thing}}."


_MIDDLES = (_Grammar.meeting, _Grammar.speech, _Grammar.thought)
