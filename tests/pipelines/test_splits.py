import zlib

import numpy as np
import pytest

from keras_dl.pipelines import split_at_random, split_by_hash

NAMES = [f"image_{number}.jpg" for number in range(2000)]


def test_parts_by_hash_have_their_shares_and_stay_when_names_are_added():
    parts = split_by_hash(NAMES, (8, 1, 1))
    assert sorted(np.concatenate(parts)) == list(range(2000))
    np.testing.assert_allclose([len(part) for part in parts], [1600, 200, 200], atol=60)
    for part, fewer in zip(parts, split_by_hash(NAMES[:700], (8, 1, 1)), strict=True):
        assert part[part < 700].tolist() == fewer.tolist()
    # The same in every process and version: tenths of CRC-32, eight of them to the first part.
    tenths = np.array([zlib.crc32(name.encode()) % 10 for name in NAMES])
    for number, part in enumerate(parts):
        assert part.tolist() == np.flatnonzero(np.maximum(tenths - 7, 0) == number).tolist()


@pytest.mark.parametrize("sizes", [(30, 5, 7), (0, 3), (4,)])
def test_random_parts_have_their_sizes(sizes):
    parts = split_at_random(sizes, 3)
    assert [len(part) for part in parts] == list(sizes)
    assert sorted(np.concatenate(parts)) == list(range(sum(sizes)))
    again, other = split_at_random(sizes, 3), split_at_random(sizes, 4)
    assert all((a == b).all() for a, b in zip(parts, again, strict=True))
    assert len(sizes) < 3 or (np.concatenate(other) != np.concatenate(parts)).any()
