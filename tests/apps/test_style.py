import pathlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from apps.style import endpoints, networks, report, transfer
from apps.style.app import Assets, MeasureConfig, Style, TrainConfig
from keras_dl.application import UserError
from keras_dl.application.command_line import main
from tests.numpy_squeezenet import squeezenet

HERE = pathlib.Path(networks.__file__).parent
CAT, PAINTING = (HERE / name for name in ("cat.jpg", "starry_night.jpg"))
ASSETS = Assets(["conv1", "fire2"], "fire3")


@pytest.fixture(scope="module")
def model():
    weights = networks.read_weights(HERE / "squeezenet_1_1.npz")
    return networks.features("squeezenet", weights, ["conv1", "fire2", "fire3"], "average")


@pytest.fixture(scope="module")
def painted(model):
    """Returns the function of the endpoint, with the bytes of images and options as arguments."""
    ((function, signature, _),) = endpoints.endpoints(model, ASSETS).values()
    compiled = tf.function(function, input_signature=signature)

    def call(contents, styles, steps=30, size=48, style_weight=5.0, preserve_colors=False):
        found = compiled(
            tf.constant(contents),
            tf.constant(styles),
            tf.constant(steps),
            tf.constant(size),
            tf.constant(style_weight),
            tf.constant(preserve_colors),
        )
        return {name: each.numpy() for name, each in found.items()}

    return call


def _image(path, size=48):
    return transfer.read_image(tf.constant(path.read_bytes()), size)


def _png(image):
    return tf.io.encode_png(np.asarray(image, "uint8")).numpy()


def test_the_style_comes_near_and_the_content_stays(painted):
    found = painted([CAT.read_bytes()], [PAINTING.read_bytes()])
    assert found["style_loss"] < 0.3 * found["style_loss_before"]
    assert found["content_cosine"] > 0.7
    image = tf.io.decode_png(found["png_bytes"][0]).numpy()
    assert image.shape == (32, 48, 3)
    more = painted([CAT.read_bytes()], [PAINTING.read_bytes()], style_weight=50.0)
    assert more["style_loss"] < found["style_loss"]
    assert more["content_cosine"] < found["content_cosine"]


def test_the_style_of_itself_moves_nothing(painted):
    found = painted([CAT.read_bytes()], [CAT.read_bytes()])
    image = tf.io.decode_png(found["png_bytes"][0]).numpy()
    np.testing.assert_array_equal(image, np.round(_image(CAT)))
    assert found["style_loss"] < 1e-3 and found["content_cosine"] > 0.9999


def test_a_row_does_not_depend_on_its_neighbors_which_may_be_no_images(painted):
    good, style = CAT.read_bytes(), PAINTING.read_bytes()
    alone = painted([good], [style], steps=3)
    found = painted([b"", good, good, good], [style, style, b"x", style], steps=3)
    assert found["is_image"].tolist() == [False, True, False, True]
    for name, value in alone.items():
        np.testing.assert_array_equal(found[name][1], value[0])
        np.testing.assert_array_equal(found[name][3], value[0])
    assert found["png_bytes"][[0, 2]].tolist() == [b"", b""]


def test_colors_are_preserved_where_brightness_changes(painted):
    found = painted([CAT.read_bytes()], [PAINTING.read_bytes()], preserve_colors=True)
    image = tf.io.decode_png(found["png_bytes"][0]).numpy().astype("float32")
    content = _image(CAT).numpy()
    inside = ((image > 0) & (image < 255)).all(-1)
    assert inside.mean() > 0.6
    moved = (image - content)[inside]
    assert np.ptp(moved, axis=-1).max() <= 1.01, "all channels move alike"
    assert moved.std() > 5


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (2000, 1500)])
def test_any_shape_has_an_image(painted, shape):
    content = _png(np.full((*shape, 3), 120))
    found = painted([content], [PAINTING.read_bytes()], steps=1)
    height, width, _ = tf.io.decode_png(found["png_bytes"][0]).shape
    assert max(height, width) == 48 and min(height, width) >= 32
    assert np.isfinite(found["style_loss"]) and np.isfinite(found["content_cosine"])


def _numpy_loss(weights, pixels, content, grams, style_weight, start):
    """Returns the loss of pixels in float64, by the definitions of its terms."""

    def features(image):
        rows, columns = (slice(begin, 48 - 3 + begin) for begin in start)
        window = np.pad(np.float64(image), [(8, 8), (8, 8), (0, 0)], "reflect")[rows, columns]
        return squeezenet(weights, window, np.mean, "fire3")

    def gram(values):
        flat = values.reshape(-1, values.shape[-1])
        return flat.T @ flat / len(flat)

    def variation(image):
        return np.mean(np.diff(image, axis=0) ** 2) + np.mean(np.diff(image, axis=1) ** 2)

    found, target = features(pixels), features(content)[ASSETS.content_layer]
    difference = [
        ((gram(found[name]) - each) ** 2).sum() / (each**2).sum()
        for name, each in zip(ASSETS.style_layers, grams, strict=True)
    ]
    loss = ((found[ASSETS.content_layer] - target) ** 2).mean() / target.var()
    roughness = variation(pixels) / variation(np.float64(content))
    return loss + style_weight * np.mean(difference) + 0.03 * max(roughness - 1, 0)


def test_the_gradient_is_that_of_finite_differences_in_float64(model):
    layers = transfer.Transfer(model, ASSETS)
    content, style = _image(CAT)[:32, :32], layers.style(_image(PAINTING, 32))
    noise = 10 * tf.random.stateless_normal(content.shape, [0, 1])
    pixels = tf.clip_by_value(content + noise, 0, 255)
    terms, gradient = layers.loss_and_gradient(pixels, content, style, 5.0, 2)
    start = tf.random.stateless_uniform([2], [0, 2], 0, 4, "int32").numpy()
    weights = np.load(HERE / "squeezenet_1_1.npz")
    grams = [np.float64(each[0]) for each in style]

    def loss(image):
        return _numpy_loss(weights, image, content, grams, 5.0, start)

    assert float(terms["loss"]) == pytest.approx(loss(pixels.numpy()), rel=1e-4)
    # The border, which reflects the outer eight pixels, is constant in the gradient.
    inside = np.pad(np.ones((14, 14, 3)), [(9, 9), (9, 9), (0, 0)])
    random = np.random.default_rng(0)
    for _ in range(3):
        direction = inside * random.choice([-1.0, 1.0], content.shape)
        below, above = (loss(np.float64(pixels) + step * direction) for step in (-1e-4, 1e-4))
        found = np.sum(gradient * direction)
        assert found == pytest.approx((above - below) / 2e-4, rel=1e-3)


def test_vgg_16_is_read_from_a_file(tmp_path, model):
    random = np.random.default_rng(0)
    sizes = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 256)]
    sizes += [(256, 512), (512, 512)]
    names = [f"block{block}_conv{index}" for block in (1, 2, 3, 4) for index in (1, 2, 3)]
    names = [name for name in names if name not in ("block1_conv3", "block2_conv3", "block4_conv3")]
    weights = {}
    for name, (inputs, outputs) in zip(names, sizes, strict=True):
        weights[f"{name}_kernel"] = random.normal(size=(3, 3, inputs, outputs)).astype("float16")
        weights[f"{name}_bias"] = random.normal(size=outputs).astype("float16")
    np.savez(tmp_path / "vgg.npz", **weights)
    layers = ["block1_conv1", "block4_conv2"]
    built = networks.features("vgg16", networks.read_weights(tmp_path / "vgg.npz"), layers, "max")
    kernel = built.get_layer("block4_conv2").get_weights()[0]
    np.testing.assert_array_equal(kernel, weights["block4_conv2_kernel"])
    (tmp_path / "no.npz").write_bytes(b"x")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.save(tmp_path / "one.npy", np.zeros(3))
    np.savez(tmp_path / "nan.npz", block1_conv1_bias=np.full(64, np.nan))
    for path in ("no.npz", "absent.npz", "empty.npz", "one.npy", "nan.npz"):
        with pytest.raises(UserError, match=rf"--weights must be an npz file.*{path}"):
            networks.read_weights(tmp_path / path)
    del weights["block2_conv2_bias"]
    with pytest.raises(UserError, match="--weights must have block2_conv2_kernel and"):
        networks.features("vgg16", weights, layers, "max")


def _stylize(directory, *flags):
    small = ["--size", "40", "--steps", "20", "--run-dir", str(directory)]
    return main([Style()], ["style", "stylize", *small, *flags], "test")


def test_a_run_goes_from_coarse_to_fine_and_resumes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flags = ["--style", str(PAINTING), str(CAT), "--blend", "3", "1", "--levels", "2"]
    flags += ["--start", "noise", "--preserve-colors", "--method", "lbfgs"]
    assert _stylize(tmp_path / "whole", *flags) == 0
    written = tmp_path / "whole" / "stylized.png"
    image = written.read_bytes()
    assert tf.io.decode_png(image).shape == (32, 40, 3)
    with Image.open(written.with_name("progress.gif")) as gif:
        assert gif.n_frames == 4
    written.unlink()
    assert _stylize(tmp_path / "whole", "--resume", *flags) == 0, "all is done"
    assert written.read_bytes() == image
    assert written.with_name("losses.png").exists()
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--content", "nowhere.png"], "--content nowhere.png: No such file"),
        (["--style", "nowhere.png"], "--style nowhere.png: No such file"),
        (["--style"], "--style must have at least one path"),
        (["--blend", "1", "2"], "--blend must have one weight"),
        (["--model", "nowhere"], "--model nowhere contains no SavedModel"),
        (["--method", "lbfgs", "--steps", "15"], "--steps must be"),
        (["--size", "5000"], "--size must be from 32 to 2,048. Received 5000"),
    ],
)
def test_bad_flags_are_told_in_one_line(tmp_path, capsys, flags, message):
    assert _stylize(tmp_path / "run", *flags) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_run_resumes_with_the_same_images_and_flags_only(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Image.open(CAT).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save("other.png")
    assert _stylize("run") == 0
    written = pathlib.Path("run", "stylized.png").read_bytes()
    for flags, name in [
        (["--content", "other.png"], "--content (checksum)"),
        (["--style", "other.png"], "--style (checksum)"),
        (["--style-weight", "9"], "--style-weight"),
    ]:
        capsys.readouterr()
        assert _stylize("run", "--resume", *flags) == 2
        error = capsys.readouterr().err
        assert f"Received settings {{'{name}'" in error and error.count("\n") == 1
    assert pathlib.Path("run", "stylized.png").read_bytes() == written


def test_images_of_one_name_are_not_measured_as_one(tmp_path):
    other = tmp_path / "cat.png"
    config = MeasureConfig(contents=(str(CAT), str(other)))
    with pytest.raises(UserError, match="--contents must be images with different names"):
        report.measure(None, config)


def test_a_style_that_is_no_image_is_told_before_anything_else(capsys):
    flags = ["--style", str(HERE / "app.py")]
    assert main([Style()], ["style", "predict", *flags, str(CAT)], "test") == 2
    error = capsys.readouterr().err
    assert "--style" in error and "not a" in error and error.count("\n") == 1


def test_training_has_no_steps(tmp_path):
    run = pathlib.Path(tmp_path, "run")
    assert TrainConfig().pooling == "average"
    assert main([Style()], ["style", "train", "--run-dir", str(run)], "test") == 0
    assert (run / "model.keras").exists() and not (run / "checkpoint.npz").exists()
