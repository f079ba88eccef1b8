import dataclasses
import json
import zlib
from typing import Annotated, Literal

import pytest

from keras_dl.application import Config, Count, FitConfig, Fraction, Limits, UserError
from keras_dl.application.typed import from_json, read_json, to_json, with_checksum


@dataclasses.dataclass(frozen=True)
class Settings(Config):
    data: str = "synthetic"
    units: tuple[Annotated[int, Limits(at_least=1)], ...] = (3, 4)
    height: Annotated[int, Limits(above=0, multiple_of=16)] = 32
    dropout: Fraction = 0.5
    split: Literal["dev", "test"] = "dev"
    names: list[str] = dataclasses.field(default_factory=list)
    table: dict[str, list[float]] | None = None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"dropout": 1.0}, "--dropout must be at least 0 and below 1. Received 1.0."),
        ({"dropout": float("nan")}, "--dropout must be at least 0 and below 1. Received nan."),
        ({"dropout": True}, "--dropout must be of type float. Received True."),
        ({"height": 40}, "--height must be above 0 and a multiple of 16. Received 40."),
        ({"height": 32.0}, "--height must be of type int. Received 32.0."),
        ({"split": "train"}, "--split must be one of 'dev', 'test'. Received 'train'."),
        ({"units": (1, "2")}, "--units must be of type"),
        ({"names": [3]}, "--names must be of type"),
        ({"table": {"a": ["x"]}}, "--table must be of type"),
    ],
)
def test_values_are_checked_against_annotations(values, message):
    with pytest.raises(UserError) as raised:
        Settings(**values)
    assert str(raised.value).startswith(message)


def test_limits_of_both_sides_read_as_a_range():
    with pytest.raises(UserError, match=r"--seed must be from 0 to 4,294,967,295. Received -1."):
        FitConfig(seed=-1)
    with pytest.raises(UserError, match=r"--learning-rate must be above 0. Received inf."):
        FitConfig(learning_rate=float("inf"))
    with pytest.raises(UserError, match=r"--epochs must be at least 1. Received 0."):
        FitConfig(epochs=0)


def test_json_brings_settings_back():
    settings = Settings(units=(7,), names=["a"], table={"b": [1, 2.5]})
    assert from_json(Settings, to_json(settings), "run.json") == settings
    assert from_json(Settings, {}, "run.json") == Settings()


@pytest.mark.parametrize(
    "content",
    [[], None, 3, {"epochs": 1}, {"units": [0.5]}, {"split": "valid"}, {"names": None}, "x"],
)
def test_other_json_is_told_with_its_file(content):
    with pytest.raises(UserError, match=r"run.json is damaged or from another version"):
        from_json(Settings, content, "run.json")


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 100_000, b""])
def test_files_that_are_no_json_are_told(tmp_path, content):
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(UserError, match=r"run.json is damaged"):
        read_json(tmp_path / "run.json")
    with pytest.raises(UserError, match="is missing"):
        read_json(tmp_path / "none.json")


def test_each_flipped_bit_is_told_or_harmless(tmp_path):
    content = {"words": ["ham", "spám"], "size": 1.0, "names": {"a": None}}
    path = tmp_path / "assets.json"
    whole = json.dumps(with_checksum(content), indent=1, ensure_ascii=False).encode()
    assert zlib.crc32(json.dumps(content, sort_keys=True).encode()) == json.loads(whole)["crc32"]
    unnoticed = 0
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        try:
            found = read_json(path)
        except UserError:
            continue
        # The checksum has another name now, which is an unknown setting.
        unnoticed += found != content and len(found) == len(content)
    assert not unnoticed
    path.write_text(json.dumps(content))  # as older versions wrote it
    assert read_json(path) == content


def test_a_count_is_checked_in_assets_too():
    @dataclasses.dataclass(frozen=True)
    class Assets:
        size: Count

    with pytest.raises(UserError, match="--size must be at least 1"):
        from_json(Assets, {"size": 0}, "assets.json")
