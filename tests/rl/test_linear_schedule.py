import numpy as np
import pytest

from keras_dl.rl.linear_schedule import LinearSchedule


@pytest.mark.parametrize(("start", "end"), [(1.0, 0.01), (0.2, 0.9), (0.3, 0.3)])
def test_it_is_the_line_between_its_ends_and_flat_after(start, end):
    epsilon = LinearSchedule(start, end, 400)
    for step in (0, 1, 17, 200, 399, 400, 401, 10**9):
        assert epsilon(step) == pytest.approx(np.interp(step, [0, 400], [start, end]), abs=1e-15)


def test_the_ends_are_exact_and_plain_floats():
    epsilon = LinearSchedule(1.0, 0.1, 3)
    assert epsilon(0) == 1.0 and epsilon(3) == epsilon(50) == 0.1
    assert isinstance(epsilon(1), float)


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        ((1.5, 0.1, 10), "start must be from 0 to 1. Received 1.5"),
        ((1.0, -0.1, 10), "end must be from 0 to 1. Received -0.1"),
        ((float("nan"), 0.1, 10), "Received nan"),
        ((1.0, 0.1, 0), "steps must be at least 1. Received 0"),
    ],
)
def test_errors(arguments, received):
    with pytest.raises(ValueError, match=received):
        LinearSchedule(*arguments)
