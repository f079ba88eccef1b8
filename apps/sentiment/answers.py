"""Texts and what their authors think."""

import numpy as np

from apps.sentiment.report import answer
from apps.terminal import visible

_SHOWN_WORDS = 5


def lines(saved_model, chunks, config):
    """Yields lists of lines: text, label, probability and, on request, words that moved them."""
    for texts in chunks:
        found = answer(saved_model, texts)
        moved = answer(saved_model, texts, "influence") if config.explain else [None] * len(texts)
        yield [
            f"{visible(text)}\t{each['label'].decode()}"
            f"\t{each['probabilities'].max():.3f}{_strongest(influence)}"
            for text, each, influence in zip(texts, found, moved, strict=True)
        ]


def _strongest(found):
    """Returns the words that moved an answer most, as a further column."""
    if found is None:
        return ""
    order = np.argsort(-np.abs(found["influence"]), kind="stable")[:_SHOWN_WORDS]
    words = [
        f"{found['words'][place].decode('utf-8', 'replace')} {found['influence'][place]:+.2f}"
        for place in order
        if found["words"][place]
    ]
    return "\t" + ", ".join(words)
