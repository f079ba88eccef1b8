import dataclasses
import itertools
import json
import pathlib
import signal
import subprocess
import sys
import time
import types

import gymnasium
import keras
import numpy as np
import pytest
import tensorflow as tf

from apps import commands
from apps.__main__ import main
from apps.gridworld import answers, app, data, exploration, maps, model, policies, report
from apps.gridworld.app import Config
from apps.gridworld.learner import Learner
from keras_dl import rl, training
from keras_dl.rl.value_iteration import value_iteration

ROOT = pathlib.Path(__file__).parent.parent.parent
# Leaves a checkpoint after each row of the history.
TRAIN = """
import sys
from apps.__main__ import main
from keras_dl.training import run
run.SECONDS_BETWEEN_CHECKPOINTS = 0.0
sys.exit(main(["gridworld", "train", *sys.argv[1:]]))
"""
SMALL = Config(environment="FrozenLake-v1", agents=10_000, steps=100, games=40, seeds=1)


def _live(config, q=None):
    """Returns what answers like a SavedModel, with a table (that of value iteration at first)."""
    learner = Learner(config)
    if q is None:
        q = value_iteration(data.transitions(config.environment, config.slippery), config.discount)
    learner.model.set_weights([np.asarray(q, "float32")])
    signatures = {
        name: tf.function(function, input_signature=signature)
        for name, (function, signature) in model.endpoints(learner.model, learner.assets).items()
    }
    return types.SimpleNamespace(signatures=signatures)


def test_the_saved_model_answers_for_states_and_others():
    q = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
    live = _live(SMALL, q)
    found = live.signatures["serving_default"](state=tf.constant([-1, 0, 14, 16, 2**31 - 1]))
    np.testing.assert_array_equal(found["q"], [[0] * 4, q[0], q[14], [0] * 4, [0] * 4])
    assert found["action"].numpy().tolist() == [-1, q[0].argmax(), q[14].argmax(), -1, -1]
    world = live.signatures["world"](state=tf.constant([14, 15, 5, -3]))
    status = [text.decode() for text in world["status"].numpy()]
    assert status == ["played", "the end", "the end", "no state"]
    assert world["actions"].numpy()[3].tolist() == [b"left", b"down", b"right", b"up"]


@pytest.mark.parametrize(
    ("name", "start", "moves"),
    [("FrozenLake-v1", 9, [8, 13, 10, 5]), ("CliffWalking-v1", 13, [1, 14, 25, 12])],
)
def test_actions_have_the_names_of_where_they_lead(name, start, moves):
    env = gymnasium.make(name, is_slippery=False).unwrapped
    columns = data.COLUMNS[name]
    steps = {"left": -1, "right": 1, "up": -columns, "down": columns}
    led = [env.P[start][action][0][1] for action in range(4)]
    assert led == moves == [start + steps[action] for action in data.ACTIONS[name]]


def test_the_taxi_has_its_actions_walls_and_places():
    env = gymnasium.make("Taxi-v4").unwrapped
    cells = list(itertools.product(range(5), range(5)))
    for action, (down, right) in ((0, (1, 0)), (1, (-1, 0)), (2, (0, 1)), (3, (0, -1))):
        assert maps._WAYS[data.ACTIONS["Taxi-v4"][action]] == (down, right)
        for row, column in cells:
            led = tuple(env.decode(env.P[env.encode(row, column, 0, 1)][action][0][1]))[:2]
            wall = right and (row, column - (right < 0)) in maps._WALLS
            inside = (row + down, column + right) in cells and not wall
            assert led == ((row + down, column + right) if inside else (row, column))
    assert list(maps._PLACES.values()) == [tuple(place) for place in env.locs]


def test_predict_says_what_to_do_or_why_not():
    q = np.arange(64.0).reshape(16, 4) / 8
    texts = [b"9", b" 2,1 ", b"5", b"16", b"4,0", b"0,4", b"", b"\xff\x1b[0m", b"9" * 5000, b"-1"]
    (found,) = answers.lines(_live(SMALL, q), [texts], SMALL)
    assert found[0] == "9\tup\t4.5000 4.6250 4.7500 4.8750"
    assert found[1] == " 2,1 \tup\t4.5000 4.6250 4.7500 4.8750"
    assert found[2] == "5\t\tthe game is over here"
    for line in found[3:]:
        assert line.endswith("\t\tno state: a number from 0 to 15, or row,column below 4,4")
    assert found[7].startswith("�␛[0m\t")


def test_predict_in_a_world_without_rows():
    taxi = Config(environment="Taxi-v4")
    (found,) = answers.lines(_live(taxi), [[b"0", b"1", b"15", b"1,1"]], taxi)
    assert found[0] == "0\t\tthe game is over here" and found[2] == "15\t\tno game comes here"
    assert found[1].startswith("1\tpick up\t")
    assert found[3] == "1,1\t\tno state: a number from 0 to 499"


def test_figures_tell_the_error_that_was_made():
    world = data.transitions("FrozenLake-v1")
    q = value_iteration(world, 0.99)
    found = report.figures(_live(SMALL, q), SMALL)
    assert found["largest error of a value (x 1000)"] < 1e-3
    assert found["learnt: mean return of 40 games"] == found["optimum: mean return of 40 games"]
    q[14, 1] += 0.1  # more than right, of the best action
    q[15] = 7.0  # where the game is over nothing counts
    found = report.figures(_live(SMALL, q), SMALL)
    np.testing.assert_allclose(found["largest error of a value (x 1000)"], 100, rtol=1e-4)
    np.testing.assert_allclose(found["mean error of a value (x 1000)"], 100 / 44, rtol=1e-3)
    assert found["learnt: discounted return from the start"] == pytest.approx(q[0].max())
    assert json.dumps(found, allow_nan=False)
    q[0] = 0, 1, 0, 0  # down at the start: more is lost on the way, as games tell
    found = report.figures(_live(SMALL, q), SMALL)
    assert found["learnt: discounted return from the start"] < 0.99 * 0.542


@pytest.mark.parametrize("name", ["FrozenLake-v1", "CliffWalking-v1"])
def test_the_value_of_a_policy_is_what_games_give(name):
    world = data.transitions(name)
    discount, q = 0.9, value_iteration(data.transitions(name), 0.9)
    policy = 0.8 * policies.greedy(q) + 0.2 / 4
    env, random, returns = data.environment(name), np.random.default_rng(0), []
    for game in range(300):
        state, _ = env.reset(seed=game)
        total, worth, over = 0.0, 1.0, False
        while not over and worth > 1e-4:
            action = int(random.choice(4, p=policy[state]))
            state, reward, over, cut, _ = env.step(action)
            total, worth, over = total + worth * reward, worth * discount, over or cut
        returns.append(total)
    expected = policies.start_value(world, policy, discount)
    assert abs(np.mean(returns) - expected) < 4 * np.std(returns) / np.sqrt(300)


def test_greedy_shares_what_is_equal():
    found = policies.greedy(np.array([[1.0, 2.0, 2.0, 0.0], [0.0, 0.0, 0.0, 1.0]]))
    np.testing.assert_array_equal(found, [[0, 0.5, 0.5, 0], [0, 0, 0, 1]])


def test_a_game_without_an_end_is_cut_off():
    env = data.environment("CliffWalking-v1")
    assert policies.play(env, [0] * 48, 2, 0).tolist() == [-1000.0, -1000.0]  # always up


def test_the_map_has_an_arrow_for_each_best_way():
    world = data.transitions("FrozenLake-v1")
    q = np.zeros((16, 4))
    q[:, 2] = 1.0
    q[0, 1] = 1.0  # as good as to the right
    figure = maps.grid(world, q, "FrozenLake-v1")
    arrows = [each for each in figure.axes[0].texts if getattr(each, "arrowprops", None)]
    assert len(arrows) == 11 + 1
    ways = {(round(a.xy[0]), round(a.xy[1])): a.xy[0] > a.xyann[0] for a in arrows}
    assert ways[2, 3] and (1, 1) not in ways  # a hole
    words = [each.get_text() for each in figure.axes[0].texts]
    assert words.count("goal") == words.count("start") == 1
    words = [
        each.get_text()
        for each in maps.taxi(
            data.transitions("Taxi-v4"),
            value_iteration(data.transitions("Taxi-v4"), 0.99),
            "Taxi-v4",
        )
        .axes[4]
        .texts
    ]
    assert "drop\noff" in words and "pick\nup" not in words


def test_exploring_finds_what_exploiting_does_not():
    world = data.transitions("CliffWalking-v1")
    random = exploration.learn(world, 0.9, 1.0, seed=0)
    some = exploration.learn(world, 0.9, 0.1, seed=0)
    optimum = policies.start_value(world, policies.greedy(value_iteration(world, 0.9)), 0.9)
    assert some[-1, 1] == pytest.approx(optimum) and some[-1, 0] > random[-1, 0] + 3


def _fit(learner, directory, resume=False):
    with training.Run(directory, resume=resume) as run:
        learner.fit(run)


def test_the_learner_keeps_a_history_and_the_table(tmp_path):
    learner = Learner(SMALL)
    _fit(learner, tmp_path)
    history = json.loads((tmp_path / "history.json").read_text("utf-8"))
    assert {len(values) for values in history.values()} == {50}
    assert history["steps"] == list(range(2, 101, 2))
    assert history["epsilon"][-1] == 0.5 and history["epsilon"][0] == pytest.approx(0.98)
    optimum = value_iteration(data.transitions("FrozenLake-v1"), 0.99)
    played = data.transitions("FrozenLake-v1").played
    error = np.abs(learner.model.get_weights()[0] - optimum)[played].max()
    assert np.log10(error) == pytest.approx(history["log10_largest_error"][-1], abs=1e-4)
    with np.load(tmp_path / "checkpoint.npz") as found:
        assert found["visits"].sum() == 1_000_000


def test_fewer_steps_than_parts(tmp_path):
    _fit(Learner(Config(environment="FrozenLake-v1", agents=5, steps=3)), tmp_path)
    with np.load(tmp_path / "checkpoint.npz") as found:
        assert found["visits"].sum() == 15


def test_killed_and_resumed_is_equal_to_the_bit(tmp_path, monkeypatch):
    settings = {"environment": "FrozenLake-v1", "agents": 1000, "steps": 6000}
    flags = [f"--{name}={value}" for name, value in settings.items()]
    whole, broken = (Config(**settings, run=str(tmp_path / name)) for name in ("whole", "broken"))
    running = subprocess.Popen([sys.executable, "-c", TRAIN, *flags, "--run", broken.run], cwd=ROOT)
    deadline = time.monotonic() + 120
    # A row is written before its checkpoint: with two of them there is one.
    history = pathlib.Path(broken.run, "history.json")
    while not history.exists() or len(json.loads(history.read_text("utf-8"))["steps"]) < 2:
        assert running.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not pathlib.Path(broken.run, "model.keras").exists(), "it was over before it was killed"
    parts = []
    step = rl.QLearningTraining.step
    monkeypatch.setattr(rl.QLearningTraining, "step", lambda each: parts.append(1) or step(each))
    folders = [
        commands.train(app, "gridworld", config)
        for config in (whole, dataclasses.replace(broken, resume=True))
    ]
    assert 50 < len(parts) < 100, "the second began anew"
    checkpoints = [dict(np.load(folder / "checkpoint.npz")) for folder in folders]
    for name, array in checkpoints[0].items():
        np.testing.assert_array_equal(checkpoints[1][name], array, err_msg=name)
    models = [keras.saving.load_model(folder / "model.keras") for folder in folders]
    np.testing.assert_array_equal(*[each.get_weights()[0] for each in models])
    histories = [(folder / "history.json").read_text("utf-8") for folder in folders]
    assert histories[0] == histories[1]


def test_resuming_without_a_checkpoint_begins_anew_and_a_damaged_one_is_told(tmp_path):
    learner = Learner(SMALL)
    _fit(learner, tmp_path, resume=True)
    path = tmp_path / "checkpoint.npz"
    other = Learner(Config(environment="Taxi-v4"))
    with pytest.raises(ValueError, match=r"same training.*FrozenLake-v1.* for .*Taxi-v4"):
        _fit(other, tmp_path, resume=True)
    with pytest.raises(ValueError, match=r"'discount': 0.99.* for .*'discount': 0.5"):
        _fit(Learner(dataclasses.replace(SMALL, discount=0.5)), tmp_path, resume=True)
    with np.load(path) as found:
        seen = found["visits"].sum()
    begun = Learner(SMALL)
    begun._training.step = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        _fit(begun, tmp_path)
    with np.load(path) as found:
        assert found["visits"].sum() == 0 < seen
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="checkpoint.npz.*Delete it to begin anew"):
        _fit(Learner(SMALL), tmp_path, resume=True)


def test_without_gymnasium(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(ImportError, match=r"pip install 'keras_dl\[atari\]'"):
        Learner(SMALL)
    assert main(["gridworld", "train", "--run", str(tmp_path / "run")]) == 2
    assert "keras_dl[atari]" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changed", "received"),
    [
        ({"agents": 0}, "--agents must be from 1 to 1e12. Received 0"),
        ({"steps": 0}, "--steps must be at least 1. Received 0"),
        ({"discount": 1.0}, "below 1, with at most six decimals. Received 1.0"),
        ({"discount": 0.9999999}, "at most six decimals. Received 0.9999999"),
        ({"epsilon_end": 2.0}, "--epsilon-end must be from 0 to 1. Received 2.0"),
        ({"power": 0.5}, "--power must be at least 1 and finite. Received 0.5"),
        ({"environment": "Taxi-v4", "slippery": "yes"}, "Taxi-v4.*Received yes"),
    ],
)
def test_settings_out_of_range(changed, received):
    with pytest.raises(ValueError, match=received):
        Config(**changed)


def test_slipping_is_a_choice():
    for slippery, outcomes in (("no", 1), ("yes", 3)):
        world = data.transitions("CliffWalking-v1", slippery)
        assert (world.probabilities > 0).sum(-1).max() == outcomes
        assert _live(Config(environment="CliffWalking-v1", slippery=slippery)).signatures["world"](
            state=tf.constant([0])
        )["slippery"].numpy() == [slippery.encode()]


def test_the_examples_name_every_endpoint():
    assert set(app.EXAMPLES) == set(_live(SMALL).signatures)
