"""Optimizes one image in a run of its own: coarse to fine, with previews, and resumable."""

import dataclasses
import io
import pathlib
import zlib

import numpy as np
import tensorflow as tf

from apps.style import transfer
from apps.style.app import Assets
from apps.style.report import read
from keras_dl import plots, training
from keras_dl.application import UserError, commands, user_error
from keras_dl.application.typed import flag_of

_FRAMES = 40  # of the GIF, for all levels together
_FRAME_SECONDS = 0.1
_LONGEST_FRAME = 320  # pixels


def stylize(app, config):
    """Paints an image: writes it, and how it came about, to the run directory."""
    directory = pathlib.Path(config.run_dir or "runs/style/stylize")
    painting = _Painting(app, config, directory)
    try:
        with training.Run(directory, resume=config.resume) as run:
            history = training.train_by_steps(painting, run=run)
    except (training.CheckpointError, FloatingPointError) as error:
        raise UserError(str(error)) from error
    image = painting.result()
    with training.write_atomically(directory / "stylized.png") as file:
        file.write(tf.io.encode_png(image).numpy())
    gif = io.BytesIO()
    plots.write_gif(gif, painting.frames, _FRAME_SECONDS)
    with training.write_atomically(directory / "progress.gif") as file:
        file.write(gif.getvalue())
    print(directory / "stylized.png", directory / "progress.gif", sep="\n")
    shown = {name: history[name] for name in ("steps", "style_loss", "content_cosine")}
    commands.save_plots({"losses": plots.learning_curves(shown)}, directory)
    return {}


def compare_layers(app, config):
    """Plots the images that have the content features of an image in one layer, from noise."""
    model, assets = commands.trained_of_saved_model(app, _model_path(app, config))
    content = _image("content", config.content, config.size)
    images, titles = [content.numpy()], ["content image"]
    for layer in model.output_names:
        layers = transfer.Transfer(model, Assets(assets.style_layers, layer))
        optimization = training.PixelOptimization(
            _objective(layers, content, layers.style(content), 0.0),
            _noise(content, config.seed),
            steps=config.steps,
        )
        while not optimization.finished:
            row = optimization.step()
        images.append(optimization.pixels)
        titles.append(f"{layer}: {row['content_cosine']:.3f}")
        print(titles[-1], flush=True)
    title = "Content from noise, by layer: cosine of the features"
    images = np.array(images).round().astype("uint8")
    return {"layers": plots.image_grid(images, len(images), title, titles)}


class _Painting:
    """Optimization of one image at one or several sizes; a `training.Resumable`."""

    def __init__(self, app, config, directory):
        model, assets = commands.trained_of_saved_model(app, _model_path(app, config))
        self._transfer = transfer.Transfer(model, assets)
        self._config, self._directory, self._blend = config, directory, _blend(config)
        self._settings = _settings(model, config)
        self._steps_per_frame = -(-config.steps * config.levels // _FRAMES)
        longest = min(config.size, _LONGEST_FRAME)
        self._frame_shape = _image("content", config.content, longest).shape[:2]
        self.frames: list[np.ndarray] = []
        self._begin(level=0)

    @property
    def finished(self):
        return self._optimization.finished and self._level == self._config.levels - 1

    def step(self):
        if self._optimization.finished:
            self._begin(self._level + 1, start=self._optimization.pixels)
        row = self._optimization.step()
        steps = self._level * self._config.steps + row.pop("step")
        if steps // self._steps_per_frame > len(self.frames) or self.finished:
            self._record()
        return {"steps": steps, **row}

    def state(self):
        arrays, metadata = self._optimization.state()
        frames = np.array(self.frames, "uint8")
        metadata = {"level": self._level, "painting": self._settings, **metadata}
        return {**arrays, "frames": frames}, metadata

    def restore(self, arrays, metadata):
        training.check_same_training(metadata["painting"], self._settings)
        self._begin(metadata["level"])
        self.frames = list(arrays["frames"])
        self._optimization.restore(arrays, metadata)

    def bytes_needed(self):
        return self._optimization.bytes_needed() + _FRAMES * 3 * _LONGEST_FRAME**2

    def result(self):
        """Returns the image so far, uint8 `(height, width, 3)`."""
        pixels = tf.constant(self._optimization.pixels)
        if self._config.preserve_colors:
            pixels = transfer.with_colors_of(pixels, self._original)
        return tf.cast(tf.round(pixels), "uint8").numpy()

    def _begin(self, level, start=None):
        """Begins a level, at half the size of the next one."""
        config, self._level = self._config, level
        size = max(config.size // 2 ** (config.levels - 1 - level), 32)
        self._original = content = _image("content", config.content, size)
        styles = [_image("style", path, size) for path in config.style]
        if config.preserve_colors:
            content, *styles = map(transfer.gray, (content, *styles))
        grams = [
            tf.tensordot(self._blend, tf.stack(layer), 1)
            for layer in zip(*map(self._transfer.style, styles), strict=True)
        ]
        weight, _ = self._transfer.weight(config.style_weight, content, grams)
        if start is not None:
            start = tf.image.resize(start, content.shape[:2], "bicubic").numpy()
        elif config.start == "noise":
            start = _noise(content, config.seed)
        else:
            start = content.numpy()
        with user_error("--steps"):
            self._optimization = training.PixelOptimization(
                _objective(self._transfer, content, grams, weight),
                start,
                method=config.method,
                steps=config.steps,
                learning_rate=config.learning_rate,
            )

    def _record(self):
        image = self.result()
        with training.write_atomically(self._directory / "preview.png") as file:
            file.write(tf.io.encode_png(image).numpy())
        frame = tf.image.resize(image, self._frame_shape, antialias=True)
        self.frames.append(tf.cast(tf.round(frame), "uint8").numpy())


def _objective(layers, content, style, style_weight):
    """Returns the function of pixels and step that a `PixelOptimization` minimizes."""

    @tf.function(autograph=False)
    def compiled(pixels, step):
        return layers.loss_and_gradient(pixels, content, style, style_weight, step)

    def function(pixels, step):
        terms, gradient = compiled(tf.constant(pixels), tf.constant(step))
        return {name: float(value) for name, value in terms.items()}, gradient.numpy()

    return function


def _image(flag, path, size):
    return transfer.read_image(tf.constant(read(flag, path)), size)


def _noise(content, seed):
    return np.random.default_rng(seed).uniform(0, 255, content.shape)


def _blend(config):
    if not config.style:
        raise UserError("--style must have at least one path. Received none.")
    blend = config.blend or (1.0,) * len(config.style)
    if len(blend) != len(config.style) or min(blend) < 0 or not sum(blend):
        raise UserError(
            f"--blend must have one weight of at least 0 for each of the {len(config.style)} style "
            f"images, and not only zeros. Received {blend}. Change --blend or --style."
        )
    return tf.constant(np.array(blend) / sum(blend), "float32")


def _settings(model, config):
    """Returns what a resumed run must have in common: flags, and checksums of what they name."""
    settings = dataclasses.asdict(config)
    for name in ("content", "style", "model", "run_dir", "resume"):
        del settings[name]
    flags = {flag_of(name): value for name, value in settings.items()}
    return flags | {
        "--content (checksum)": zlib.crc32(read("content", config.content)),
        "--style (checksum)": [zlib.crc32(read("style", path)) for path in config.style],
        "--model (checksum)": zlib.crc32(b"".join(each.tobytes() for each in model.get_weights())),
    }


def _model_path(app, config):
    path = pathlib.Path(config.model) if config.model else app.shipped
    if not (path / "saved_model.pb").exists():
        raise UserError(f"--model {path} contains no SavedModel. Choose another path.")
    return path
