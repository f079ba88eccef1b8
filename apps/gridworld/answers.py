"""Answers for states that a user names, a line each."""

import re

import numpy as np
import tensorflow as tf

from apps.terminal import visible


def lines(saved_model, inputs, config):
    """Yields lists of lines: state, action and the values of all actions; or why there are none."""
    world = {
        name: value.numpy()[0]
        for name, value in saved_model.signatures["world"](state=tf.constant([0])).items()
    }
    for texts in inputs:
        texts = [text.decode("utf-8", "replace") for text in texts]
        states = [_state(text, world["states"], world["columns"]) for text in texts]
        given = tf.constant(states, "int32")
        found = {
            name: value.numpy()
            for endpoint in ("serving_default", "world")
            for name, value in saved_model.signatures[endpoint](state=given).items()
        }
        yield [f"{visible(text)}\t{_answer(found, row, world)}" for row, text in enumerate(texts)]


def _state(text, states, columns):
    """Returns the number of the state that a text names, or -1: `12`, or `1,4` in a grid."""
    numbers = [int(word) for word in re.findall(r"[0-9]{1,9}", text)]
    if re.fullmatch(r"\s*[0-9]{1,9}\s*", text) and numbers[0] < states:
        return numbers[0]
    if columns and re.fullmatch(r"\s*[0-9]{1,9}\s*,\s*[0-9]{1,9}\s*", text):
        row, column = numbers
        return row * columns + column if column < columns and row < states // columns else -1
    return -1


def _answer(found, row, world):
    status, states, columns = found["status"][row], world["states"], world["columns"]
    if status == b"no state":
        grid = f", or row,column below {states // columns},{columns}" if columns else ""
        return f"\tno state: a number from 0 to {states - 1}{grid}"
    if status != b"played":
        return f"\t{'the game is over here' if status == b'the end' else 'no game comes here'}"
    values = " ".join(f"{value:.4f}" for value in np.round(found["q"][row], 4) + 0.0)
    return f"{world['actions'][found['action'][row]].decode()}\t{values}"
