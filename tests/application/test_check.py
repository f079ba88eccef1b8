"""The contract holds for the smallest application, and each check fails for one that breaks it."""

import dataclasses
import importlib
import io
import pathlib
import shutil

import numpy as np
import PIL.Image
import pytest

from keras_dl.application import Configs, Endpoint, Field, FitConfig, Metric, Report
from keras_dl.application.check import check
from keras_dl.application.errors import ContractError


def _checks(app, directory):
    return dict(check(app, directory))


def test_the_smallest_application_is_short(spam):
    assert len(pathlib.Path(spam.__file__).read_text("utf-8").splitlines()) <= 60


def test_the_smallest_application_keeps_the_contract(spam, trained):
    for run_check in _checks(spam.Spam(), trained).values():
        run_check()


def _png():
    file = io.BytesIO()
    PIL.Image.fromarray(np.full((4, 5), 9, "uint8")).save(file, "png")
    return file.getvalue()


_IMAGE = _png()


@dataclasses.dataclass(frozen=True)
class Unsaved(FitConfig):
    """Settings that JSON does not bring back."""

    pairs: tuple[tuple[int, int], ...] = ((1, 2),)


def broken(spam, name):
    """Returns an application that breaks the check of that name, and no other."""
    import tensorflow as tf

    class Broken(spam.Spam):
        """Whether a message is spam."""

        calls = 0

        def count(self):
            type(self).calls += 1
            return self.calls

    class Biased(Broken):
        def endpoints(self, model, assets):
            (endpoint,) = super().endpoints(model, assets).values()

            def twice(text):
                return {"probabilities": 2 * endpoint.function(text)["probabilities"]}

            return {"serving_default": endpoint._replace(function=twice)}

    class Padded(Broken):
        def endpoints(self, model, assets):
            (endpoint,) = super().endpoints(model, assets).values()

            def one_more(text):
                rows = endpoint.function(text)["probabilities"]
                return {"probabilities": tf.pad(rows, [[0, 1], [0, 0]])}

            return {"serving_default": endpoint._replace(function=one_more)}

    class Brittle(Broken):
        def endpoints(self, model, assets):
            def brightness(image_bytes):
                images = tf.map_fn(
                    lambda each: tf.io.decode_png(each, 1),
                    image_bytes,
                    fn_output_signature=tf.TensorSpec([None, None, 1], "uint8"),
                )
                return {"brightness": tf.reduce_mean(tf.cast(images, "float32"), [1, 2, 3])}

            signature = [tf.TensorSpec([None], "string", "image_bytes")]
            found = Endpoint(brightness, signature, {"image_bytes": [_IMAGE]})
            return super().endpoints(model, assets) | {"brightness": found}

    class Unseeded(Broken):
        def data(self, config):
            data, shift = super().data(config), np.random.default_rng().integers(1, 400)

            def batches(epoch):
                return data.batches(epoch).map(lambda x, y: ((x + shift) % 999, y))

            return dataclasses.replace(data, batches=batches)

    class Unrecorded(Broken):
        def train(self, config, run):
            run.begin = lambda assets, work: None
            return super().train(config, run)

    class Unsteady(Broken):
        def measure(self, served, config):
            return Report([Metric(f"accuracy_{'x' * self.count()}", 1.0)])

    class Neighborly(Broken):
        def predict_batch(self, served, rows, config):
            for row, found in enumerate(super().predict_batch(served, rows, config)):
                yield found | {"confidence": row + 0.5}

    class Greedy(Broken):
        inputs = (Field("text"),)

    class Unnamed(Broken):
        name = "no name"

    class Forgetful(Broken):
        configs = Configs(train=Unsaved)

    class Local(Broken):
        """Cannot be imported, as classes of functions can't."""

    return {
        "damaged_images": Brittle,
        "declaration": Unnamed,
        "empty_batch": Padded,
        "errors": Greedy,
        "export": Biased,
        "help": Local,
        "records": Neighborly,
        "report": Unsteady,
        "resuming": Unseeded,
        "settings": Forgetful,
        "training": Unrecorded,
    }[name]()


NAMES = (
    "damaged_images declaration empty_batch errors export help records report resuming settings "
    "training"
).split()
OWN_EXPORT = ("damaged_images", "empty_batch")  # what breaks stands in the SavedModel


def test_every_check_has_a_broken_application(spam, tmp_path):
    assert sorted(_checks(spam.Spam(), tmp_path)) == NAMES


def test_an_application_that_loads_a_backend_for_help_fails(spam, tmp_path):
    """Its file stands beside that of `spam`, from where another process can import it."""
    source = "import jax\n\nfrom spam import Spam\n\n\nclass Heavy(Spam):\n    pass\n"
    pathlib.Path(spam.__file__).with_name("heavy.py").write_text(source, "utf-8")
    with pytest.raises(ContractError, match="not load a backend"):
        _checks(importlib.import_module("heavy").Heavy(), tmp_path)["help"]()


def test_an_application_without_checkpoints_fails(spam, trained):
    class Hasty(spam.Spam):
        def train(self, config, run):
            run.begin(self.Assets(), "nothing")
            return None

    with pytest.raises(ContractError, match="must write checkpoints"):
        _checks(Hasty(), trained)["resuming"]()


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_application_fails_its_check(
    spam, trained, tmp_path, exports_in_one_process, name
):
    directory = tmp_path if name in ("training", "resuming", *OWN_EXPORT) else trained
    if name in OWN_EXPORT:
        shutil.copytree(
            trained / "run", tmp_path / "run", ignore=shutil.ignore_patterns("saved_model")
        )
    with exports_in_one_process(), pytest.raises(ContractError):
        _checks(broken(spam, name), directory)[name]()
