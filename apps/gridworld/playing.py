"""Shows states on the map, and plays games that people watch."""

import numpy as np

from apps.gridworld import maps, world
from keras_dl.application import Frame, UserError

_SECONDS = 0.4
_MOST_STEPS = 200


def state_plot(served, text):
    """Plots the map with the agent in a state."""
    about, q, table = _known(served)
    return maps.state_map(about.environment, table, q, _state(about, q, text))


def frames(served, text):
    """Plays a game from a state with the best actions; yields an `application.Frame` per step.

    Where moves slip, they do so at random: each game is another one.
    """
    about, q, table = _known(served)
    (record,) = world.predict(served, [text])
    if "error" in record:
        raise UserError(record["error"])
    state, random, total = _state(about, q, text), np.random.default_rng(), 0.0
    names = world.ACTIONS[about.environment]
    for step in range(_MOST_STEPS):
        action = int(q[state].argmax())
        yield Frame(
            image=_pixels(maps.state_map(about.environment, table, q, state)),
            scores=list(zip(names, q[state].tolist(), strict=True)),
            chosen=names[action],
            text=f"step {step}, return {total:g}: {names[action]}",
            seconds=_SECONDS,
        )
        outcome = random.choice(table.probabilities.shape[2], p=table.probabilities[state, action])
        total += float(table.rewards[state, action, outcome])
        over = table.terminated[state, action, outcome]
        state = int(table.next_states[state, action, outcome])
        if over:
            break
    image = _pixels(maps.state_map(about.environment, table, q, state))
    end = "the game is over" if over else "stopped"
    yield Frame(image, [], None, f"step {step + 1}, return {total:g}: {end}", _SECONDS)


def _known(served):
    about, q = world.read(served)
    return about, q, world.transitions(about.environment, about.slippery)


def _state(about, q, text):
    return world.state_of(text, len(q), world.COLUMNS[about.environment])


def _pixels(figure):
    """Returns a drawn plot, uint8 `(height, width, 3)`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
