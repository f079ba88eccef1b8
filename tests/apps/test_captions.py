"""Scenes with captions, directories of images with captions, and the batches of both."""

import re
import types

import numpy as np
import pytest
import tensorflow as tf

from apps.captions import data, flickr, report
from apps.captions.app import MeasureConfig, TrainConfig
from apps.captions.synthetic import scenes
from keras_dl.application import UserError

# An image of digit d is filled with the value 20 + d, so that a scene can be read back.
DIGITS = np.full((10, 28, 28), np.arange(20, 30)[:, None, None], "uint8"), np.arange(10)
_COUNTS = {"a": 1, "two": 2, "three": 3}


@pytest.fixture(scope="module", params=[False, True], ids=["seen", "unseen"])
def drawn(request):
    return request.param, scenes.scenes(*DIGITS, 150, 3, unseen=request.param)


def _groups(caption):
    """Returns count, size and digit of each group of a caption, and the relation or None."""
    group = r"(a|two|three) (small|large) (\d)s?"
    found = re.fullmatch(rf"{group}(?: (above|left of) {group})?", caption).groups()
    groups = [found[:3], found[4:]] if found[3] else [found[:3]]
    return [(_COUNTS[count], size, int(digit)) for count, size, digit in groups], found[3]


def test_a_caption_says_what_the_pixels_show(drawn):
    for scene in drawn[1]:
        groups, relation = _groups(scene.caption)
        assert len(scene.boxes) == len(groups)
        covered = np.zeros(scene.image.shape[:2], bool)
        centers = []
        for (count, size, digit), boxes in zip(groups, scene.boxes, strict=True):
            assert len(boxes) == count
            for top, left, bottom, right in boxes:
                assert (scene.image[top:bottom, left:right] == 20 + digit).all()
                assert not covered[top:bottom, left:right].any()
                covered[top:bottom, left:right] = True
                assert bottom - top in (range(13, 18) if size == "small" else range(25, 31))
            centers.append((boxes[:, :2] + boxes[:, 2:]).mean(0) / 2)
        assert (scene.image[..., 0] > 0).sum() == covered.sum()
        if relation:
            down, right = centers[1] - centers[0]
            assert (down if relation == "above" else right) > 0
            assert (abs(down) > abs(right)) == (relation == "above")
            assert groups[0][1:] != groups[1][1:]


def test_a_fifth_of_the_combinations_is_never_trained_on(drawn):
    unseen, found = drawn
    held_out = {
        (first.size, first.digit, relation, second.size, second.digit)
        for first, relation, second in scenes.unseen_combinations()
    }
    assert 0.17 < len(held_out) / (20 * 19 * 2) < 0.23
    assert len(held_out) == 157  # the shipped model has never seen these
    assert sorted(held_out)[::78] == [
        ("large", 0, "above", "large", 5),
        ("small", 0, "left of", "small", 1),
        ("small", 9, "left of", "small", 1),
    ]
    for scene in found:
        groups, relation = _groups(scene.caption)
        keys = [key for _, *key in groups]
        is_held_out = relation is not None and (*keys[0], relation, *keys[1]) in held_out
        assert is_held_out == unseen, scene.caption


def test_the_same_seed_draws_the_same_scenes():
    one, same, other = (scenes.scenes(*DIGITS, 5, seed)[4] for seed in (1, 1, 2))
    assert one.caption == same.caption and (one.image == same.image).all()
    assert one.caption != other.caption or (one.image != other.image).any()


def test_batches_shift_the_words_and_count_the_end():
    config = TrainConfig(num_examples=64, batch_size=8, data="digits")
    training = data.training_data(config)
    end = len(training.assets.words) + 2
    scene = data.read(config, "train", 64)
    written = {caption for (caption,) in scene.captions}
    words = ["", "?", *training.assets.words]
    for inputs, targets, counted in training.batches(tf.constant(0, "int64")):
        assert inputs["image"].shape == (8, 64, 64, 1)
        previous = inputs["previous"].numpy()
        assert (previous[:, 0] == end).all()
        assert (previous[:, 1:] == targets.numpy()[:, :-1]).all()
        for image, row, weights in zip(inputs["image"], targets.numpy(), counted, strict=True):
            length = int(weights.numpy().sum()) - 1
            assert (row[length:] == end).all() and (row[:length] != end).all()
            caption = " ".join(words[each] for each in row[:length])
            assert caption in written
            index = [i for i in range(64) if (scene.images[i] == image.numpy()).all()]
            assert caption in [scene.captions[i][0] for i in index]


def test_attention_counts_only_inside_the_digit_that_a_word_names():
    part = types.SimpleNamespace(
        images=np.zeros((1, 64, 64, 1)), boxes=[(np.array([[0, 0, 8, 8]]),)]
    )
    weights = np.zeros((1, 3, 8, 8))
    words = np.array([[b"a", b"small", b"7"]], object)
    for cell, inside in (((0, 0), 1.0), ((0, 1), 0.0)):
        weights[:, 2] = 0
        weights[(0, 2, *cell)] = 1
        assert report._inside({"words": words, "weights": weights}, part) == inside


def test_captions_of_a_directory_are_compared_with_all_of_an_image(tmp_path):
    lines = [f"{n}.png,A dog , number {n} .\n{n}.png,A cat\n" for n in range(12)]
    root = _directory(tmp_path, lines)

    def serving_default(image_bytes):
        return {"caption": np.array([b"a dog , number of"] * len(image_bytes), object)}

    def attention(image_bytes):  # an empty caption has no plot
        count = len(image_bytes)
        return {"words": np.full((count, 1), b"", object), "weights": np.zeros((count, 1, 8, 8))}

    signatures = {"serving_default": serving_default, "attention": attention}
    served = types.SimpleNamespace(signatures=signatures)
    found = report.measure(served, MeasureConfig(data=str(root)))
    values = found.values()
    assert values["exact_match.seen"] == 0 and values["images"] == 2
    penalty = np.exp(1 - 6 / 5)  # the first caption is closer in length than the second
    assert values["bleu_1"] == pytest.approx(100 * penalty * 4 / 5)
    assert values["bleu_2"] == pytest.approx(100 * penalty * (4 / 5 * 3 / 4) ** (1 / 2))
    assert values["bleu_4"] == pytest.approx(100 * penalty * (1 / 5) ** (1 / 4))
    assert "nrefs:2" in found.notes[0] and not found.plots


def test_captions_whose_words_are_all_different_are_refused(tmp_path):
    lines = [f"{n}.png,word{n}\n" for n in range(12)]
    config = TrainConfig(data=str(_directory(tmp_path, lines)), image_size=32)
    with pytest.raises(UserError, match="--data must have captions with words that occur at least"):
        data.training_data(config)


def _directory(path, lines, name="captions.txt", header="image,caption\n"):
    image = tf.io.encode_png(tf.zeros((40, 60, 3), "uint8")).numpy()
    (path / "Images").mkdir()
    for number in range(12):
        (path / "Images" / f"{number}.png").write_bytes(image)
    (path / name).write_text(header + "".join(lines), "utf-8")
    return path


@pytest.mark.parametrize("form", ["csv", "token"])
def test_a_directory_in_the_formats_of_flickr8k(tmp_path, form):
    if form == "csv":
        lines = [f'{n}.png,"A dog , number {n} ."\n{n}.png,A cat\n' for n in range(12)]
        root = _directory(tmp_path, lines)
    else:
        lines = [f"{n}.png#0\tA dog , number {n} .\n{n}.png#1\tA cat\n" for n in range(12)]
        root = _directory(tmp_path, lines, "Flickr8k.token.txt", "")
    parts = [flickr.read(root, split, 32) for split in ("train", "validation", "test")]
    assert [len(images) for images, _ in parts] == [9, 1, 2]
    assert parts[0][0].shape == (9, 32, 32, 3) and parts[0][0].dtype == np.uint8
    captions = [texts for _, part in parts for texts in part]
    expected = [[f"A dog , number {n} .", "A cat"] for n in range(12)]
    assert sorted(captions) == sorted(expected)


def test_one_bad_caption_or_image_ends_nothing(tmp_path):
    lines = [f"{n}.png#0\t{n} cats\n" for n in range(12)]
    # Flickr8k has such a name, which is that of no image.
    root = _directory(tmp_path, ["7.jpg.1#0\tA dog\n", "8.png#1\t\n", *lines], header="")
    (root / "._captions.txt").write_bytes(b"\0\5\x16\7")  # as macOS writes
    with pytest.warns(UserWarning, match=r"Received 2 without, .*line 2, which is .*8\.png"):
        _, captions = flickr.read(root, "train", 32)
    assert len(captions) == 9
    number = captions[4][0].split()[0]
    (root / "Images" / f"{number}.png").write_bytes(b"")
    with pytest.warns(UserWarning, match="Received 3 without"):
        images, others = flickr.read(root, "train", 32)
    assert others == captions[:4] + captions[5:] and images.shape == (8, 32, 32, 3)


@pytest.mark.parametrize(
    ("lines", "header", "message"),
    [
        (["x.png,A cat\n"], "image,caption\n", "Received 0 in .* without x.png, which is missing"),
        (["1.png,A cat\n", "2.png,\n"], "image,caption\n", "without .*line 3, which is .'2.png'"),
        (["1.png,A cat\n"], "image,caption\n", "at least 10 images"),
        (["1.png A cat\n"], "", "must contain a file of captions"),
    ],
)
def test_a_directory_that_cannot_be_read_is_refused(tmp_path, lines, header, message):
    with pytest.raises(UserError, match=message):
        flickr.read(_directory(tmp_path, lines, header=header), "train", 32)
