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
    ("text", "start", "end"),
    [
        ('He lives in <a href="/wiki/London">London</a>.', 35, 41),
        ("In \ue000London\ue002 now", 3, 11),
    ],
)
def test_entities_have_the_offsets_of_the_text(text, start, end):
    """HTML tags are not searched; the characters that the tokenizer reserves count as others."""
    tokens = [word.decode() for word in tokenize([text])[0].numpy()]
    tags = ["B-LOC" if "London" in token else "O" for token in tokens]
    (found,) = entities(text, tokens, tags, [1.0] * len(tags))
    assert (found["start"], found["end"], found["text"]) == (start, end, text[start:end])
