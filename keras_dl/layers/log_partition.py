"""Partition function of a restricted Boltzmann machine, by enumerating its smaller layer."""

import math
from typing import TYPE_CHECKING, Literal

from keras import ops

from keras_dl.typing import Tensor

if TYPE_CHECKING:
    from keras_dl.layers.restricted_boltzmann_machine import RestrictedBoltzmannMachine

_MOST_STATES = 20  # maximum number of units on the enumerated side
_STATES_AT_ONCE = 2**13


def log_partition(machine: "RestrictedBoltzmannMachine") -> Tensor:
    """Returns log Z; see `RestrictedBoltzmannMachine.log_partition`."""
    sides = {"visible": machine.kernel.shape[0], "hidden": machine.units}
    listed = [side for side in sides if getattr(machine, side) == "bernoulli"]
    side = min(listed, key=sides.__getitem__)
    if sides[side] > _MOST_STATES:
        raise ValueError(
            f"log_partition: one layer must have at most {_MOST_STATES} Bernoulli units. "
            f"Received {sides['visible']} visible, {sides['hidden']} hidden units. Compare free "
            "energies, or use pseudo_log_likelihood."
        )
    count = 2 ** sides[side]
    of_part = _log_visible if side == "visible" else _log_hidden
    parts = [
        of_part(machine, _states(start, min(start + _STATES_AT_ONCE, count), sides[side]))
        for start in range(0, count, _STATES_AT_ONCE)
    ]
    return ops.logsumexp(ops.stack(parts))


def free_sum(line: Tensor, kind: Literal["bernoulli", "gaussian"]) -> Tensor:
    """Returns the log of the sum, or integral, of `exp(h line)` over all states h of the units."""
    if kind == "bernoulli":
        return ops.sum(ops.softplus(line), axis=-1)
    return 0.5 * ops.sum(ops.square(line) + math.log(2 * math.pi), axis=-1)


def _log_visible(machine, states):
    return ops.logsumexp(-machine.free_energy(states))


def _log_hidden(machine, states):
    states, kernel, visible_bias, hidden_bias = machine.precise(states)
    energy = ops.matmul(states, ops.transpose(kernel))
    if machine.visible == "bernoulli":
        alone = free_sum(energy + visible_bias, "bernoulli")
    else:  # the integral of exp(-|v - b|^2 / 2 + v e) over v, where e is the energy of each unit
        alone = free_sum(energy, "gaussian") + ops.matmul(energy, visible_bias)
    return ops.logsumexp(alone + ops.matmul(states, hidden_bias))


def _states(start, end, units):
    """Returns the states of binary units with the indices from `start` to `end - 1`."""
    indices = ops.arange(start, end)[:, None]
    return (indices // 2 ** ops.arange(units)[None]) % 2
