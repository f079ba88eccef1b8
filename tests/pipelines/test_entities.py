import random

import pytest
from seqeval.scheme import IOB2, Entities

from keras_dl.pipelines import entities, entity_spans, tokenize


def test_spans_are_those_of_seqeval():
    draw = random.Random(0)
    for _ in range(300):
        tags = draw.choices(["O", "B-A", "I-A", "B-B", "I-B"], k=draw.randrange(9))
        (expected,) = Entities([tags], IOB2).entities
        assert entity_spans(tags) == [(each.start, each.end, each.tag) for each in expected]


def test_entities_know_their_place_in_the_text():
    text = "In Paris met\nAda  Lovelace \ufffd Paris"
    tokens = ["In", "Paris", "met", "Ada", "Lovelace", "\ud7ff", "Paris"]
    tags = ["O", "B-LOC", "O", "B-PER", "I-PER", "O", "B-LOC"]
    found = entities(text, tokens, tags, [1, 0.91236, 1, 0.8, 0.9, 1, 0.7])
    assert [each["text"] for each in found] == ["Paris", "Ada  Lovelace", "Paris"]
    assert [text[each["start"] : each["end"]] for each in found] == [each["text"] for each in found]
    assert [each["confidence"] for each in found] == [0.9124, 0.8, 0.7]
    assert [each["type"] for each in found] == ["LOC", "PER", "LOC"]
    with pytest.raises(ValueError, match="Received 1 tokens, 2 tags, 1 confidences"):
        entities("a", ["a"], ["O", "O"], [1.0])


@pytest.mark.parametrize(
    ("text", "token", "start"),
    [
        ('He lives in <a href="/wiki/London">London</a>.', "London", 35),
        ("Man&nbsp;n she, 2 <b and c> 1", "n", 9),
        ("x <b and c> y", "b", 3),
        ("didnt wasnt John.Smith@x.com", "John.Smith@x.com", 12),
        ("\U0001f469\u200d\U0001f4bb\u200bAnn", "Ann", 4),
        ("In \ue000London\ue002 now", "\ufffdLondon\ufffd", 3),
    ],
)
def test_entities_are_not_found_within_what_is_no_word(text, token, start):
    tokens = [word.decode() for word in tokenize([text])[0].numpy()]
    tags = ["B-LOC" if each == token else "O" for each in tokens]
    (found,) = entities(text, tokens, tags, [1.0] * len(tags))
    assert (found["start"], found["end"]) == (start, start + len(token))
