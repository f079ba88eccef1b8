"""The loop: what it counts, and what it learns from."""

import dataclasses
import itertools
import types

import gymnasium
import keras
import numpy as np
import pytest
from dqn_case import SMALL, assert_equal, cartpole, fit

from keras_dl import rl
from keras_dl.models import q_mlp, q_network


def test_the_same_seed_is_the_same_run_and_another_is_not(tmp_path):
    runs = [cartpole(seed=seed, steps=600) for seed in (0, 0, 1)]
    for number, run in enumerate(runs):
        fit(run, tmp_path / str(number))
    assert_equal(runs[0], runs[1])
    assert np.abs(np.array(runs[0].agent.variables[0]) - runs[2].agent.variables[0]).max() > 1e-3


@pytest.mark.parametrize(("num_envs", "train_frequency"), [(4, 4), (8, 4), (2, 8), (4, 6)])
def test_updates_and_copies_count_steps_of_games(num_envs, train_frequency, tmp_path, monkeypatch):
    training = cartpole(
        steps=1200, num_envs=num_envs, train_frequency=train_frequency, learning_starts=120
    )
    learn, copy = training.agent.learn, training.agent.copy_to_target
    made, copies, asked = [], [], []
    act = training._act
    given = rl.LinearSchedule.__call__

    def act_and_ask():
        with monkeypatch.context() as patch:
            patch.setattr(
                rl.LinearSchedule, "__call__", lambda e, step: asked.append(step) or given(e, step)
            )
            return act()

    monkeypatch.setattr(training, "_act", act_and_ask)
    monkeypatch.setattr(training.agent, "learn", lambda b, n: made.append(n) or learn(b, n))
    monkeypatch.setattr(
        training.agent, "copy_to_target", lambda: copies.append(training.steps) or copy()
    )
    fit(training, tmp_path)
    assert sum(made) == (1200 - 120) // train_frequency
    assert asked == list(range(0, 1200, num_envs))
    assert len(copies) == (1200 - 120) // 60
    assert training.history["epsilon"][-1] == pytest.approx(0.1)
    steps = training.history["steps"][24]
    assert 300 <= steps < 310
    assert training.history["epsilon"][24] == pytest.approx(1 - 0.9 * steps / 400)
    assert training.history["steps"][-1] == 1200 and len(training.history["steps"]) == 100


def test_the_target_is_what_the_updates_before_left(tmp_path):
    training = cartpole(steps=600)
    while training.steps < 240:
        training.step()
    # 240 is a multiple of the interval: the last step updated the weights, then copied them.
    for copy, weight in zip(
        training.agent.target.variables, training.agent.model.variables, strict=True
    ):
        np.testing.assert_array_equal(copy, weight)
    training.step()
    assert (training.agent.target.get_weights()[0] != training.agent.model.get_weights()[0]).any()


def test_chance_is_drawn_for_each_game(tmp_path, monkeypatch):
    training = cartpole(num_envs=8, steps=800, epsilon=rl.LinearSchedule(0.5, 0.5, 1))
    greedy = []
    monkeypatch.setattr(training.agent, "act", lambda states: np.full(len(states), 7))
    act = training._act
    monkeypatch.setattr(training, "_act", lambda: greedy.append(act()) or greedy[-1] % 2)
    fit(training, tmp_path)
    shares = (np.array(greedy) == 7).mean(1)
    assert 0.4 < shares.mean() < 0.6 and ((shares > 0) & (shares < 1)).mean() > 0.9


def test_a_cut_off_episode_goes_on_from_its_last_frame():
    """Values of rewards of 1 until the tenth step, and there that of the last frame, or nothing."""
    gymnasium.register("Endless-v0", entry_point=lambda: Endless())
    gymnasium.register("Short-v0", entry_point=lambda: Endless(terminates=True))
    for game in ("Endless-v0", "Short-v0"):
        training = cartpole(
            game=game, steps=2000, discount=0.8, n_steps=3, target_interval=20, double=False
        )
        for _ in range(500):
            training.step()
        # The last frame, which no action answers, is worth what the network makes of it.
        *values, last = np.array(training.agent.model(np.eye(11, dtype="float32"))).max(1)
        left = 10 - np.arange(10)
        expected = (1 - 0.8**left) / 0.2 + (game == "Endless-v0") * 0.8**left * last
        np.testing.assert_allclose(values, expected, atol=0.05)
        assert abs(last) > 0.2


class Endless(gymnasium.Env):
    """Each step is worth 1, and after ten of them the game is cut off, or over."""

    def __init__(self, terminates=False):
        self.observation_space = gymnasium.spaces.Box(0, 1, (11,))
        self.action_space = gymnasium.spaces.Discrete(2)
        self.terminates = terminates

    def reset(self, seed=None, options=None):
        self.steps = 0
        return np.eye(11, dtype="float32")[0], {}

    def step(self, action):
        self.steps += 1
        over = self.steps == 10
        return (
            np.eye(11, dtype="float32")[self.steps],
            1.0,
            over and self.terminates,
            over and not self.terminates,
            {},
        )


class Numbered(gymnasium.Env):
    """Each frame is another number; what happened is kept in `episodes`."""

    observation_space = gymnasium.spaces.Box(0, 1e6, (1,))
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, episodes, numbers):
        self.episodes, self.numbers = episodes, numbers

    def reset(self, seed=None, options=None):
        number = next(self.numbers)
        self.episode = {"frames": [number], "actions": [], "rewards": [], "terminated": False}
        self.episodes.append(self.episode)
        return np.float32([number]), {}

    def step(self, action):
        number = next(self.numbers)
        reward = number % 9 / 4 - 1
        terminated, truncated = number % 13 == 0, number % 17 == 0
        self.episode["frames"].append(number)
        self.episode["actions"].append(action)
        self.episode["rewards"].append(reward)
        self.episode["terminated"] = terminated
        return np.float32([number]), reward, terminated, truncated and not terminated, {}


def test_what_is_learnt_from_is_what_was_played():
    """The games' own records against acting states, sampled transitions and priorities."""
    episodes, numbers, n, discount = [], itertools.count(1), 3, 0.9
    gymnasium.register("Numbered-v0", entry_point=lambda: Numbered(episodes, numbers))
    settings = dataclasses.replace(SMALL, n_steps=n, discount=discount, prioritized_replay=True)
    acted_on, learnt_from = [], []

    def act(states):
        acted_on.append(states.copy())
        return np.zeros(len(states), int)

    def errors(batch):
        return batch.states[:, 0, -1] % 7 / 3

    def learn(batch, updates):
        learnt_from.append(batch)
        return {"errors": errors(batch), "loss": np.zeros(updates), "q": np.zeros(updates)}

    training = rl.DQNTraining(
        types.SimpleNamespace(
            model=types.SimpleNamespace(input_shape=(None, 4), output_shape=(None, 2)),
            act=act,
            learn=learn,
            copy_to_target=lambda: None,
        ),
        rl.gymnasium_games("Numbered-v0", 4, seed=0),
        settings,
        steps=2400,
        seed=0,
    )
    for _ in range(600):
        learnings = len(learnt_from)
        training.step()
        for batch in learnt_from[learnings:]:
            found = training._buffer.tree.priorities[batch.indices]
            expected = (errors(batch) + 1e-6) ** 0.6
            kept = found > 0  # the write head came to the others
            assert kept.sum() > len(kept) / 2
            np.testing.assert_allclose(found[kept], expected[kept], rtol=1e-5)
    states, transitions = {}, {}
    for episode in episodes:
        frames, length = [0, 0, 0, *episode["frames"]], len(episode["actions"])
        for index, number in enumerate(episode["frames"]):
            states[number] = frames[index : index + 4]
        for index in range(length):
            end = min(index + n, length)
            rewards = episode["rewards"][index:end]
            dead = episode["terminated"] and end == length
            transitions[episode["frames"][index]] = (
                episode["actions"][index],
                sum(reward * discount**age for age, reward in enumerate(rewards)),
                0.0 if dead else discount ** len(rewards),
                None if dead else frames[end : end + 4],
            )
    assert len(acted_on) > 500 and len(learnt_from) > 500
    for state in np.concatenate(acted_on):
        np.testing.assert_array_equal(state, states[state[-1]])
    for batch in learnt_from:
        for row, state in enumerate(batch.states[:, 0]):
            np.testing.assert_array_equal(state, states[state[-1]])
            action, total, left, following = transitions[state[-1]]
            assert batch.actions[row] == action
            np.testing.assert_allclose(batch.returns[row], total, atol=1e-5)
            np.testing.assert_allclose(batch.discounts[row], left, rtol=1e-5)
            if left:
                np.testing.assert_array_equal(batch.next_states[row, 0], following)


def test_rewards_are_clipped_where_they_are_learnt_from_alone(tmp_path):
    class Rich(Endless):
        def step(self, action):
            frame, _, *rest = super().step(action)
            return frame, 30.0, *rest

    gymnasium.register("Rich-v0", entry_point=lambda: Rich())
    training = cartpole(game="Rich-v0", steps=400, reward_scale=0.5)
    fit(training, tmp_path)
    assert training.history["score"][-1] == 300
    assert set(np.unique(training._buffer._rewards)) <= {0.0, 0.5}


def test_what_does_not_fit_is_refused():
    games = rl.gymnasium_games("CartPole-v1", 4, seed=0)
    agent = rl.DQN(q_network(num_actions=2), keras.optimizers.Adam())
    with pytest.raises(ValueError, match=r"\(84, 84, 4\)"):
        rl.DQNTraining(agent, games, SMALL, steps=10, seed=0)
    agent = rl.DQN(q_mlp((4,), 2), keras.optimizers.Adam())
    few = rl.gymnasium_games("CartPole-v1", 3, seed=0)
    with pytest.raises(ValueError, match="Received 3 environments after 0 steps, with num_envs 4"):
        rl.DQNTraining(agent, few, SMALL, steps=10, seed=0)


@pytest.mark.parametrize(
    ("num_envs", "train_frequency", "most", "least"),
    [(4, 4, 100, 104), (8, 4, 104, 112), (4, 64, 124, 128)],
)
def test_too_few_steps_are_told_how_many_will_do(num_envs, train_frequency, most, least):
    changes = {"num_envs": num_envs, "train_frequency": train_frequency}
    message = (
        rf"Received steps {most}, train_frequency {train_frequency}, .*Use at least {least} steps"
    )
    with pytest.raises(ValueError, match=message):
        cartpole(steps=most, **changes)
    assert cartpole(steps=most + 1, **changes).total == least


def test_loss_that_is_not_finite_stops(tmp_path, monkeypatch):
    training = cartpole(steps=400)
    learn = training.agent.learn
    monkeypatch.setattr(
        training.agent, "learn", lambda b, n: learn(b, n) | {"loss": np.array([np.nan])}
    )
    with pytest.raises(FloatingPointError, match="at step 100"):
        fit(training, tmp_path)


def test_importance_weights_become_exact_at_the_end(tmp_path, monkeypatch):
    training = cartpole(steps=400, prioritized_replay=True)
    learn, betas = training.agent.learn, []
    monkeypatch.setattr(
        training.agent,
        "learn",
        lambda b, n: betas.append(training._buffer.tree.beta) or learn(b, n),
    )
    fit(training, tmp_path)
    assert betas[0] == pytest.approx(0.4 + 0.6 * 100 / 400)
    assert betas == sorted(betas) and betas[-1] == pytest.approx(1.0, abs=0.01)
