import itertools
import json
import sys
import types

import gymnasium
import numpy as np
import pytest
import tensorflow as tf

from apps.gridworld import exploration, maps, model, report, world
from apps.gridworld.app import ExploreConfig, Gridworld, GridworldConfig, MeasureConfig
from keras_dl import rl, training
from keras_dl.application import UserError
from keras_dl.application.command_line import main
from keras_dl.application.runs import ApplicationRun

APP = Gridworld()
SMALL = {"environment": "FrozenLake-v1", "num_agents": 10_000, "steps": 100}


def _served(q=None, **settings):
    """Returns what answers like a SavedModel, with a table (that of value iteration at first)."""
    config = GridworldConfig(**SMALL | settings)
    table = world.transitions(config.environment, config.slippery)
    network = model.build(*table.shape)
    q = rl.value_iteration(table, config.discount) if q is None else q
    network.set_weights([np.asarray(q, "float32")])
    signatures = {
        name: tf.function(each.function, input_signature=each.signature)
        for name, each in APP.endpoints(network, model.assets_of(config, table)).items()
    }
    return types.SimpleNamespace(signatures=signatures)


def _train(directory, **settings):
    config = GridworldConfig(**SMALL | settings)
    with training.Run(directory) as run:
        return APP.train(config, ApplicationRun(APP, run, config))


def test_the_saved_model_knows_its_states_and_no_others():
    q = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
    signatures = _served(q).signatures
    found = signatures["serving_default"](state=tf.constant([-1, 0, 14, 16, 2**31 - 1]))
    np.testing.assert_array_equal(found["q"], [[0] * 4, q[0], q[14], [0] * 4, [0] * 4])
    assert found["action"].numpy().tolist() == [-1, q[0].argmax(), q[14].argmax(), -1, -1]
    about = signatures["world"](state=tf.constant([14, 15, 5, -3]))
    status = [text.decode() for text in about["status"].numpy()]
    assert status == ["played", "the end", "the end", "no state"]
    assert about["actions"].numpy()[3].tolist() == [b"left", b"down", b"right", b"up"]


@pytest.mark.parametrize(
    ("name", "start", "moves"),
    [("FrozenLake-v1", 9, [8, 13, 10, 5]), ("CliffWalking-v1", 13, [1, 14, 25, 12])],
)
def test_actions_have_the_names_of_where_they_lead(name, start, moves):
    env = gymnasium.make(name, is_slippery=False).unwrapped
    columns = world.COLUMNS[name]
    steps = {"left": -1, "right": 1, "up": -columns, "down": columns}
    led = [env.P[start][action][0][1] for action in range(4)]
    assert led == moves == [start + steps[action] for action in world.ACTIONS[name]]


def test_the_taxi_has_its_actions_walls_and_locations():
    env = gymnasium.make("Taxi-v4").unwrapped
    cells = list(itertools.product(range(5), range(5)))
    moves = {"down": (1, 0), "up": (-1, 0), "right": (0, 1), "left": (0, -1)}
    for action, name in enumerate(world.ACTIONS["Taxi-v4"][:4]):
        down, right = moves[name]
        for row, column in cells:
            led = tuple(env.decode(env.P[env.encode(row, column, 0, 1)][action][0][1]))[:2]
            wall = right and (row, column - (right < 0)) in maps.WALLS
            inside = (row + down, column + right) in cells and not wall
            assert led == ((row + down, column + right) if inside else (row, column))
    assert list(maps.LOCATIONS.values()) == [tuple(location) for location in env.locs]


def test_records_say_what_to_do_or_why_not():
    q = np.arange(64.0).reshape(16, 4) / 8 - 4.50001
    texts = [
        b"9",
        " 2,1 ",
        "5",
        "16",
        "4,0",
        "0,4",
        "",
        b"\x1b[0m",
        "9" * 5000,
        "-1",
        "1,",
        "٣",
    ]
    found = list(APP.predict(_served(q), texts))
    values = [("left", 0), ("down", 0.125), ("right", 0.25), ("up", 0.375)]
    assert found[0] == {"state": "9", "action": "up", "values": values}
    assert not np.signbit([value for _, value in found[0]["values"]]).any()
    assert found[1] == {"state": " 2,1 ", "action": "up", "values": values}
    assert found[2] == {"state": "5", "error": "the game is over here"}
    told = "unknown state. Give an index from 0 to 15, or row,column below 4,4"
    assert [each.get("error") for each in found[3:]] == [told] * 9


def test_records_in_a_world_without_rows():
    found = list(APP.predict(_served(environment="Taxi-v4"), ["0", "15", "1,1", "1"]))
    assert found[0]["error"] == "the game is over here"
    assert found[1]["error"] == "no game reaches this state"
    assert found[2]["error"].endswith("Give an index from 0 to 499")
    assert found[3]["action"] == "pick up" and len(found[3]["values"]) == 6


@pytest.mark.parametrize(
    ("settings", "state", "steps"),
    [({"slippery": "no"}, "9", 3), ({"environment": "Taxi-v4"}, "36", 2)],
)
def test_a_game_is_watched_to_its_end(settings, state, steps):
    served = _served(**settings)
    *moves, last = APP.watch(served, state)
    for frame in moves:
        assert frame.chosen == max(frame.scores, key=lambda pair: pair[1])[0]
        assert frame.image.dtype == np.uint8 and frame.image.shape[2] == 3
    assert (moves[0].image != moves[1].image).any()
    assert last.text.endswith("the game is over") and len(moves) == steps
    (record,) = APP.predict(served, [state])
    figure = APP.plot(served, record)
    (marker,) = [each for each in figure.axes[0].lines if each.get_marker() == "o"]
    # On the lake, row 2 and column 1; in the taxi, one cell beside R with a passenger to it.
    assert marker.get_xydata().tolist() == [[1, 2] if state == "9" else [1, 0]]
    with pytest.raises(UserError, match="unknown state"):
        next(APP.watch(served, "x"))


def test_metrics_tell_the_error_that_was_made():
    table, config = world.transitions("FrozenLake-v1"), MeasureConfig(games=40)
    q = rl.value_iteration(table, 0.99)
    found = report.measure(_served(q), config).values()
    assert found["value_error.largest"] < 1e-3
    assert found["model.return"] == found["optimum.return"]
    q[14, 1] += 0.1  # more than right, of the best action
    q[15] = 7.0  # where the game is over nothing counts
    q[0] = 0, q[0].max(), 0, 0  # down at the start: more is lost on the way
    found = report.measure(_served(q), config).values()
    errors = np.abs(q - rl.value_iteration(table, 0.99))[table.reachable]
    assert found["value_error.largest"] == pytest.approx(1000 * errors.max(), rel=1e-4)
    assert found["value_error.mean"] == pytest.approx(1000 * errors.mean(), rel=1e-3)
    assert found["model.start_value"] < 0.99 * found["optimum.start_value"]
    assert found["optimum.start_value"] == pytest.approx(0.542, abs=1e-3)


def test_a_game_without_an_end_is_cut_off():
    env = world.environment("CliffWalking-v1")
    assert report.play(env, [0] * 48, 2, 0).tolist() == [-1000.0, -1000.0]  # always up


def test_maps_show_start_goal_and_what_the_taxi_does():
    table = world.transitions("CliffWalking-v1")
    figure = maps.value_map("CliffWalking-v1", table, np.zeros((48, 4)))
    at = {each.get_text(): each.get_position() for each in figure.axes[0].texts}
    assert at["goal"] == (11, 3) and at["start"] == (0, 3.42)
    table = world.transitions("Taxi-v4")
    figure = maps.value_map("Taxi-v4", table, rl.value_iteration(table, 0.99))
    words = [{each.get_text() for each in axes.texts} for axes in figure.axes[:8]]
    assert all("pick\nup" in some and "drop\noff" not in some for some in words[:4])
    assert all("drop\noff" in some and "pick\nup" not in some for some in words[4:])


def test_exploring_finds_what_exploiting_does_not(monkeypatch):
    table = world.transitions("CliffWalking-v1")
    optimum = world.start_value(table, rl.value_iteration(table, 0.9), 0.9)
    random, some = (exploration.learn(table, 0.9, epsilon, seed=0) for epsilon in (1.0, 0.1))
    assert some[-1, 1] == pytest.approx(optimum) and some[-1, 0] > random[-1, 0] + 3
    monkeypatch.setattr(exploration, "_STEPS", 40)
    config = ExploreConfig(environment="CliffWalking-v1", discount=0.9, seeds=2)
    figure = APP.commands["explore"].function(config)["exploration"]
    lines = {line.get_label(): line.get_ydata() for line in figure.axes[1].lines}
    assert len(lines) == 6 and set(lines["optimum"]) == {optimum}


def test_training_keeps_a_history_and_the_table(tmp_path):
    trained = _train(tmp_path)
    history = json.loads((tmp_path / "history.json").read_text("utf-8"))
    assert history["steps"] == list(range(2, 101, 2))
    assert history["epsilon"][-1] == 0.5 and history["epsilon"][0] == pytest.approx(0.98)
    table = world.transitions("FrozenLake-v1")
    optimum = rl.value_iteration(table, 0.99)
    error = np.abs(trained.model.get_weights()[0] - optimum)[table.reachable].max()
    assert np.log10(error) == pytest.approx(history["log10_largest_error"][-1], abs=1e-4)
    for steps, visits in ((100, 1_000_000), (3, 30_000)):  # 3: fewer than rows of a history
        _train(tmp_path / str(steps), steps=steps)
        with np.load(tmp_path / str(steps) / "checkpoint.npz") as found:
            assert found["visits"].sum() == visits


def test_without_gymnasium(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    assert main([APP], ["gridworld", "train", "--run-dir", str(tmp_path / "run")], "apps") == 2
    assert "pip install 'keras_dl[atari]'" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changed", "received"),
    [
        ({"num_agents": 0}, "--num-agents must be from 1 to 1,000,000,000,000. Received 0"),
        ({"discount": 0.9999999}, "--discount must have at most six decimals. Received 0.9999999"),
        ({"power": 0.5}, "--power must be at least 1. Received 0.5"),
        ({"environment": "Taxi-v4", "slippery": "yes"}, "--slippery must be default for Taxi-v4"),
    ],
)
def test_settings_out_of_range(changed, received):
    with pytest.raises(UserError, match=received):
        GridworldConfig(**changed)


def test_slipping_is_a_choice():
    for slippery, outcomes in (("no", 1), ("yes", 3)):
        table = world.transitions("CliffWalking-v1", slippery)
        assert (table.probabilities > 0).sum(-1).max() == outcomes
        about, _ = world.read(_served(environment="CliffWalking-v1", slippery=slippery))
        assert about == model.assets_of(
            GridworldConfig(environment="CliffWalking-v1", slippery=slippery), table
        )
