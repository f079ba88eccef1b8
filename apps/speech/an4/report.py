"""Error rates of a SavedModel on the test part of AN4."""

import numpy as np

from apps.speech.an4.files import read
from keras_dl import export, metrics
from keras_dl.application import Metric, Report, UserError

_BATCH_SIZE = 32
_HEADS = ("attention", "ctc")


def measure(served, config):
    """Returns the report of a SavedModel on the official test part."""
    if "cepstra" not in served.signatures:
        raise UserError("--task is an4, but the model transcribes digits. Omit it.")
    test = read(config, "test")
    seen = {*read(config, "train").texts, *read(config, "validation").texts}
    found = transcribe(served, test.cepstra)
    texts = found["text"]
    unseen = [index for index, text in enumerate(test.texts) if text not in seen]
    values = [
        Metric("utterances", len(texts)),
        Metric("word_errors", _rate(texts, test.texts), "word error rate"),
        *(
            Metric(
                f"word_errors.{head}",
                _rate(found[f"{head}_text"], test.texts),
                f"word error rate of {head} only",
            )
            for head in _HEADS
        ),
        Metric("utterances.unseen", len(unseen), "utterances whose text is not in training"),
        Metric(
            "word_errors.unseen",
            _rate([texts[index] for index in unseen], [test.texts[index] for index in unseen]),
            "word error rate of these",
        ),
        Metric("character_errors", _rate(texts, test.texts, "character"), "character error rate"),
        Metric(
            "utterance_errors",
            np.mean([text != right for text, right in zip(texts, test.texts, strict=True)]),
            "utterances with an error",
        ),
    ]
    return Report(values, {})


def transcribe(served, cepstra):
    """Returns texts of cepstra: dict of `text`, and of what each head writes."""
    lengths = np.array([len(each) for each in cepstra], "int32")
    found = export.call_in_batches(
        served.signatures["cepstra"],
        {"cepstra": [each.tolist() for each in cepstra], "lengths": lengths},
        batch_size=_BATCH_SIZE,
        sizes=lengths,
    )
    names = ("text", *(f"{head}_text" for head in _HEADS))
    return {name: [text.decode() for text in found[name]] for name in names}


def _rate(found, texts, unit="word"):
    return metrics.error_rate(found, texts, unit=unit).rate
