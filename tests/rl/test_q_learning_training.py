import numpy as np
import pytest

from keras_dl import rl, training


def _learning(**changes):
    moves = np.array([[[1], [0]], [[2], [0]], [[2], [2]]])
    world = rl.TransitionTable(
        probabilities=np.ones((3, 2, 1)),
        next_states=moves,
        rewards=(moves == 2) * 1.0,
        terminated=moves == 2,
        start=np.array([1.0, 0.0, 0.0]),
    )
    agent = rl.QLearning(*world.shape, discount=0.5, epsilon=0.5, learning_rate=1.0)
    return rl.QLearningTraining(agent, world, **{"num_agents": 10, "steps": 120} | changes)


def test_rows_tell_how_far_the_values_are_from_those_of_value_iteration(tmp_path):
    learning = _learning()
    with training.Run(tmp_path) as run:
        history = training.train_by_steps(learning, run=run)
    assert len(history["steps"]) == 50 and history["steps"][-1] == 120
    np.testing.assert_allclose(learning.agent.table[:2], [[0.5, 0.25], [1.0, 0.25]])
    assert history["log10_largest_error"][-1] == -16.0
    assert history["epsilon"] == [0.5] * 50
    assert 0 < np.mean(history["reward_per_step"]) < 0.5


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    with training.Run(tmp_path) as run:
        training.train_by_steps(_learning(settings={"world": "line"}), run=run)
    other = _learning(num_agents=20, settings={"world": "ring"})
    message = r"'num_agents': 10, 'world': 'line'} instead of {'num_agents': 20"
    with training.Run(tmp_path, resume=True) as run, pytest.raises(ValueError, match=message):
        training.train_by_steps(other, run=run)


def test_steps_must_be_positive():
    with pytest.raises(ValueError, match=r"steps must be at least 1. Received 0"):
        _learning(steps=0)
