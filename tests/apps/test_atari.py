"""The player: its answers, its pictures, and what it says of bad input."""

import dataclasses
import json
import pathlib
import subprocess
import sys
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from apps import commands
from apps.__main__ import main
from apps.atari import answers, data, learner, model, report
from apps.atari.app import OTHER_SEEDS, Config
from apps.atari.player import Player
from keras_dl import models

OTHER = str(pathlib.Path("saved_models/gridworld").absolute())


@pytest.fixture(params=["catch", "pong"])
def saved_model(request):
    """What answers like a SavedModel."""
    keras.utils.set_random_seed(1)
    actions = data.actions_of(request.param)
    network = models.q_network(len(actions))
    endpoints = model.endpoints(network, {"game": request.param, "actions": actions})
    signatures = {
        name: tf.function(function, input_signature=signature)
        for name, (function, signature) in endpoints.items()
    }
    return types.SimpleNamespace(signatures=signatures, network=network, game=request.param)


def test_the_endpoint_values_frames_and_names_actions(saved_model):
    frames = np.random.default_rng(0).integers(0, 256, (3, 84, 84, 4)).astype("uint8")
    answer = saved_model.signatures["serving_default"](tf.constant(frames))
    np.testing.assert_allclose(answer["q"], saved_model.network(frames), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(answer["action"], np.argmax(answer["q"], 1))
    names = saved_model.signatures["names"](tf.constant([0, -1, 99]))
    first = {"catch": b"STAY", "pong": b"NOOP"}[saved_model.game]
    assert names["name"].numpy().tolist() == [first, b"", b""]
    assert Player(saved_model).actions == data.actions_of(saved_model.game)


def test_a_seed_is_a_game_and_its_video(saved_model, tmp_path):
    no_ops = 30 if saved_model.game == "catch" else 5
    config = Config(video=str(tmp_path / "videos"), no_ops=no_ops)
    given = [b"3", b"x", b"-1", b"3", b"99999999999", b"\xff", b"9" * 5000]
    (lines,) = answers.lines(saved_model, [given], config)
    assert lines[0] == lines[3] and lines[0].startswith("3\tscore ")
    for line in (lines[1], lines[2], *lines[4:]):
        assert "error: a seed must be a whole number" in line
    _, score, steps, path = lines[0].split("\t")
    with Image.open(path) as gif:
        assert gif.n_frames <= int(steps.split()[0]) + 1
        assert gif.size == ((84, 84) if saved_model.game == "catch" else (160, 210))
    silent = dataclasses.replace(config, video="")
    assert list(answers.lines(saved_model, [[b"3"]], silent)) == [
        ["\t".join([*lines[0].split("\t")[:3]])]
    ]


def test_what_is_watched_is_what_was_played(saved_model):
    player, config = Player(saved_model), Config()
    games = player.play(1, config, seed=4)
    rewards = [reward for _, reward in player.watch(config, games.actions[0], 4)]
    assert sum(rewards) == games.scores[0] and len(rewards) == games.steps[0] + 1


@pytest.mark.parametrize("saved_model", ["catch"], indirect=True)
def test_a_long_game_has_its_beginning_as_video(saved_model, tmp_path, monkeypatch):
    monkeypatch.setattr(answers, "_MOST_FRAMES", 30)
    (lines,) = answers.lines(saved_model, [[b"3"]], Config(video=str(tmp_path)))
    path, told = lines[0].split("\t")[3].split(" ", 1)
    assert told == "(its first 30 frames)"
    with Image.open(path) as gif:
        assert gif.n_frames <= 30


@pytest.mark.parametrize("saved_model", ["catch"], indirect=True)
def test_figures_are_those_of_the_games(saved_model):
    config = Config(games=6)
    figures = report.figures(saved_model, config)
    scores = Player(saved_model).play(6, config).scores
    assert figures["score, mean"] == scores.mean() and figures["score, highest"] == scores.max()
    assert figures["score, standard deviation"] == pytest.approx(scores.std(ddof=1))
    assert -10 <= figures["score of random play, mean"] < -3


class Asked(Exception):
    """Stands for games that need not be played."""


def test_games_are_as_the_flags_say(monkeypatch):
    def atari(game, num_envs, **options):
        raise Asked(game, num_envs, options)

    monkeypatch.setattr(data.rl, "atari", atari)
    rules = {"sticky_actions": 0.25, "no_ops": 3}
    config = Config(game="pong", life_loss=True, **rules)
    actions = tf.constant([b"NOOP"] * 6)
    names = {"names": lambda action: {"game": tf.constant([b"pong"]), "name": actions}}
    with pytest.raises(Asked) as played:
        Player(types.SimpleNamespace(signatures=names)).play(7, config, seed=4)
    assert played.value.args == ("pong", 7, {"seed": OTHER_SEEDS + 4, **rules})
    with pytest.raises(Asked) as learnt:
        learner.Learner(dataclasses.replace(config, seed=5))
    assert learnt.value.args == ("pong", 8, {"seed": 5, **rules, "life_loss": True})


def test_curves_show_all_runs_of_a_game(tmp_path):
    for number, steps in enumerate(([0, 1, 2, 3, 4], [0, 0.5, 2, 4], [0, 1, 2, 3])):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "run.json").write_text(
            json.dumps({"application": "atari", "configuration": {"game": "Catch"}})
        )
        history = {"steps": steps, "score": [None, *(step - 1 for step in steps[1:])]}
        (folder / "history.json").write_text(json.dumps(history))
    figure = report.curves(Config(run=str(tmp_path)))["catch_curves"]
    mean = figure.axes[0].lines[-1].get_ydata()
    np.testing.assert_array_equal(mean, [np.nan, 0, 1, 2])
    with pytest.raises(FileNotFoundError, match="nothing"):
        report.curves(Config(run=str(tmp_path / "nothing")))
    begun = tmp_path / "begun"
    begun.mkdir()
    (begun / "run.json").write_text((tmp_path / "0" / "run.json").read_text())
    (tmp_path / "0" / "run.json").write_text(json.dumps({"application": "dates"}))
    axes = report.curves(Config(run=str(tmp_path)))["catch_curves"].axes[0]
    assert axes.get_legend_handles_labels()[1] == ["mean of 2 runs"]
    other = {"game": "catch", "seed": 3, "n_steps": 2, "double": True}
    other = {"application": "atari", "configuration": other}
    (tmp_path / "2" / "run.json").write_text(json.dumps(other))
    axes = report.curves(Config(run=str(tmp_path)))["catch_curves"].axes[0]
    assert axes.get_legend_handles_labels()[1] == ["1 run", "1 run, double True, n steps 2"]
    (tmp_path / "1" / "history.json").write_text("{")
    with pytest.raises(ValueError, match="history.json is damaged"):
        report.curves(Config(run=str(tmp_path)))


def test_another_process_exports(tmp_path):
    run = str(tmp_path / "run")
    assert main(["atari", "train", "--steps", "160", "--run", run]) == 0
    command = [sys.executable, "-m", "apps", "atari", "export", "--run", run]
    done = subprocess.run(command, cwd=commands.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "answers compared" in done.stdout


def test_flags_reach_the_learner(tmp_path):
    config = Config(
        steps=160,
        precision="mixed_bfloat16",
        double=True,
        priorities="no",
        n_steps=2,
        capacity=160,
        dueling="yes",
    )
    learns = learner.Learner(config)
    training = learns._training
    assert training.agent.model.layers[2].compute_dtype == "bfloat16"
    assert {each.compute_dtype for each in learns.model.layers} == {"float32"}
    assert training.agent.double and not training.settings.priorities
    assert training.settings.n_steps == 2 and training.settings.capacity == 160
    assert any("advantage" in v.path for v in training.agent.model.variables)
    many = dataclasses.replace(config, steps=200, n_steps=20, capacity=400)
    assert learner.Learner(many)._training.settings.starts == 168
    given = dataclasses.replace(config, preset="nature", steps=60_000, n_steps=0, dueling="preset")
    nature = learner.Learner(given)._training
    assert nature.settings.n_steps == 1 and nature.total == 60_000
    assert not any("advantage" in v.path for v in nature.agent.model.variables)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--game", "Pnog"], "Received 'Pnog'. Did you mean pong"),
        (["train", "--game", "ctach"], "Did you mean catch"),
        (["train", "--game", "Joust"], "'Joust', which is for two people"),
        (["train", "--life-loss"], "--life-loss is for Atari's games. Received True for catch"),
        (["train", "--capacity", "9000000000"], "memory holds the transitions"),
        (["train", "--capacity", "7"], "capacity 7"),
        (["train", "--steps", "50"], "Received 50 steps, 4 and 100. Give at least 112 steps"),
        (["train", "--seed", "1000000"], "--seed must be below 1000000"),
        (["evaluate", "--model", OTHER], "a SavedModel of this application. Received"),
        (["train", "--epsilon", "2"], "--epsilon must be from 0 to 1. Received 2.0"),
        (["evaluate", "--model", "nothing"], "Received path nothing"),
        (["evaluate", "--game", "Breakout"], "Received 'Breakout' for a player of pong"),
        (["predict", "--game", "Breakout", "1"], "Received 'Breakout' for a player of pong"),
        (["curves", "--run", "nothing"], "nothing has no runs"),
    ],
)
def test_bad_input_is_named(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if arguments[0] == "train":
        arguments = [*arguments, "--run", str(tmp_path / "run")]
    assert main(["atari", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_another_game_is_no_way_to_go_on(tmp_path, capsys):
    run = str(tmp_path / "run")
    assert main(["atari", "train", "--steps", "120", "--run", run]) == 0
    assert main(["atari", "train", "--resume", "--run", run, "--game", "pong"]) == 2
    assert "--game can't change" in capsys.readouterr().err
    with np.load(tmp_path / "run" / "checkpoint.npz") as archive:
        assert "place" in archive
    recorded = json.loads((tmp_path / "run" / "run.json").read_text())
    recorded["configuration"]["game"] = "pong"
    (tmp_path / "run" / "run.json").write_text(json.dumps(recorded))
    assert main(["atari", "train", "--resume", "--run", run]) == 2
    assert "of the same game and settings" in capsys.readouterr().err
