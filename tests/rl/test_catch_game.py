"""The small game: what is seen, what is caught."""

import numpy as np

from keras_dl import rl


def follow(frames):
    """A player who goes where the ball is."""
    actions = []
    for frame in frames:
        ball = np.nonzero((frame == 255).any(0))[0].mean()
        paddle = np.nonzero((frame[-4:] == 128).any(0))[0].mean()
        actions.append(0 if abs(ball - paddle) < 4 else 1 if ball < paddle else 2)
    return actions


def test_who_follows_the_ball_wins_and_who_does_not_loses():
    scores = {}
    for name in ("follow", "stay"):
        games = rl.catch(20, seed=0)
        found = {}
        while len(found) < 20:
            games.send(follow(games.frames) if name == "follow" else np.zeros(20))
            found |= games.receive().scores
        scores[name] = np.array(list(found.values()))
    assert scores["follow"].mean() > 9 and scores["stay"].mean() < -4
    assert all(set(each) <= set(range(-10, 11, 2)) for each in scores.values())


def test_frames_show_one_ball_and_one_paddle():
    games = rl.catch(2, seed=0)
    for _ in range(40):
        games.send([1, 2])
        games.receive()
        assert games.frames.dtype == np.uint8 and games.frames.shape == (2, 84, 84)
        for frame in games.frames:
            assert (frame == 255).sum() >= 12 and (frame[-4:] == 128).sum() >= 14 * 4 - 36
