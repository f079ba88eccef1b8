"""Sampled transitions against lists of episodes, kept in the plainest way."""

import collections

import numpy as np
import pytest

from keras_dl.rl.free_memory import free_memory
from keras_dl.rl.replay_buffer import ReplayBuffer

GAMES = 3


def play(steps, seed=0, lives=False):
    """Yields what games would do: (frames, actions, rewards, terminated, truncated, last)."""
    random = np.random.default_rng(seed)
    over = np.zeros(GAMES, bool)
    for time in range(steps):
        frames = (time * GAMES + np.arange(GAMES) + 1)[:, None]  # a number that is unique, above 0
        terminated = ~over & (random.random(GAMES) < 0.08)
        truncated = ~over & ~terminated & (random.random(GAMES) < 0.08)
        goes_on = terminated & (random.random(GAMES) < 0.5) if lives else np.zeros(GAMES, bool)
        rewards = np.where(over, 0, random.normal(size=GAMES)).astype("float32")
        yield frames, random.integers(0, 5, GAMES), rewards, terminated, truncated, over
        over = (terminated | truncated) & ~goes_on


def naive(steps, stack, n, discount, **options):
    """Returns {newest frame: (state, action, return, next state, discount)} of all transitions."""
    expected = {}
    episodes = [[] for _ in range(GAMES)]
    finished = []
    for frames, actions, rewards, terminated, _, last in play(steps, **options):
        for game in range(GAMES):
            episodes[game].append(
                (frames[game, 0], actions[game], rewards[game], terminated[game], last[game])
            )
            if last[game]:
                finished.append(episodes[game])
                episodes[game] = []
    for episode in [*finished, *episodes]:
        ids = [step[0] for step in episode]
        padded = [0] * (stack - 1) + ids
        for index, (frame, action, _, _, is_last) in enumerate(episode):
            if is_last:
                continue
            total, factor, end, dead = 0.0, 1.0, index, False
            while end < min(index + n, len(episode) - 1) and not dead:
                total += factor * episode[end][2]
                factor *= discount
                dead = episode[end][3]
                end += 1
            next_state = padded[end : end + stack]
            expected[frame] = (
                padded[index:][:stack],
                action,
                total,
                next_state,
                factor * (not dead),
            )
    return expected


@pytest.mark.parametrize(
    ("stack", "n", "lives"), [(4, 1, False), (4, 3, True), (1, 5, True), (2, 2, False)]
)
@pytest.mark.parametrize("prioritized", [False, True])
def test_samples_are_those_of_plain_lists(stack, n, lives, prioritized):
    steps = 700
    expected = naive(steps, stack, n, 0.9, lives=lives)
    capacity = 60 * GAMES
    buffer = ReplayBuffer(
        capacity,
        GAMES,
        (1,),
        "int64",
        stack=stack,
        n_steps=n,
        discount=0.9,
        prioritized_replay=prioritized,
    )
    random = np.random.default_rng(1)
    samples, times = [], []
    for time, (frames, actions, rewards, terminated, _, last) in enumerate(
        play(steps, lives=lives)
    ):
        buffer.add(frames, actions, rewards, terminated, last)
        if len(buffer) < GAMES:
            continue
        batch = buffer.sample(8, random)
        buffer.update_priorities(batch, random.normal(size=8))
        sample = batch.states[:, 0], batch.actions, batch.returns, batch.next_states[:, 0]
        samples.append([np.array(each) for each in (*sample, batch.discounts)])
        times += [time] * 8
    # Compared together, as a comparison of NumPy takes longer than a sample.
    found = [np.concatenate(each) for each in zip(*samples, strict=True)]
    newest = found[0][:, -1]
    wanted = [np.array(each) for each in zip(*(expected[each] for each in newest), strict=True)]
    alive = wanted[-1] > 0
    np.testing.assert_array_equal(found[0], wanted[0])
    np.testing.assert_array_equal(found[1], wanted[1])
    np.testing.assert_allclose(found[2], wanted[2], rtol=2e-5, atol=1e-6)
    np.testing.assert_array_equal(found[3][alive], wanted[3][alive])
    np.testing.assert_allclose(found[4], wanted[4], rtol=1e-5)
    seen = np.array(times) - (newest - 1) // GAMES
    # From the newest with n frames after it to the oldest whose stack is whole, and no other.
    assert min(seen) == n and max(seen) == 60 - stack


def test_all_transitions_are_as_likely():
    buffer = ReplayBuffer(40 * GAMES, GAMES, (1,), "int64", n_steps=2)
    possible = set()
    for frames, actions, rewards, terminated, _, last in play(100):
        buffer.add(frames, actions, rewards, terminated, last)
        possible |= set(frames[~last, 0].tolist())
    random = np.random.default_rng(2)
    drawn = collections.Counter(
        int(frame) for _ in range(200) for frame in buffer.sample(200, random).states[:, 0, -1]
    )
    oldest = (100 - 40 + 3) * GAMES
    possible = {frame for frame in possible if oldest < frame <= (100 - 2) * GAMES}
    assert set(drawn) == possible
    mean = 200 * 200 / len(possible)
    assert all(abs(count - mean) < 6 * mean**0.5 for count in drawn.values())


def test_frames_lie_once_in_memory():
    buffer = ReplayBuffer(1000, 8, (84, 84))
    held = sum(each.nbytes for each in vars(buffer).values() if isinstance(each, np.ndarray))
    assert held < 1000 * 7100


def test_memory_counts_what_stands_beside_small_frames(monkeypatch):
    monkeypatch.setattr("keras_dl.rl.replay_buffer.free_memory", lambda: 20_000_000)
    with pytest.raises(ValueError, match=r"0.1 GB, but 0.0 GB are free"):
        ReplayBuffer(1_000_000, 8, (4,), "float32", stack=1, prioritized_replay=True)
    buffer = ReplayBuffer(300_000, 8, (4,), "float32", stack=1, prioritized_replay=True)
    kept = [*vars(buffer).values(), *vars(buffer.tree).values()]
    assert sum(each.nbytes for each in kept if isinstance(each, np.ndarray)) < 20_000_000


def test_wrong_sizes_are_refused():
    with pytest.raises(ValueError, match="capacity 100, num_envs 8"):
        ReplayBuffer(100, 8, (84, 84))
    with pytest.raises(ValueError, match="stack 4, n_steps 3"):
        ReplayBuffer(56, 8, (84, 84), n_steps=3)
    with pytest.raises(ValueError, match=r"memory.*Received capacity 7,000,000,000") as error:
        ReplayBuffer(7_000_000_000, 7, (84, 84))
    advice = int(str(error.value).split()[-1].rstrip(".").replace(",", ""))
    assert advice % 7 == 0 and 0 < advice * 84 * 84 < 0.6 * free_memory()
    empty = ReplayBuffer(80, 8, (1,), n_steps=3)
    for _ in range(3):
        empty.add(np.zeros((8, 1)), np.zeros(8), np.zeros(8), np.zeros(8), np.zeros(8))
    with pytest.raises(ValueError, match="Received 3 steps"):
        empty.sample(1, np.random.default_rng(0))
