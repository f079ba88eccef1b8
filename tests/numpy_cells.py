"""Six recurrent cells as their papers write them, in NumPy: one matrix and one bias to a gate.

A step is `step(x, states, gates) -> (output, states)`, where `gates` maps the name of a gate to its
`(W, U, b)`. Everything works with complex numbers too, so that `gradients` is exact.
"""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def affine(gate, x, h):
    W, U, b = gate
    return x @ W + h @ U + b


def simple_rnn(x, states, gates):
    h = np.tanh(affine(gates["h"], x, states[0]))
    return h, [h]


def gru(x, states, gates):
    """Cho et al. 2014: the reset gate comes before the product, z keeps the old state."""
    (h,) = states
    z, r = sigmoid(affine(gates["z"], x, h)), sigmoid(affine(gates["r"], x, h))
    candidate = np.tanh(affine(gates["h"], x, r * h))
    h = z * h + (1 - z) * candidate
    return h, [h]


def gru_reset_after(x, states, gates):
    """The variant of cuDNN: the reset gate comes after the product, which has its own bias."""
    (h,) = states
    z, r = sigmoid(affine(gates["z"], x, h)), sigmoid(affine(gates["r"], x, h))
    W, U, b = gates["h"]
    candidate = np.tanh(x @ W + b + r * (h @ U + gates["h_recurrent_bias"]))
    h = z * h + (1 - z) * candidate
    return h, [h]


def lecture_gru(x, states, gates):
    """The course: the update gate u writes the candidate."""
    (c,) = states
    u, r = sigmoid(affine(gates["z"], x, c)), sigmoid(affine(gates["r"], x, c))
    c = u * np.tanh(affine(gates["h"], x, r * c)) + (1 - u) * c
    return c, [c]


def lecture_gru_reset_after(x, states, gates):
    (c,) = states
    u, r = sigmoid(affine(gates["z"], x, c)), sigmoid(affine(gates["r"], x, c))
    W, U, b = gates["h"]
    candidate = np.tanh(x @ W + b + r * (c @ U + gates["h_recurrent_bias"]))
    c = u * candidate + (1 - u) * c
    return c, [c]


def simplified_gru(x, states, gates):
    (c,) = states
    u = sigmoid(affine(gates["u"], x, c))
    c = u * np.tanh(affine(gates["c"], x, c)) + (1 - u) * c
    return c, [c]


def lstm(x, states, gates):
    h, c = states
    i, f, o = (sigmoid(affine(gates[name], x, h)) for name in "ifo")
    c = f * c + i * np.tanh(affine(gates["c"], x, h))
    h = o * np.tanh(c)
    return h, [h, c]


def peephole_lstm(x, states, gates):
    """Graves 2013, equations 7-11: i and f see the old carry, o sees the new one."""
    h, c = states
    p_i, p_f, p_o = gates["peephole"]
    i = sigmoid(affine(gates["i"], x, h) + c @ np.diag(p_i))
    f = sigmoid(affine(gates["f"], x, h) + c @ np.diag(p_f))
    c = f * c + i * np.tanh(affine(gates["c"], x, h))
    o = sigmoid(affine(gates["o"], x, h) + c @ np.diag(p_o))
    h = o * np.tanh(c)
    return h, [h, c]


def coupled_lstm(x, states, gates):
    h, c = states
    i, o = sigmoid(affine(gates["i"], x, h)), sigmoid(affine(gates["o"], x, h))
    c = (1 - i) * c + i * np.tanh(affine(gates["c"], x, h))
    h = o * np.tanh(c)
    return h, [h, c]


ORDERS = {
    simple_rnn: "h",
    gru: "zrh",
    gru_reset_after: "zrh",
    lecture_gru: "zrh",
    lecture_gru_reset_after: "zrh",
    simplified_gru: "uc",
    lstm: "ifco",
    peephole_lstm: "ifco",
    coupled_lstm: "ico",
}
TWO_STATES = (lstm, peephole_lstm, coupled_lstm)


def gates_of(step, weights):
    """Returns the gates in weights that lie as those of Keras: blocks of columns."""
    kernel, recurrent_kernel, *rest = weights
    bias = rest[0] if rest else np.zeros(kernel.shape[1])
    order = ORDERS[step]
    columns = np.split(np.arange(kernel.shape[1]), len(order))
    summed = bias.copy()
    gates = {}
    if bias.ndim == 2:  # of the input and of the recurrence; both count wherever both are added
        gates["h_recurrent_bias"] = bias[1, columns[2]]
        summed = bias[0] + bias[1]
        summed[columns[2]] = bias[0, columns[2]]
    elif step in (gru_reset_after, lecture_gru_reset_after):
        gates["h_recurrent_bias"] = 0.0
    for name, some in zip(order, columns, strict=True):
        gates[name] = kernel[:, some], recurrent_kernel[:, some], summed[some]
    if len(rest) == 2:
        gates["peephole"] = rest[1]
    return gates


def run(step, x, weights):
    """Runs over `x` `(batch, time, features)`; returns all outputs and the last states."""
    gates, units = gates_of(step, weights), weights[1].shape[0]
    states = [np.zeros((len(x), units))] * (2 if step in TWO_STATES else 1)
    outputs = []
    for time in range(x.shape[1]):
        output, states = step(x[:, time], states, gates)
        outputs.append(output)
    return np.stack(outputs, 1), states


def gradients(function, arrays):
    """Returns the gradients of a real function of a list of arrays, by the complex step."""
    arrays = [array.astype(complex) for array in arrays]
    results = [np.zeros(array.shape) for array in arrays]
    for array, result in zip(arrays, results, strict=True):
        for index in np.ndindex(array.shape):
            array[index] += 1e-30j
            result[index] = function(arrays).imag / 1e-30
            array[index] -= 1e-30j
    return results
