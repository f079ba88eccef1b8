import numpy as np
import pytest
from scipy import stats

from keras_dl import pipelines

RATE = 8000
SINE = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype("float32")


def _pitch(waveform):
    return np.abs(np.fft.rfft(waveform * np.hanning(len(waveform)))).argmax() * RATE / len(waveform)


@pytest.mark.parametrize("factor", [0.85, 1.0, 1.14])
def test_speed_changes_length_and_pitch(factor):
    faster = pipelines.change_speed(SINE, factor)
    assert faster.dtype == "float32" and len(faster) == np.ceil(RATE / factor)
    assert abs(_pitch(faster) - 440 * factor) < 1
    with pytest.raises(ValueError, match="Received factor 0"):
        pipelines.change_speed(SINE, 0)


@pytest.mark.parametrize("slope", [0.0, 1.0, 2.0])
def test_noise_has_the_slope(slope):
    noise = pipelines.colored_noise(2**15, 1, slope=(slope, slope))
    assert noise.dtype == "float32" and abs(np.sqrt(np.mean(noise**2)) - 1) < 1e-5
    power = np.abs(np.fft.rfft(noise))[1:-1] ** 2
    fitted = np.polyfit(np.log(np.arange(1, len(power) + 1)), np.log(power), 1)[0]
    assert abs(fitted + slope) < 0.05


def test_noise_is_added_at_ratios_within_the_range():
    ratios = []
    for seed in range(200):
        noise = pipelines.add_noise(SINE, [3, seed], ratio=(10, 20)).astype("float64") - SINE
        ratios.append(10 * np.log10(np.mean(SINE.astype("float64") ** 2) / np.mean(noise**2)))
    assert stats.kstest(ratios, stats.uniform(10, 10).cdf).pvalue > 0.001
    assert not pipelines.add_noise(np.zeros(100, "float32"), 1).any()


def test_recordings_stand_in_order_between_gaps():
    recordings = [np.full(50, level, "float32") for level in (1.0, 2.0, 3.0)]
    joined = pipelines.join_recordings(
        recordings, 5, 100, speed=(1, 1), gain=(20, 20), gap=(0.5, 1.0)
    )
    changes = np.flatnonzero(np.diff(joined))
    assert joined[changes + 1].tolist() == [10, 0, 20, 0, 30, 0]
    assert (np.diff(changes)[::2] == 50).all()
    gaps = [changes[0] + 1, *np.diff(changes)[1::2], len(joined) - 1 - changes[-1]]
    assert all(50 <= gap < 100 for gap in gaps) and len(set(gaps)) > 1


def test_gains_differ_within_a_string_and_are_within_the_range():
    recordings = [np.ones(4, "float32")] * 300
    joined = pipelines.join_recordings(recordings, 5, 100, speed=(1, 1), gain=(-6, 6), gap=(0, 0))
    decibels = 20 * np.log10(joined[::4])
    assert stats.kstest(decibels, stats.uniform(-6, 12).cdf).pvalue > 0.001


def test_one_speed_for_a_string():
    joined = pipelines.join_recordings([SINE, SINE], 5, RATE, speed=(0.8, 0.8), gap=(0, 0))
    assert len(joined) == 2 * RATE / 0.8 and abs(_pitch(joined) - 352) < 1
    assert abs(len(pipelines.join_recordings([], 1, RATE, gap=(0.1, 0.1))) - 800) <= 2


LABELS = np.array(list("0123456789" * 3 + "0000"))
SPEAKERS = np.array(["x"] * 20 + ["y"] * 14)


def test_strings_are_uniform_over_lengths_speakers_and_labels():
    drawn = [pipelines.draw_string(LABELS, SPEAKERS, [1, seed]) for seed in range(2000)]
    lengths = np.bincount([len(each) for each in drawn], minlength=11)[1:]
    assert len(lengths) == 10 and stats.chisquare(lengths).pvalue > 0.001
    voices = [set(SPEAKERS[each]) for each in drawn]
    assert all(len(each) == 1 for each in voices)
    assert stats.binomtest(voices.count({"x"}), 2000).pvalue > 0.001
    labels = np.bincount(LABELS[np.concatenate(drawn)].astype(int), minlength=10)
    assert stats.chisquare(labels).pvalue > 0.001
    assert set(np.concatenate(drawn)) == set(range(34))


@pytest.mark.parametrize(
    "function",
    [
        lambda seed: pipelines.colored_noise(9, seed),
        lambda seed: pipelines.add_noise(SINE[:9], seed),
        lambda seed: pipelines.join_recordings([SINE[:99]], seed, RATE, gap=(0.1, 0.1)),
        lambda seed: pipelines.draw_string(LABELS, SPEAKERS, seed, lengths=(9, 9)),
    ],
)
def test_the_seed_decides(function):
    np.testing.assert_array_equal(function([1, 2]), function([1, 2]))
    assert not np.array_equal(function([1, 2]), function([1, 3]))


def test_no_recordings():
    with pytest.raises(ValueError, match="at least one"):
        pipelines.draw_string([], [], 1)
    with pytest.raises(ValueError, match="one value for each recording"):
        pipelines.draw_string(["1"], ["x", "y"], 1)
