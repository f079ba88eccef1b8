"""The player: its records, its plots, and what it says of bad input."""

import functools
import json
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from apps.atari import games, model, player, report
from apps.atari.app import (
    OTHER_SEEDS,
    Assets,
    Atari,
    AtariConfig,
    CurvesConfig,
    MeasureConfig,
    PredictConfig,
)
from apps.atari.player import Player
from keras_dl import models, rl
from keras_dl.application import UserError
from keras_dl.application.command_line import main

APP = Atari()
curves = APP.commands["curves"].function


def _served(game):
    """Returns what answers like a SavedModel."""
    keras.utils.set_random_seed(1)
    assets = Assets(game, games.actions_of(game))
    network = models.q_network(num_actions=len(assets.actions))
    signatures = {
        name: tf.function(each.function, input_signature=each.signature)
        for name, each in APP.endpoints(network, assets).items()
    }
    return types.SimpleNamespace(signatures=signatures, network=network, game=game)


@pytest.fixture(scope="module", params=["catch", "pong"])
def served(request):
    return _served(request.param)


@pytest.fixture(autouse=True)
def short_games(monkeypatch):
    monkeypatch.setattr(games.rl, "atari", functools.partial(rl.atari, max_frames=800))


@pytest.fixture(scope="module")
def catch():
    return _served("catch")


def test_the_endpoint_values_frames_and_names_actions(served):
    frames = np.random.default_rng(0).integers(0, 256, (3, 84, 84, 4)).astype("uint8")
    found = served.signatures["serving_default"](tf.constant(frames))
    np.testing.assert_allclose(found["q"], served.network(frames), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found["action"], np.argmax(found["q"], 1))
    names = served.signatures["names"](tf.constant([0, -1, 99]))
    first = {"catch": b"STAY", "pong": b"NOOP"}[served.game]
    assert names["name"].numpy().tolist() == [first, b"", b""]
    assert Player(served).actions == list(games.actions_of(served.game))


def test_a_seed_is_a_game_and_its_video(served, tmp_path, monkeypatch):
    monkeypatch.setattr(player, "_MOST_FRAMES", 30)
    config = PredictConfig(no_ops=30 if served.game == "catch" else 5)
    given = ["3", "x", "-1", b"\xff", "9" * 5000]
    found = list(APP.predict(served, given, config))
    assert found[0]["seed"] == 3 and found[0]["steps"] > 100
    for record in found[1:]:
        assert "seed must be a whole number from 0 to 2147483647" in record["error"]
    (tmp_path / "game.gif").write_bytes(found[0]["video"])
    with Image.open(tmp_path / "game.gif") as gif:
        assert gif.n_frames <= 30  # its beginning
        assert gif.size == ((84, 84) if served.game == "catch" else (160, 210))


def test_what_is_watched_is_what_was_played(served):
    plays, config = Player(served), MeasureConfig()
    played = plays.play(2, config, 4)
    rewards = [reward for _, reward in plays.watch(config, played.actions[0], 4)]
    assert sum(rewards) == played.scores[0] and len(rewards) == played.steps[0] + 1


def test_frames_show_the_game_of_the_record_and_its_values(served):
    config = PredictConfig(epsilon=0.3, video=False)
    (record,) = APP.predict(served, ["4"], config)
    *frames, end = APP.watch(served, "4", config)
    assert len(frames) == record["steps"]
    assert frames[-1].text == f"step {len(frames):,}, score {record['score']:g}"
    assert end.text == f"{frames[-1].text}: the game is over" and not end.scores
    names = [name for name, _ in frames[0].scores]
    assert names == Player(served).actions and {each.chosen for each in frames} <= {*names}
    best = [max(each.scores, key=lambda pair: pair[1])[0] == each.chosen for each in frames]
    assert 0.6 < np.mean(best) < 0.95  # the others are random actions
    size = (84, 84, 3) if served.game == "catch" else (210, 160, 3)
    assert {each.image.shape for each in [*frames, end]} == {size}


def test_no_video_if_none_is_wanted(catch):
    (record,) = APP.predict(catch, ["3"], PredictConfig(video=False))
    assert record["video"] is None and -10 <= record["score"] <= 10


def test_metrics_and_plots_are_those_of_the_games(catch, monkeypatch):
    played = []
    evaluate_policy = player.rl.evaluate_policy
    monkeypatch.setattr(
        player.rl,
        "evaluate_policy",
        lambda *a, **k: played.append(evaluate_policy(*a, **k)) or played[-1],
    )
    found = report.measure(catch, MeasureConfig(games=6, seed=1))
    values, scores = found.values(), played[0].scores
    assert len(played) == 2, "once by the player, once randomly"
    assert values["score.mean"] == scores.mean() and values["score.highest"] == scores.max()
    assert values["score.std"] == pytest.approx(scores.std(ddof=1))
    assert -10 <= values["random_play.score"] == played[1].scores.mean() < -3
    course = found.plots["course"].axes[0].lines
    assert len(course[0].get_ydata()) == played[0].steps[0] + 1
    rewarded = [line for line in course if line.get_label() == "below 0"]
    assert sum(len(line.get_xdata()) for line in rewarded) == (10 - scores[0]) / 2


class Asked(Exception):
    """Stands for games that need not be played."""


def test_games_are_as_the_flags_say(monkeypatch):
    def atari(game, num_envs, **options):
        raise Asked(game, num_envs, options)

    monkeypatch.setattr(games.rl, "atari", atari)
    rules = {"sticky_actions": 0.25, "no_ops": 3}
    actions = tf.constant([b"NOOP"] * 6)
    names = {"names": lambda action: {"game": tf.constant([b"pong"]), "name": actions}}
    with pytest.raises(Asked) as played:
        Player(types.SimpleNamespace(signatures=names)).play(7, PredictConfig(**rules), 4)
    assert played.value.args == ("pong", 7, {"seed": OTHER_SEEDS + 4, **rules})
    with pytest.raises(Asked) as learned:
        model.dqn_training(AtariConfig(game="pong", life_loss=True, seed=5, **rules))
    assert learned.value.args == ("pong", 8, {"seed": 5, **rules, "life_loss": True})


def _write_run(directory, history, **settings):
    directory.mkdir()
    record = {"application": "atari", "configuration": {"game": "Catch", **settings}}
    (directory / "run.json").write_text(json.dumps(record))
    if history:
        (directory / "history.json").write_text(json.dumps(history))


def test_curves_show_all_runs_of_a_game(tmp_path):
    for seed, steps in enumerate(([0, 1, 2, 3, 4], [0, 0.5, 2, 4], [0, 1, 2, 3])):
        history = {"steps": steps, "score": [None, *(step - 1 for step in steps[1:])]}
        _write_run(tmp_path / str(seed), history, seed=seed)
    config = CurvesConfig(run_dir=str(tmp_path))
    line, *_ = curves(config)["catch_curves"].axes[0].lines
    np.testing.assert_array_equal(line.get_ydata(), [np.nan, 0, 1, 2])
    _write_run(tmp_path / "begun", None)
    (tmp_path / "0" / "run.json").write_text(json.dumps({"application": "dates"}))
    _write_run(tmp_path / "other", {"steps": [1], "score": [None]}, seed=3, n_steps=2, double=True)
    axes = curves(config)["catch_curves"].axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["mean of 2 runs", "1 run, double True, n steps 2"]
    (tmp_path / "1" / "history.json").write_text("{")
    with pytest.raises(UserError, match=r"history.json is damaged"):
        curves(config)
    with pytest.raises(UserError, match=r"runs of atari. Received .*nothing"):
        curves(CurvesConfig(run_dir=str(tmp_path / "nothing")))


def test_flags_reach_the_training():
    flags = {
        "precision": "mixed_bfloat16",
        "double": True,
        "prioritized_replay": "no",
        "dueling": "yes",
    }
    training = model.dqn_training(AtariConfig(steps=160, n_steps=2, capacity=160, **flags))
    assert training.agent.model.layers[2].compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"
    assert training.name == "catch, sticky_actions 0.0, no_ops 30, life_loss False"
    assert training.agent.double and not training.settings.prioritized_replay
    assert training.settings.n_steps == 2 and training.settings.capacity == 160
    assert any("advantage" in v.path for v in training.agent.model.variables)
    many = AtariConfig(steps=200, n_steps=20, capacity=400)
    assert model.dqn_training(many).settings.learning_starts == 168
    nature = model.dqn_training(AtariConfig(preset="nature", steps=60_000, capacity=160))
    assert nature.settings.n_steps == 1 and nature.total == 60_000
    assert not any("advantage" in v.path for v in nature.agent.model.variables)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--game", "Pnog"], "Received 'Pnog'. Did you mean pong"),
        (["train", "--game", "ctach"], "Did you mean catch"),
        (["train", "--game", "Joust"], "'Joust', which is for two players"),
        (["train", "--life-loss"], "--life-loss must be omitted for catch. Received True"),
        (["train", "--capacity", "9000000000"], "capacity must fit into memory"),
        (["train", "--capacity", "7"], "capacity 7"),
        (["train", "--steps", "50"], "learning_starts 100. Use at least 112 steps"),
        (["train", "--seed", "1000000"], "--seed must be at least 0 and below 1,000,000"),
        (["train", "--epsilon", "2"], "unknown argument '--epsilon'"),
        (["evaluate", "--epsilon", "2"], "--epsilon must be from 0 to 1. Received 2.0"),
        (["predict", "--game", "Pong", "1"], "unknown argument '--game'"),
    ],
)
def test_bad_input_is_named(arguments, message, tmp_path, capsys):
    run = tmp_path / "run"
    flags = ["--run-dir", str(run)] if arguments[0] == "train" else []
    assert main([APP], ["atari", *arguments, *flags], "apps") == 2
    assert message in capsys.readouterr().err
    assert not run.exists()
