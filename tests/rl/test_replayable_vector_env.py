"""Games side by side against the same games one at a time, and against the bare emulator."""

import sys

import ale_py
import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from keras_dl.rl import games
from keras_dl.rl.replayable_vector_env import ReplayableVectorEnv


def makers():
    return {
        "breakout": lambda **k: games.atari(
            "Breakout", 3, life_loss=True, sticky_actions=0.25, max_frames=400, **k
        ),
        "cartpole": lambda **k: games.gymnasium_games("CartPole-v1", 3, **k),
        "catch": lambda **k: games.catch(3, **k),
    }


def play(environments, steps, seed):
    """Plays at random; returns [(frames, actions, step)]."""
    random = np.random.default_rng(seed)
    played = []
    for _ in range(steps):
        frames = environments.frames.copy()
        actions = random.integers(0, environments.num_actions, environments.num_envs)
        environments.send(actions)
        played.append((frames, actions, environments.receive()))
    return played


def assert_same(played, again):
    assert len(played) == len(again)
    for (frames, actions, step), (frames2, actions2, step2) in zip(played, again, strict=True):
        np.testing.assert_array_equal(frames, frames2)
        np.testing.assert_array_equal(actions, actions2)
        for name in ("rewards", "terminated", "truncated", "autoreset"):
            np.testing.assert_array_equal(getattr(step, name), getattr(step2, name))
        assert step.scores == step2.scores


@pytest.mark.parametrize("game", ["breakout", "cartpole", "catch"])
def test_replay_brings_games_back(game):
    make = makers()[game]
    first = make(seed=7)
    first.memory = 50
    steps = 1000 if game == "breakout" else 1500
    before = play(first, steps, seed=1)
    state = {name: array.copy() for name, array in first.state().items()}
    after = play(first, 100, seed=2)
    second = make(seed=7)
    second.memory = 50
    replayed = [(frames.copy(), actions, step) for frames, actions, step in second.replay(state)]
    assert_same(before[-50:], replayed[-50:])
    assert 50 < len(replayed) < steps - 50
    assert_same(after, play(second, 100, seed=2))
    np.testing.assert_array_equal(first.state()["begins"], second.state()["begins"])
    np.testing.assert_array_equal(first.state()["actions"], second.state()["actions"])


@pytest.mark.parametrize("seed", range(25))
def test_what_is_played_before_the_first_known_episode_does_not_matter(seed):
    first, second = (games.gymnasium_games("CartPole-v1", 4, seed=seed) for _ in range(2))
    first.memory = second.memory = 100
    before = play(first, 400, seed=seed)
    replayed = [(frames.copy(), *rest) for frames, *rest in second.replay(first.state())]
    assert_same(before[-100:], replayed[-100:])


def test_a_short_limit_of_frames_ends_every_episode():
    environments = games.atari("pong", 2, seed=0, max_frames=20)
    played = play(environments, 100, seed=0)
    ends = np.array([step.truncated for *_, step in played])
    began = np.array([step.autoreset for *_, step in played])
    np.testing.assert_array_equal(began[1:], ends[:-1])
    assert ends.sum() > 20


def test_replay_of_other_games_is_refused():
    first = games.gymnasium_games("CartPole-v1", 2, seed=0)
    first.memory = 10
    play(first, 100, seed=0)
    second = games.gymnasium_games("CartPole-v1", 2, seed=1)
    with pytest.raises(ValueError, match="differently at step"):
        list(second.replay(first.state()))


def test_replay_of_another_seed_is_refused_where_games_last_equally_long():
    first, second = games.catch(2, seed=0), games.catch(2, seed=1)
    first.memory = 10
    play(first, 100, seed=0)
    with pytest.raises(ValueError, match="show other frames at step 100"):
        list(second.replay(first.state()))


def test_ends_are_seen_whatever_the_no_ops():
    environments = games.atari("breakout", 4, seed=0, no_ops=1000)
    played = play(environments, 250, seed=0)
    ends = np.array([step.terminated | step.truncated for *_, step in played])
    began = np.array([step.autoreset for *_, step in played])
    np.testing.assert_array_equal(began[1:], ends[:-1])
    assert ends.sum() > 4
    with pytest.raises(
        ValueError, match=r"no_ops must be at most 100 with life_loss. Received 101"
    ):
        games.atari("breakout", 1, seed=0, no_ops=101, life_loss=True)


def test_each_game_is_the_game_alone():
    environments = games.gymnasium_games("CartPole-v1", 4, seed=3)
    alone = [gymnasium.make("CartPole-v1") for _ in range(4)]
    number = np.zeros(4, int)
    played = play(environments, 500, seed=0)
    began, expected = [True] * 4, [None] * 4
    for frames, actions, step in played:
        for game, env in enumerate(alone):
            if began[game]:
                word = np.random.SeedSequence((3, game, int(number[game]))).generate_state(1)[0]
                seed = None if number[game] % 8 else int(word >> 1)
                expected[game], _ = env.reset(seed=seed)
            np.testing.assert_array_equal(frames[game], expected[game])
            if step.autoreset[game]:
                number[game] += 1
                began[game] = True
                continue
            began[game] = False
            answer = env.step(int(actions[game]))
            expected[game], reward, terminated, truncated, _ = answer
            assert reward == step.rewards[game]
            assert (terminated, truncated) == (step.terminated[game], step.truncated[game])
    assert number.min() >= 9


def test_scores_are_whole_games_unclipped():
    environments = games.atari("space_invaders", 4, seed=0, life_loss=True)
    played = play(environments, 730, seed=0)
    totals, scores = np.zeros(4), []
    for _, _, step in played:
        for game in range(4):
            if step.autoreset[game]:
                assert step.scores[game] == totals[game]
                scores.append(totals[game])
                totals[game] = 0
            totals[game] += step.rewards[game]
    assert len(scores) >= 4 and max(scores) > 20
    assert max(step.rewards.max() for _, _, step in played) >= 5


def test_a_life_lost_is_told_and_the_game_goes_on():
    environments = games.atari("breakout", 2, seed=0, life_loss=True)
    played = play(environments, 500, seed=0)
    lost = sum(step.terminated for *_, step in played)
    ended = sum(step.autoreset for *_, step in played)
    assert (ended >= 2).all() and (lost >= 5 * ended).all() and (lost <= 5 * (ended + 1)).all()
    without = games.atari("breakout", 2, seed=0)
    played = play(without, 400, seed=0)
    lost = sum(step.terminated for *_, step in played)
    ended = sum(step.autoreset for *_, step in played)
    assert (ended >= 2).all() and (abs(lost - ended) <= 1).all()


def test_games_begin_differently():
    environments = games.atari("pong", 6, seed=0)
    for _ in range(30):  # the same actions, until the ball is there
        environments.send(np.zeros(6))
        environments.receive()
    assert len({frame.tobytes() for frame in environments.frames}) >= 5


def test_frames_are_the_emulators():
    """Greatest of the last two of four frames, gray, areas averaged; by the emulator alone."""
    environments = games.atari("pong", 1, seed=0, no_ops=0)
    ale = ale_py.ALEInterface()
    ale.setFloat("repeat_action_probability", 0.0)
    ale.loadROM(ale_py.roms.get_rom_path("pong"))
    ale.reset_game()
    actions = ale.getMinimalActionSet()
    ale.act(actions[1])  # FIRE, pressed where a game begins
    random = np.random.default_rng(0)
    for _ in range(60):
        action = int(random.integers(0, len(actions)))
        environments.send([action])
        step = environments.receive()
        reward, screens = 0, []
        for _ in range(4):
            reward += ale.act(actions[action])
            screens.append(ale.getScreenGrayscale().astype("float64"))
        expected = areas(np.maximum(*screens[-2:]), 84, 84)
        assert reward == step.rewards[0]
        assert np.abs(environments.frames[0, 0] - expected).max() <= 1


def areas(image, height, width):
    """Mean of each cell of a grid laid over an image, with the shares of cut pixels."""

    def shares(size, cells):
        edges = np.linspace(0, size, cells + 1)
        low = np.maximum(edges[:-1, None], np.arange(size))
        high = np.minimum(edges[1:, None], np.arange(size) + 1)
        return np.maximum(high - low, 0) * cells / size

    return shares(image.shape[0], height) @ image @ shares(image.shape[1], width).T


def test_a_limit_of_frames_cuts_off():
    environments = games.atari("pong", 1, seed=0, no_ops=0, max_frames=200)
    played = play(environments, 60, seed=0)
    cut = [time for time, (*_, step) in enumerate(played) if step.truncated[0]]
    assert cut == [49] and not any(step.terminated.any() for *_, step in played)
    assert played[50][2].autoreset[0]


def test_names_are_found():
    registered = [spec.kwargs["game"] for spec in gymnasium.registry.values() if "ALE/" in spec.id]
    others = [spec.name for spec in gymnasium.registry.values() if spec.namespace == "ALE"]
    assert len(registered) == len(others) > 100
    for name, gymnasiums in zip(registered, others, strict=True):
        if name in games.atari_games():
            assert games.atari_name(gymnasiums) == games.atari_name(name) == name
    for spec in gymnasium.registry.values():
        if spec.namespace is None and spec.kwargs.get("game") in games.atari_games():
            assert games.atari_name(spec.id) == spec.kwargs["game"]
    for name in ("ALE/Pong-v5", "PongNoFrameskip-v4", "Pong-ramDeterministic-v0", "Pong-v0"):
        assert games.atari_name(name) == "pong"
    for name in ("Space Invaders", "space-invaders", "SPACE_INVADERS"):
        assert games.atari_name(name) == "space_invaders"


def test_frames_stay_as_they_were():
    environments = games.atari("pong", 2, seed=0)
    environments.memory = 10
    held, copies = [environments.frames], [environments.frames.copy()]
    for number in range(12):
        environments._numbers[:] = number  # the eighth begins from a seed
        environments._over[:] = number % 4 == 3
        play(environments, 1, seed=number)
        held.append(environments.frames)
        copies.append(environments.frames.copy())
    np.testing.assert_array_equal(held, copies)
    assert len({each.tobytes() for each in copies}) > 6


@pytest.mark.slow
def test_every_game_plays():
    names = games.atari_games()
    assert len(names) >= 104 and "joust" not in names
    for name in names:
        environments = games.atari(name, 1, seed=0, no_ops=0)
        (step,) = (each for *_, each in play(environments, 1, seed=0))
        assert environments.frames.shape == (1, 1, 84, 84) and np.isfinite(step.rewards).all()
        assert environments.num_actions == len(games.atari_actions(name)), name


def test_a_game_that_is_not_there():
    with pytest.raises(ValueError, match=r"Received 'Pnog'. Did you mean pong"):
        games.atari("Pnog", 1, seed=0)
    with pytest.raises(ValueError, match=r"Received 'CartPole-v1'\. See .*gymnasium_games for"):
        games.atari_name("CartPole-v1")
    with pytest.raises(ValueError, match="CartPole-v77"):
        games.gymnasium_games("CartPole-v77", 1, seed=0)


@pytest.mark.parametrize(
    ("missing", "make"),
    [
        ("ale_py", lambda: games.atari("pong", 1, seed=0)),
        ("gymnasium", lambda: games.atari("pong", 1, seed=0)),
        ("gymnasium", lambda: games.catch(1, seed=0)),
        ("gymnasium", lambda: games.gymnasium_games("CartPole-v1", 1, seed=0)),
    ],
)
def test_what_is_not_installed_is_named(missing, make, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=rf"{missing.replace('_', '-')}.*keras_dl\[atari\]"):
        make()


def test_other_environments_are_refused():
    other = gymnasium.make_vec(
        "CartPole-v1",
        2,
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
    )
    with pytest.raises(ValueError, match="SameStep"):
        ReplayableVectorEnv(other, 0)
    with pytest.raises(ValueError, match=r"actions.*Box"):
        games.gymnasium_games("Pendulum-v1", 2, seed=0)
    with pytest.raises(ValueError, match="use QLearning"):
        games.gymnasium_games("FrozenLake-v1", 2, seed=0)
    shifted = gymnasium.make_vec("CartPole-v1", 2, vectorization_mode="sync")
    shifted.single_action_space = gymnasium.spaces.Discrete(2, start=1)
    with pytest.raises(ValueError, match=r"numbered from 0.*start=1"):
        ReplayableVectorEnv(shifted, 0)
    shifted.single_action_space = gymnasium.spaces.MultiBinary(2)
    with pytest.raises(ValueError, match="MultiBinary"):
        ReplayableVectorEnv(shifted, 0)
