"""Predicts dates with a SavedModel: one for each text, or all dates of a longer text."""

import re

from keras_dl import export

_TOKEN = re.compile(r"\S+")
_MAX_TOKENS = 8  # in a date of a longer text, including weekday and time of day


def ask(served, texts, orders, endpoint="serving_default", batch_size=1000):
    """Returns the outputs of the SavedModel as a dict of arrays, in the order of the texts."""
    return export.call_in_batches(
        served.signatures[endpoint],
        {"text": texts, "order": orders},
        batch_size=batch_size,
        sizes=[len(text) for text in texts],
    )


def records(served, rows, config):
    """Yields the predictions of a batch of inputs."""
    texts, orders = ([row[name] for row in rows] for name in ("text", "order"))
    if config.all:
        yield from (
            _all(served, *pair, config.threshold) for pair in zip(texts, orders, strict=True)
        )
        return
    outputs = ask(served, texts, orders)
    looked = ask(served, texts, orders, "attention")
    for index, text in enumerate(texts):
        confidence = outputs["confidence"][index]
        date = outputs["date"][index].decode() if confidence >= config.threshold else ""
        span = _span(text, looked["offsets"][index], looked["weights"][index]) if date else []
        ambiguous = bool(date) and outputs["ambiguous"][index]
        yield {"date": date, "confidence": confidence, "ambiguous": ambiguous, "span": span}


def _span(text, offsets, weights):
    """Returns start and end of the words with the strongest attention.

    The first two digits of the year do not count, because the text may lack them.
    """
    strongest = offsets[weights[2:, : len(offsets)].argmax(-1)]
    before = re.search(r"[^\W_]*$", text[: strongest.min()])
    behind = re.match(r"[^\W_]*", text[strongest.max() :])
    return [before.start(), int(strongest.max()) + behind.end()]


def _all(served, text, order, threshold):
    """Returns the prediction for a text with any number of dates.

    The model reads each sequence of up to eight words. The shortest sequences that are dates count;
    longer ones that overlap with them do not.
    """
    tokens = [match.span() for match in _TOKEN.finditer(text)]
    spans = [
        (start, tokens[last][1])
        for first, (start, _) in enumerate(tokens)
        for last in range(first, min(first + _MAX_TOKENS, len(tokens)))
    ]
    if not spans:
        return {"date": "", "confidence": 0.0, "ambiguous": False, "span": []}
    outputs = ask(served, [text[a:b] for a, b in spans], [order] * len(spans))
    dates = []
    order_of_length = sorted(range(len(spans)), key=lambda row: spans[row][1] - spans[row][0])
    for row in order_of_length:
        start, end = spans[row]
        is_date = outputs["date"][row] and outputs["confidence"][row] >= threshold
        if is_date and all(end <= a or b <= start for a, b, _ in dates):
            dates.append((start, end, row))
    dates.sort()
    rows = [row for *_, row in dates]
    return {
        "date": ", ".join(outputs["date"][row].decode() for row in rows),
        "confidence": min((outputs["confidence"][row] for row in rows), default=0.0),
        "ambiguous": any(outputs["ambiguous"][row] for row in rows),
        "span": [[start, end] for start, end, _ in dates],
    }
