"""Translations of a SavedModel."""

import numpy as np

from apps.translation.data import LONGEST
from keras_dl import export, plots

_BATCH = 64  # sentences


def ask(served, texts, endpoint="alternatives", **options):
    """Returns the outputs of the SavedModel as a dict of arrays, in the order of the texts."""
    return export.call_in_batches(
        served.signatures[endpoint],
        {"text": texts, **options},
        batch_size=_BATCH,
        sizes=[len(text) for text in texts],
    )


def records(served, texts, config):
    """Yields the translation of each text."""
    found = ask(served, texts, width=config.width, length_penalty=config.length_penalty)
    names = ("translations", "scores", "sure")
    for text, written, scores, sure in zip(texts, *(found[name] for name in names), strict=True):
        if scores[0] == -np.inf:
            yield {
                "error": f"text must have at most {LONGEST} sub-words. Received more, in "
                f"{len(text):,} characters. Translate its sentences one by one."
            }
            continue
        best = {}  # several sequences of tokens may be the same text
        for each, score in zip(written, scores, strict=True):
            if score > -np.inf:
                best.setdefault(each.decode(), score)
        yield {
            "translation": written[0].decode() if sure[0] else "",
            "score": scores[0],
            "alternatives": list(best.items()) if config.alternatives else None,
        }


def attention_plot(served, text):
    """Plots the attention weights of a text and its translation, if there are any."""
    if "attention" not in served.signatures:
        return None
    found = ask(served, [text], "attention")
    source, target = (
        [each.decode(errors="replace") for each in found[side][0] if each]
        for side in ("source", "target")
    )
    if not target:
        return None
    return plots.attention_map(found["weights"][0, : len(target), : len(source)], source, target)
