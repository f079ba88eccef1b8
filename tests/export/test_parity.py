import ml_dtypes
import numpy as np
import pytest

from keras_dl.export.parity import compare

F = np.float32


@pytest.mark.parametrize(
    ("live", "reloaded", "message"),
    [
        (F([1, 2]), F([1, 2.5]), "largest difference 0.5"),
        (F([0.5]), F([0.25]), "largest difference 0.25"),
        (F([np.nan]), F([1]), "largest difference nan"),
        (F([np.inf]), F([1]), "largest difference inf"),
        (F([1]), np.float64([1]), r"float64 \(1,\) instead of float32 \(1,\)"),
        (F([1]), F([[1]]), r"float32 \(1, 1\) instead of float32 \(1,\)"),
        (np.int32([1, 2]), np.int32([1, 3]), "1 of 2 values differ"),
        (np.array([True]), np.array([False]), "1 of 1 values differ"),
        (np.array([b"a", b"b"], object), np.array([b"a", b"b\0"], object), "1 of 2 values differ"),
        (np.array(1, ml_dtypes.bfloat16), np.array(2, ml_dtypes.bfloat16), "difference 1"),
    ],
)
def test_differences_are_refused(live, reloaded, message):
    with pytest.raises(ValueError, match=f"endpoint name, output y: .*{message}"):
        compare("name", {"y": live}, {"y": reloaded}, 1e-5)


@pytest.mark.parametrize(
    ("live", "reloaded"),
    [
        (F([0, 1000]), F([9e-6, 1000.01])),
        (F([np.nan, np.inf]), F([np.nan, np.inf])),
        (F([]), F([])),
        (np.int64([3]), np.int64([3])),
        (np.array([b"a\0"], object), np.array([b"a\0"], object)),
    ],
)
def test_what_is_equal_passes(live, reloaded):
    compare("name", {"y": live}, {"y": reloaded}, 1e-5)
