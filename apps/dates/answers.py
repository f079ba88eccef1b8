"""Dates that texts mean."""

from apps.dates.report import answer
from apps.terminal import visible


def lines(saved_model, chunks, config):
    """Yields lists of lines: text, date and confidence of each of some texts, between tabs."""
    for texts in chunks:
        found = answer(saved_model, texts, [config.order] * len(texts))
        yield [
            f"{visible(text)}\t{date.decode()}\t{confidence:.3f}"
            for text, date, confidence in zip(
                texts, found["date"], found["confidence"], strict=True
            )
        ]
