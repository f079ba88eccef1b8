"""The blame table on models whose faults are planted, and against enumeration."""

import numpy as np
import pytest

from keras_dl.decoding import beam_search, blame, exhaustive_search

START, END = 0, 0
GREEDY_IS_WRONG = {(): [0.02, 0.5, 0.48], (1,): [0.3, 0.3, 0.4], (2,): [0.98, 0.01, 0.01]}
SECOND_BEST_IS_LONGER = {**GREEDY_IS_WRONG, (2,): [0.55, 0.44, 0.01], (2, 1): [0.99, 0.005, 0.005]}
SURE = {(): [0.02, 0.9, 0.08], (1,): [0.96, 0.02, 0.02]}
UNSURE = {(): [0.02, 0.49, 0.49], (1,): [0.02, 0.49, 0.49], (2,): [0.02, 0.49, 0.49]}
# Law of each model by the tokens so far, reference, rule, truth.
PLANTED = [
    (GREEDY_IS_WRONG, [2], "search", "search"),
    (SURE, [2], "model", "model"),
    (GREEDY_IS_WRONG, [2, 1], "model", "both"),
    (SECOND_BEST_IS_LONGER, [2, 1], "search", "both"),
    (SURE, [1], "neither", "neither"),
    (GREEDY_IS_WRONG, [1, 2, 1], "neither", "both"),  # the search error hides that of the model
    (UNSURE, [2], "model", "unsettled"),
]


def node(history):
    number = 0
    for token in history:
        number = number * 3 + token + 1
    return number


@pytest.fixture
def planted(history_models):
    models = history_models(len(PLANTED), 3, 3, seed=0)
    models.tables[:] = np.log([0.1, 0.5, 0.4])
    for table, (laws, *_) in zip(models.tables, PLANTED, strict=True):
        for history, law in laws.items():
            table[node(history)] = np.log(law)
    return models


def padded(references, width=3):
    return np.array([(each + [END] * width)[:width] for each in references])


def exact_match(references):
    return lambda tokens, example: float(list(tokens) == list(references[example]))


def test_finds_all_planted_faults(planted):
    references = [reference for _, reference, *_ in PLANTED]
    arguments = {**planted.search_arguments(), "length_penalty": 0}
    outputs, _ = beam_search(**arguments, width=1)
    exact = exhaustive_search(**arguments, max_prefixes=4)
    found = blame(
        planted.step,
        planted.state(),
        outputs=outputs[:, 0],
        references=padded(references),
        exact=exact,
        quality=exact_match(references),
        start=START,
        end=END,
        length_penalty=0,
    )
    assert found.rule.tolist() == [rule for *_, rule, _ in PLANTED]
    assert found.truth.tolist() == [truth for *_, truth in PLANTED]
    assert found.search_error.tolist() == [True, False, True, True, False, True, False]
    assert found.table == {
        "search": {"search": 1, "model": 0, "both": 1, "neither": 0, "unsettled": 0},
        "model": {"search": 0, "model": 1, "both": 1, "neither": 0, "unsettled": 1},
        "neither": {"search": 0, "model": 0, "both": 1, "neither": 1, "unsettled": 0},
    }
    assert found.agreement == 2 / 4
    assert found.unsettled == 1 / 7
    assert found.search_error_share == 4 / 6
    assert found.shorter_share == 4 / 6  # the models whose greedy output is cut


def test_equals_enumeration(history_models):
    models, length_penalty = history_models(40, 3, 4, seed=67), 0.7
    scores = models.scores(length_penalty)
    random = np.random.default_rng(0)
    hypotheses = list(models.hypotheses())
    references = [list(hypotheses[i]) for i in random.integers(0, len(hypotheses), 40)]
    quality = {tokens: random.uniform() for tokens in scores}
    arguments = {**models.search_arguments(), "length_penalty": length_penalty}
    outputs = beam_search(**arguments, width=1)[0].numpy()[:, 0]
    found = blame(
        models.step,
        models.state(),
        outputs=outputs,
        references=padded(references, 4),
        exact=exhaustive_search(**arguments),
        quality=lambda tokens, example: quality[models.padded(tuple(tokens))],
        start=START,
        end=END,
        length_penalty=length_penalty,
    )
    for model in range(40):
        output, reference = tuple(outputs[model]), models.padded(tuple(references[model]))
        best = max(scores, key=lambda tokens, model=model: scores[tokens][model])
        worse = quality[output] < quality[reference]
        more = scores[reference][model] > scores[output][model]
        assert found.rule[model] == ("neither" if not worse else "search" if more else "model")
        faults = best != output, quality[best] < quality[reference]
        names = {(1, 1): "both", (1, 0): "search", (0, 1): "model", (0, 0): "neither"}
        assert found.truth[model] == names[faults]
    assert set(found.truth) == {"both", "search", "model", "neither"}
    assert found.unsettled == 0 and 0 < found.agreement < 1


def test_refuses_results_of_other_examples(planted):
    exact = exhaustive_search(**planted.search_arguments([0, 1]))
    with pytest.raises(ValueError, match=r"blame: .* Received 2, 2 and \[3, 2\] rows"):
        blame(
            planted.step,
            planted.state([0, 1]),
            outputs=np.zeros((2, 3)),
            references=np.zeros((2, 3)),
            exact=(np.zeros((3, 3)), *exact[1:]),
            quality=lambda tokens, example: 0.0,
            start=START,
            end=END,
        )
