"""The loop: what it counts, what it learns, and that killing it changes nothing."""

import dataclasses
import itertools
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import types

import gymnasium
import keras
import numpy as np
import pytest

from keras_dl import rl
from keras_dl.models import q_mlp, q_network
from keras_dl.rl import dqn_fit

SMALL = rl.DQNSettings(
    num_envs=4,
    capacity=400,
    starts=100,
    batch_size=16,
    target_interval=60,
    epsilon=rl.LinearEpsilon(1.0, 0.1, 400),
)


def cartpole(seed=0, steps=600, game="CartPole-v1", units=(16,), double=True, **changes):
    keras.utils.set_random_seed(seed)
    settings = dataclasses.replace(SMALL, **changes)
    environments = rl.gymnasium_games(game, settings.num_envs, seed=seed)
    (inputs,) = environments.frame_shape
    model = q_mlp(environments.num_actions, inputs, units)
    agent = rl.DQN(model, keras.optimizers.Adam(3e-3), double=double)
    return rl.DQNTraining(agent, environments, settings, steps=steps, seed=seed, name=game)


def state(training):
    """All that a run is: every array and number of it."""
    arrays = [np.array(variable) for variable in training.agent.variables]
    buffer = [each for each in vars(training._buffer).values() if isinstance(each, np.ndarray)]
    tree = [training._buffer.tree.priorities] if training._buffer.tree else []
    games = list(training.environments.state().values())
    rows = {name: each for name, each in training.log.history.items() if name != "seconds"}
    return [*arrays, *buffer, *tree, *games, training._stacks.states], (
        rows,
        training._random.bit_generator.state,
        training.log.state()["scores"],
        training.log.state()["sums"],
    )


def assert_equal(first, second):
    for one, other in zip(state(first)[0], state(second)[0], strict=True):
        np.testing.assert_array_equal(one, other)
    assert state(first)[1] == state(second)[1]


class Stopped(Exception):
    """Stands for what ends a process."""


def stop_at(training, time, monkeypatch):
    receive = training.environments.receive

    def receive_or_stop():
        if training.environments.time == time:
            raise Stopped
        return receive()

    monkeypatch.setattr(training.environments, "receive", receive_or_stop)


@pytest.mark.parametrize("stop", [26, 140])
@pytest.mark.parametrize("changes", [{}, {"priorities": True, "double": False, "n_steps": 1}])
def test_a_resumed_run_is_the_run(stop, changes, tmp_path, monkeypatch):
    whole = cartpole(**changes)
    rl.fit(whole, tmp_path / "whole")
    monkeypatch.setattr(dqn_fit, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    first = cartpole(**changes)
    stop_at(first, stop, monkeypatch)
    with pytest.raises(Stopped):
        rl.fit(first, tmp_path / "run")
    second = cartpole(**changes)
    learn, made = second.agent.learn, []
    monkeypatch.setattr(second.agent, "learn", lambda b, n: made.append(n) or learn(b, n))
    rl.fit(second, tmp_path / "run", resume=True)
    assert_equal(whole, second)
    done = max(stop * 4 - 100, 0) // 4
    assert sum(made) == (600 - 100) // 4 - done  # it went on, and did not begin anew


def test_a_resumed_run_of_pong_by_the_fast_preset_is_the_run(tmp_path, monkeypatch):
    def pong(precision="mixed_bfloat16"):
        keras.utils.set_random_seed(0)
        settings, optimizer = rl.PRESETS["fast"](240)
        games = rl.atari("pong", settings.num_envs, seed=0)
        keras.config.set_dtype_policy(precision)
        network = q_network(games.num_actions, dueling=True)
        keras.config.set_dtype_policy("float32")
        return rl.DQNTraining(rl.DQN(network, optimizer), games, settings, steps=240, seed=0)

    whole, first, second = pong(), pong(), pong()
    rl.fit(whole, tmp_path / "whole")
    monkeypatch.setattr(dqn_fit, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    stop_at(first, 22, monkeypatch)
    with pytest.raises(Stopped):
        rl.fit(first, tmp_path / "run")
    with pytest.raises(ValueError, match="'precisions': .*mixed_bfloat16.* for .*'float32'.}"):
        rl.fit(pong("float32"), tmp_path / "run", resume=True)
    rl.fit(second, tmp_path / "run", resume=True)
    assert_equal(whole, second)
    weights = whole.agent.model.trainable_variables
    assert int(whole.agent.optimizer.iterations) == 240 // 4 - 104 // 4
    assert {weight.dtype for weight in weights} == {"float32"}
    # Frames of four bytes would be learnt from without a word.
    assert whole._buffer._frames.dtype == whole._stacks.states.dtype == np.uint8


def test_a_finished_run_is_not_played_again(tmp_path, monkeypatch):
    whole = cartpole(steps=300)
    history = rl.fit(whole, tmp_path)
    written = (tmp_path / "checkpoint.npz").read_bytes()
    again = cartpole(steps=300, seed=0)
    monkeypatch.setattr(again.environments, "receive", None)
    monkeypatch.setattr(again.environments, "replay", None)
    assert rl.fit(again, tmp_path, resume=True) == history
    assert again.steps == 300 and (tmp_path / "checkpoint.npz").read_bytes() == written
    for mine, theirs in zip(whole.agent.variables, again.agent.variables, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_run_begun_anew_is_not_the_one_before(tmp_path, monkeypatch):
    rl.fit(cartpole(steps=300), tmp_path)
    new = cartpole(steps=300, seed=1)
    stop_at(new, 20, monkeypatch)
    with pytest.raises(Stopped):
        rl.fit(new, tmp_path)
    with pytest.raises(ValueError, match="'seed': 1.*'seed': 0"):
        rl.fit(cartpole(steps=300, seed=0), tmp_path, resume=True)
    whole, again = cartpole(steps=300, seed=1), cartpole(steps=300, seed=1)
    rl.fit(whole, tmp_path / "whole")
    rl.fit(again, tmp_path, resume=True)
    assert_equal(whole, again)


PROGRAM = """
import pathlib, sys, keras
sys.path[:0] = {path!r}
from keras_dl import models, rl
from keras_dl.rl import dqn_fit
dqn_fit.SECONDS_BETWEEN_CHECKPOINTS = 0.0
keras.utils.set_random_seed(0)
settings = rl.DQNSettings(num_envs=4, capacity=400, starts=60, batch_size=4)
games = rl.catch(4, seed=0)
agent = rl.DQN(models.q_network(3), keras.optimizers.Adam(1e-4))
training = rl.DQNTraining(agent, games, settings, steps=280, seed=0)
rl.fit(training, sys.argv[1], resume="resume" in sys.argv)
agent.model.save_weights(pathlib.Path(sys.argv[1], "end.weights.h5"))
"""


def test_kill_9_changes_nothing(tmp_path):
    program = textwrap.dedent(PROGRAM.format(path=sys.path))
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}

    def start(*arguments, **pipes):
        command = [sys.executable, "-c", program, *arguments]
        return subprocess.Popen(command, env=environment, **pipes)

    whole, killed = start(str(tmp_path / "whole")), start(str(tmp_path / "run"))
    while not (tmp_path / "run" / "history.json").exists() and killed.poll() is None:
        time.sleep(0.05)
    rows = 0
    while rows < 40 and killed.poll() is None:
        rows = len(json.loads((tmp_path / "run" / "history.json").read_text())["steps"])
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    resumed = start(str(tmp_path / "run"), "resume", stdout=subprocess.PIPE, text=True)
    said, _ = resumed.communicate()
    assert "steps again" in said, "it began anew"
    assert resumed.returncode == 0 and whole.wait() == 0
    one, other = q_network(3), q_network(3)
    one.load_weights(tmp_path / "whole" / "end.weights.h5")
    other.load_weights(tmp_path / "run" / "end.weights.h5")
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_same_seed_is_the_same_run_and_another_is_not(tmp_path):
    runs = [cartpole(seed=seed, steps=600) for seed in (0, 0, 1)]
    for number, run in enumerate(runs):
        rl.fit(run, tmp_path / str(number))
    assert_equal(runs[0], runs[1])
    assert np.abs(np.array(runs[0].agent.variables[0]) - runs[2].agent.variables[0]).max() > 1e-3


@pytest.mark.parametrize(("num_envs", "steps_per_update"), [(4, 4), (8, 4), (2, 8), (4, 6)])
def test_updates_and_copies_count_steps_of_games(num_envs, steps_per_update, tmp_path, monkeypatch):
    training = cartpole(
        steps=1200, num_envs=num_envs, steps_per_update=steps_per_update, starts=120
    )
    learn, copy = training.agent.learn, training.agent.copy_to_target
    made, copies, asked = [], [], []
    act = training._act
    given = rl.LinearEpsilon.__call__

    def act_and_ask():
        with monkeypatch.context() as patch:
            patch.setattr(
                rl.LinearEpsilon, "__call__", lambda e, step: asked.append(step) or given(e, step)
            )
            return act()

    monkeypatch.setattr(training, "_act", act_and_ask)
    monkeypatch.setattr(training.agent, "learn", lambda b, n: made.append(n) or learn(b, n))
    monkeypatch.setattr(
        training.agent, "copy_to_target", lambda: copies.append(training.steps) or copy()
    )
    rl.fit(training, tmp_path)
    assert sum(made) == (1200 - 120) // steps_per_update
    assert asked == list(range(0, 1200, num_envs))
    assert len(copies) == (1200 - 120) // 60
    assert training.log.history["epsilon"][-1] == pytest.approx(0.1)
    steps = training.log.history["steps"][24]
    assert 300 <= steps < 310
    assert training.log.history["epsilon"][24] == pytest.approx(1 - 0.9 * steps / 400)
    assert training.log.history["steps"][-1] == 1200 and len(training.log.history["steps"]) == 100


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
    training = cartpole(num_envs=8, steps=800, epsilon=rl.LinearEpsilon(0.5, 0.5, 1))
    greedy = []
    monkeypatch.setattr(training.agent, "act", lambda states: np.full(len(states), 7))
    act = training._act
    monkeypatch.setattr(training, "_act", lambda: greedy.append(act()) or greedy[-1] % 2)
    rl.fit(training, tmp_path)
    shares = (np.array(greedy) == 7).mean(1)
    assert 0.4 < shares.mean() < 0.6 and ((0 < shares) & (shares < 1)).mean() > 0.9


def test_a_cut_off_episode_goes_on_from_its_last_frame():
    """Values of rewards of 1 until the tenth step, and there that of the last frame, or nothing."""
    gymnasium.register("Endless-v0", entry_point=lambda: Endless())
    gymnasium.register("Short-v0", entry_point=lambda: Endless(terminates=True))
    for game in ("Endless-v0", "Short-v0"):
        training = cartpole(
            game=game, steps=6000, discount=0.8, n_steps=3, target_interval=20, double=False
        )
        for _ in range(1500):
            training.step()
        # The last frame, which no action answers, is worth what the network makes of it.
        *values, last = np.array(training.agent.model(np.eye(11, dtype="float32"))).max(1)
        left = 10 - np.arange(10)
        expected = (1 - 0.8**left) / 0.2 + (game == "Endless-v0") * 0.8**left * last
        np.testing.assert_allclose(values, expected, atol=0.1)
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
    settings = dataclasses.replace(SMALL, n_steps=n, discount=discount, priorities=True)
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
            found = training._buffer.tree.priorities[batch.places]
            expected = (errors(batch) + 1e-6) ** 0.6
            kept = found > 0  # the write head came to the others
            assert kept.sum() > len(kept) / 2
            np.testing.assert_allclose(found[kept], expected[kept], rtol=1e-5)
    states, transitions = {}, {}
    for episode in episodes:
        frames, length = [0, 0, 0, *episode["frames"]], len(episode["actions"])
        for place, number in enumerate(episode["frames"]):
            states[number] = frames[place : place + 4]
        for place in range(length):
            end = min(place + n, length)
            rewards = episode["rewards"][place:end]
            dead = episode["terminated"] and end == length
            transitions[episode["frames"][place]] = (
                episode["actions"][place],
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
    rl.fit(training, tmp_path)
    assert training.log.history["score"][-1] == 300
    assert set(np.unique(training._buffer._rewards)) <= {0.0, 0.5}


def test_what_does_not_fit_is_refused(tmp_path):
    training = cartpole(steps=200)
    rl.fit(training, tmp_path)
    with pytest.raises(ValueError, match="'n_steps': 3.*'n_steps': 2"):
        rl.fit(cartpole(steps=200, n_steps=2), tmp_path, resume=True)
    with pytest.raises(ValueError, match="Acrobot-v1"):
        rl.fit(cartpole(steps=200, game="Acrobot-v1"), tmp_path, resume=True)
    with pytest.raises(ValueError, match="variables"):
        rl.fit(cartpole(steps=200, units=(16, 8)), tmp_path, resume=True)
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match="whole file"):
        rl.fit(cartpole(steps=200), tmp_path, resume=True)
    games = rl.gymnasium_games("CartPole-v1", 4, seed=0)
    with pytest.raises(ValueError, match=r"\(84, 84, 4\)"):
        agent = rl.DQN(q_network(2), keras.optimizers.Adam())
        rl.DQNTraining(agent, games, SMALL, steps=10, seed=0)
    agent = rl.DQN(q_mlp(2, 4), keras.optimizers.Adam())
    with pytest.raises(ValueError, match="Received 3 after 0 steps, num_envs 4"):
        few = rl.gymnasium_games("CartPole-v1", 3, seed=0)
        rl.DQNTraining(agent, few, SMALL, steps=10, seed=0)
    with pytest.raises(ValueError, match="Received 100 steps, 4 and 100"):
        cartpole(steps=100)
    assert cartpole(steps=101).total == 104
    with pytest.raises(ValueError, match="Received 104 steps, 4 and 100"):
        cartpole(steps=104, num_envs=8)
    with pytest.raises(ValueError, match="Received 124 steps, 64 and 100"):
        cartpole(steps=124, steps_per_update=64)
    assert cartpole(steps=125, steps_per_update=64).total == 128
    with pytest.raises(ValueError, match="'seed': 0.*'seed': 1"):
        run = tmp_path / "seed"
        rl.fit(cartpole(steps=200), run)
        rl.fit(cartpole(steps=200, seed=1), run, resume=True)
    with pytest.raises(ValueError, match="'learning_rate'.*'learning_rate'"):
        other = cartpole(steps=200)
        other.agent.optimizer.learning_rate = 1.0
        rl.fit(other, run, resume=True)
    with pytest.raises(ValueError, match="'double': True.*'double': False"):
        run = tmp_path / "double"
        rl.fit(cartpole(steps=200), run)
        rl.fit(cartpole(steps=200, double=False), run, resume=True)


def test_loss_that_is_not_finite_stops(tmp_path, monkeypatch):
    training = cartpole(steps=400)
    learn = training.agent.learn
    monkeypatch.setattr(
        training.agent, "learn", lambda b, n: learn(b, n) | {"loss": np.array([np.nan])}
    )
    with pytest.raises(FloatingPointError, match="at step 100"):
        rl.fit(training, tmp_path)


def test_what_was_kept_is_not_changed_by_going_on(tmp_path):
    training = cartpole(steps=600, priorities=True)
    while training.steps < 200:
        training.step()
    arrays, place = training.state()
    copies = {name: np.array(array) for name, array in arrays.items()}
    text = json.dumps(place)
    other = cartpole(steps=600, priorities=True)
    other.restore(arrays, place)
    for run in (training, other):
        while run.steps < 400:
            run.step()
        run.log.write_row(tmp_path / "history.json", run.steps)
    assert json.dumps(place) == text
    for name, array in copies.items():
        np.testing.assert_array_equal(arrays[name], array, err_msg=name)


def test_importance_weights_become_exact_at_the_end(tmp_path, monkeypatch):
    training = cartpole(steps=400, priorities=True)
    learn, betas = training.agent.learn, []
    monkeypatch.setattr(
        training.agent,
        "learn",
        lambda b, n: betas.append(training._buffer.tree.beta) or learn(b, n),
    )
    rl.fit(training, tmp_path)
    assert betas[0] == pytest.approx(0.4 + 0.6 * 100 / 400)
    assert betas == sorted(betas) and betas[-1] == pytest.approx(1.0, abs=0.01)
