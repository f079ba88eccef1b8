"""Plays games with a SavedModel."""

import io
import itertools

import numpy as np
import tensorflow as tf

from apps.atari import games
from apps.atari.app import OTHER_SEEDS
from keras_dl import export, plots, rl
from keras_dl.application import Frame

_SECONDS = 4 / 60  # duration of a step on the console
_MOST_FRAMES = 4000  # in a video
_BATCH = 64


class Player:
    """Plays the game that a SavedModel was trained on.

    Attributes:
        game: str, name of the game.
        actions: list of the names of the actions.
    """

    def __init__(self, served):
        self._signatures = served.signatures
        known = self._signatures["names"](action=tf.range(256))
        self.game = known["game"].numpy()[0].decode()
        self.actions = [name.decode() for name in known["name"].numpy() if name]

    def values(self, states):
        """Returns the values of the actions, float32 `(states, actions)`."""
        signature = self._signatures["serving_default"]
        return export.call_in_batches(signature, {"frames": states}, batch_size=_BATCH)["q"]

    def act(self, states):
        """Returns the best action in each state."""
        return self.values(states).argmax(1)

    def play(self, count, config, seed):
        """Plays whole games with evaluation seeds; returns `rl.EpisodeResults`."""
        return self._play(self.act, count, config, seed, config.epsilon)

    def play_randomly(self, count, config, seed):
        """Plays the same games with random actions; returns `rl.EpisodeResults`."""
        return self._play(lambda states: np.zeros(len(states), int), count, config, seed, 1.0)

    def watch(self, config, actions, seed, **options):
        """Replays actions in the first game with a seed; yields each frame and its reward."""
        environments = self._environments(1, config, seed, **options)
        yield environments.frames[0], 0.0
        for action in actions:
            environments.send([action])
            reward = float(environments.receive().rewards[0])
            yield environments.frames[0], reward

    def record(self, seed, config):
        """Plays one game with a seed and returns its record."""
        played = self.play(1, config, seed)
        video = self._video(config, played.actions[0], seed) if config.video else None
        return {"score": float(played.scores[0]), "steps": int(played.steps[0]), "video": video}

    def frames(self, seed, config):
        """Plays the game of `record` and yields an `application.Frame` for each action."""
        values = np.zeros((1, len(self.actions)))

        def act(states):
            values[:] = self.values(states)
            return values.argmax(1)

        shown = self._environments(1, config, seed, **self._screen)
        steps = rl.episode_steps(
            act,
            self._environments(1, config, seed),
            state_shape=games.STATE_SHAPE,
            epsilon=config.epsilon,
            seed=seed,
        )
        score = 0.0
        for number, (actions, step) in enumerate(steps, 1):
            if step.scores:  # the game was over
                text = f"step {number - 1:,}, score {score:g}: the game is over"
                yield Frame(_in_color(shown.frames[0]), [], None, text, _SECONDS)
                return
            score += float(step.rewards[0])
            yield Frame(
                image=_in_color(shown.frames[0]),
                scores=list(zip(self.actions, values[0].tolist(), strict=True)),
                chosen=self.actions[actions[0]],
                text=f"step {number:,}, score {score:g}",
                seconds=_SECONDS,
            )
            shown.send(actions)
            shown.receive()

    @property
    def _screen(self):
        """Options of environments that show what people see."""
        return {} if self.game == games.CATCH else {"screen": True}

    def _video(self, config, actions, seed):
        """Returns the start of a game as the bytes of a GIF."""
        watched = self.watch(config, actions[: _MOST_FRAMES - 1], seed, **self._screen)
        images = (np.squeeze(frame) for frame, _ in watched)
        first = next(images)
        # An iterator, because all frames together may take half a gigabyte.
        frames = np.fromiter(itertools.chain([first], images), (first.dtype, first.shape))
        file = io.BytesIO()
        plots.write_gif(file, frames, _SECONDS)
        return file.getvalue()

    def _play(self, policy, count, config, seed, epsilon):
        return rl.evaluate_policy(
            policy,
            self._environments(count, config, seed),
            state_shape=games.STATE_SHAPE,
            epsilon=epsilon,
            seed=seed,
        )

    def _environments(self, count, config, seed, **options):
        options |= {"sticky_actions": config.sticky_actions, "no_ops": config.no_ops}
        return games.environments(self.game, count, seed=OTHER_SEEDS + seed, **options)


def _in_color(frame):
    """Returns a frame `(1, height, width)` or `(1, height, width, 3)` in color."""
    image = np.squeeze(frame)
    return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
