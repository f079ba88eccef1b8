"""Predicts dates with a SavedModel: one for each text, or all dates of a longer text."""

import re

from keras_dl import export

_TOKEN = re.compile(r"\S+")
_MAX_TOKENS = 8  # in a date of a longer text, including weekday and time of day
_MAX_CHARACTERS = 100  # the model reads no date in a longer text
_CONTEXT = 2  # words before and after a date that can change its meaning
_BATCH_CHARACTERS = 100_000


def ask(served, texts, orders, endpoint="serving_default", batch_size=1000):
    """Returns the outputs of the SavedModel as a dict of arrays, in the order of the texts."""
    return export.call_in_batches(
        served.signatures[endpoint],
        {"text": texts, "order": orders},
        batch_size=batch_size,
        sizes=[len(text) for text in texts],
        max_batch_total=_BATCH_CHARACTERS,
    )


def records(served, rows, config):
    """Yields the predictions of a batch of inputs."""
    texts, orders = ([row[name] for row in rows] for name in ("text", "order"))
    if config.all:
        windows = _windows_with_dates(served, texts, orders, config.threshold)
    else:
        windows = [[(0, len(text))] for text in texts]
    parts = [(row, start, end) for row, each in enumerate(windows) for start, end in each]
    results = _read(
        served,
        [texts[row][start:end] for row, start, end in parts],
        [orders[row] for row, *_ in parts],
        config.threshold,
    )
    dates, confidences = ([[] for _ in texts] for _ in range(2))
    for (row, start, _), result in zip(parts, results, strict=True):
        confidences[row].append(result["confidence"])
        if result["date"]:
            first, last = (start + index for index in result["span"])
            dates[row].append(
                {
                    "text": texts[row][first:last],
                    "type": result["date"],
                    "start": first,
                    "end": last,
                    "confidence": result["confidence"],
                    "ambiguous": result["ambiguous"],
                }
            )
    for found, confidence in zip(dates, confidences, strict=True):
        yield {
            "date": ", ".join(each["type"] for each in found),
            "confidence": min(confidence, default=0.0),
            "ambiguous": any(each["ambiguous"] for each in found),
            "dates": found,
        }


def _read(served, texts, orders, threshold):
    """Returns date, confidence, ambiguity and span of each text. Without a date, it is ""."""
    outputs = ask(served, texts, orders)
    results = [
        {
            "date": date.decode() if confidence >= threshold else "",
            "confidence": float(confidence),
            "ambiguous": bool(ambiguous),
        }
        for date, confidence, ambiguous in zip(
            outputs["date"], outputs["confidence"], outputs["ambiguous"], strict=True
        )
    ]
    rows = [row for row, result in enumerate(results) if result["date"]]
    looked = ask(served, [texts[row] for row in rows], [orders[row] for row in rows], "attention")
    for row, offsets, weights in zip(rows, looked["offsets"], looked["weights"], strict=True):
        results[row]["span"] = _span(texts[row], offsets, weights)
    return results


def _span(text, offsets, weights):
    """Returns start and end of the words with the strongest attention.

    The first two digits of the year do not count, because the text may lack them.
    """
    strongest = offsets[weights[2:, : len(offsets)].argmax(-1)]
    before = re.search(r"[^\W_]*$", text[: strongest.min()])
    behind = re.match(r"[^\W_]*", text[strongest.max() :])
    return before.start(), int(strongest.max()) + behind.end()


def _windows_with_dates(served, texts, orders, threshold):
    """Returns start and end of the windows of each text that are dates.

    The model reads each sequence of words. The shortest sequences that are dates count, without
    overlap, and only if they are the same date together with the words around them: in "5 May 2019
    + 3 days" or "5 May 44 BC", a part is another date than the whole.
    """
    tokens = [[match.span() for match in _TOKEN.finditer(text)] for text in texts]
    windows = [
        (row, first, last)
        for row, spans in enumerate(tokens)
        for first, (start, _) in enumerate(spans)
        for last in range(first, min(first + _MAX_TOKENS + 2 * _CONTEXT, len(spans)))
        if spans[last][1] - start <= _MAX_CHARACTERS
    ]
    parts = [texts[row][tokens[row][a][0] : tokens[row][b][1]] for row, a, b in windows]
    outputs = ask(served, parts, [orders[row] for row, *_ in windows])
    sure = outputs["confidence"] >= threshold
    dates = [{} for _ in texts]
    for (row, first, last), date, is_sure in zip(windows, outputs["date"], sure, strict=True):
        dates[row][first, last] = date if is_sure else b""
    return [
        [(spans[first][0], spans[last][1]) for first, last in _consistent(found, len(spans))]
        for spans, found in zip(tokens, dates, strict=True)
    ]


def _consistent(dates, count):
    """Returns the shortest windows with a date that does not change with the words around them.

    Args:
        dates: dict from windows, pairs of the first and the last token, to dates; b"" if none.
        count: int. Number of tokens.
    """
    taken, shortest = [False] * count, []
    for first, last in sorted(dates, key=lambda window: window[1] - window[0]):
        if last - first < _MAX_TOKENS and dates[first, last] and not any(taken[first : last + 1]):
            taken[first : last + 1] = [True] * (last + 1 - first)
            shortest.append((first, last))

    def holds(first, last):
        wider = (
            (first - before, last + after)
            for before in range(_CONTEXT + 1)
            for after in range(_CONTEXT + 1)
        )
        return all(
            dates.get((a, b), dates[first, last]) == dates[first, last]
            for a, b in wider
            if a >= 0 and not any(taken[a:first]) and not any(taken[last + 1 : b + 1])
        )

    return sorted(window for window in shortest if holds(*window))
