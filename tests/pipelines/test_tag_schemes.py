import itertools

import numpy as np
import pytest
from seqeval.scheme import IOB2, Tokens

from keras_dl.layers import CRF
from keras_dl.pipelines import tag_constraints

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-MISC"]


def _well_formed(sentence):
    """By seqeval: every tag is outside or within an entity that begins with B-."""
    inside = {step for e in Tokens(sentence, IOB2).entities for step in range(e.start, e.end)}
    return all(tag == "O" or step in inside for step, tag in enumerate(sentence))


def test_what_is_allowed_is_what_seqeval_reads_as_entities():
    allowed = tag_constraints(TAGS)
    for path in itertools.product(range(len(TAGS)), repeat=3):
        free = allowed["allowed_starts"][path[0]] and allowed["allowed_ends"][path[-1]]
        for before, after in itertools.pairwise(path):
            free = free and allowed["allowed_transitions"][before][after]
        assert free == _well_formed([TAGS[tag] for tag in path])


def test_the_crf_takes_it():
    layer = CRF(3, **tag_constraints(["O", "B-PER", "I-PER"]))
    emissions = np.array([[[0.0, 0, 5], [0, 0, 5], [3, 0, 0], [0, 0, 2]]])
    assert layer.decode(emissions).numpy().tolist() == [[1, 2, 0, 0]]


@pytest.mark.parametrize(
    ("tags", "received"),
    [
        (["O", "PER"], "'PER' at index 1"),
        (["O", "I-PER"], "'I-PER' at index 1"),
        (["O", "B-PER", "B-PER"], "'B-PER' at index 2"),
        (["O", "B-"], "'B-' at index 1"),
        (["O", "E-PER"], "'E-PER' at index 1"),
        (["O", ""], "'' at index 1"),
    ],
)
def test_tags_must_be_those_of_the_scheme(tags, received):
    with pytest.raises(ValueError, match=received):
        tag_constraints(tags)
