import pathlib

import pytest

from keras_dl.application import UserError, read_audio_bytes

WAV = pathlib.Path(__file__).parents[2] / "apps" / "speech" / "digits.wav"


def test_paths_and_bytes_become_the_bytes_of_a_file():
    encoded = WAV.read_bytes()
    for given in (WAV, str(WAV), encoded):
        assert read_audio_bytes(given) == encoded


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("none.wav", r"^No such file or directory$"),
        (
            pathlib.Path(__file__).parent,
            r"^a directory; a WAV file is expected\. List",
        ),
        (b"no audio", r"^not a WAV file$"),
        (WAV.read_bytes()[:-1], r"^truncated"),
        (object(), r"^not a path"),
        ("a\0b", r"^not a path"),
    ],
)
def test_what_is_no_sound_is_refused_in_one_line(given, reason):
    with pytest.raises(UserError, match=reason):
        read_audio_bytes(given)
