"""Texts with their entities, as pages, in colours or as JSON."""

import os
import sys

import tensorflow as tf

from apps.ner import page


def lines(saved_model, chunks, config):
    """Yields lists of lines: the entities of each of some texts, in the format asked for."""
    style = config.format
    if style == "html":
        yield from ([line] for line in page.html_page(_answers(saved_model, chunks, page.as_html)))
        return
    coloured = style == "auto" and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for answer in _answers(saved_model, chunks, page.as_colours if coloured else page.as_json):
        yield [answer]


def _answers(saved_model, chunks, draw, at_once=64):
    endpoint = saved_model.signatures["serving_default"]
    for texts in chunks:
        by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        drawn = [""] * len(texts)
        for start in range(0, len(texts), at_once):
            rows = by_length[start : start + at_once]
            answer = endpoint(text=tf.constant([texts[row] for row in rows]))
            answer = {name: value.numpy() for name, value in answer.items()}
            for place, row in enumerate(rows):
                tokens = [token.decode("utf-8", "replace") for token in answer["tokens"][place]]
                length = tokens.index("") if "" in tokens else len(tokens)
                tags = [each.decode() for each in answer["tags"][place, :length]]
                text = texts[row].decode("utf-8", "replace")
                confidence = answer["confidence"][place, :length]
                found = page.entities(text, tokens[:length], tags, confidence)
                drawn[row] = draw(text, found)
        yield from drawn
