import numpy as np
import pytest

from keras_dl.embeddings.alias_table import alias_table


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_every_outcome_has_the_share_of_its_weight(size):
    random = np.random.default_rng(size)
    weights = random.pareto(1, size) * (random.random(size) < 0.8)
    weights[0] = 1
    probability, alias = alias_table(weights)
    assert ((probability >= 0) & (probability <= 1)).all()
    share = probability.copy()
    np.add.at(share, alias, 1 - probability)
    np.testing.assert_allclose(share / size, weights / weights.sum(), atol=1e-12)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [1, np.nan], [[1]]])
def test_refuses_what_is_no_distribution(weights):
    with pytest.raises(ValueError, match="weights must be finite"):
        alias_table(weights)
