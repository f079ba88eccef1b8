"""Bits per character of a text, beside n-gram models; continuations and copied text."""

import itertools
import re

import numpy as np

from apps.language import texts
from apps.language.kneser_ney import KneserNey
from apps.language.tokens import UNKNOWN
from keras_dl import export, plots
from keras_dl.application import Metric, Report, UserError, commands, user_error
from keras_dl.application.fields import visible
from keras_dl.pipelines.text_files import read_text

_PIECE, _CONTEXT = 4_000, 1_000  # characters that are scored at once, and read before them
_CUT_AT_SPACE = re.compile(r"\s|\S{100}")
_BATCH_SIZE = 8
_ORDER = 5
_TEMPERATURES = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
_UNKNOWN = "unknown tokens, of all tokens"
_SHOWN = 200  # tokens of a sample in the notes
_DRAWN = 800  # tokens in the plot of surprises


def measure(served, config):
    """Returns the report of a SavedModel."""
    parts = texts.read(config)
    train, text = parts.train, getattr(parts, config.split)
    if config.split == "test":
        train += parts.dev
    bits, pieces = bits_of(served, text)
    seen, ids = (_ids(served, each) for each in (train, text))
    size = int(served.signatures["ids"](text=["a"])["size"])
    totals = {"model": bits.sum()}
    for name, order in (("kneser_ney", _ORDER), ("unigram", 1)):
        totals[name] = -np.log2(KneserNey(seen, size, order).probabilities(ids)).sum()
    if parts.bits[0]:
        totals["grammar"] = parts.bits[texts.Texts._fields.index(config.split)]
    sample = _sample(served, 1.0, config.sample_length, config.seed)
    copied = {"sample": _ids(served, sample), "text": ids[: config.sample_length]}
    metrics = [
        Metric("characters", len(text)),
        Metric("tokens", len(ids)),
        Metric("unknown", np.mean(ids == UNKNOWN), _UNKNOWN),
        *(
            Metric(f"bits_per_character.{name}", total / len(text))
            for name, total in totals.items()
        ),
        *(Metric(f"perplexity.{name}", 2 ** (total / len(ids))) for name, total in totals.items()),
        *(
            Metric(
                f"longest_copy.{name}",
                longest_copy(found, seen),
                f"longest part of the {name} that is in train, tokens",
            )
            for name, found in copied.items()
        ),
    ]
    drawn = {
        "bits_per_character": plots.sorted_bars(
            {name: total / len(text) for name, total in totals.items()}, label="bits per character"
        ),
        "surprises": _surprises(bits, pieces),
    }
    notes = [
        f"temperature {each}: {visible(_sample(served, each, _SHOWN, config.seed))}"
        for each in _TEMPERATURES
    ]
    return Report(metrics, drawn, tuple(notes))


def score(app, config):
    """Prints the bits per character of a text; returns a plot of its surprises."""
    if bool(config.text) == bool(config.input):
        raise UserError("score must have either --text or --input. Add one of them.")
    text = config.text
    if config.input:
        with user_error("--input"):
            text = read_text(config.input)
    text = texts.with_line_feeds(text)  # the model reads any line end as one character
    served = commands.load(app, run_dir=config.run_dir, model=config.model)
    bits, pieces = bits_of(served, text) if text else ((), ())
    if not len(bits):
        raise UserError(
            "score must have a text with characters or words. Received "
            f"{config.input or repr(config.text)} without any. Add text."
        )
    for metric in (
        Metric("characters", len(text)),
        Metric("unknown", np.mean(_ids(served, text) == UNKNOWN), _UNKNOWN),
        Metric("bits", bits.sum()),
        Metric("bits_per_character", bits.sum() / len(text)),
    ):
        print(metric)
    return {"surprises": _surprises(bits, pieces)}


def continuations(served, prompts, config):
    """Yields the continuation of each prompt."""
    found = export.call_in_batches(
        served.signatures["serving_default"],
        {
            "prompt": prompts,
            **{
                name: np.asarray(getattr(config, name))
                for name in ("temperature", "top_p", "top_k", "length", "seed")
            },
        },
        batch_size=_BATCH_SIZE,
    )
    for text, log_probability in zip(found["text"], found["log_probability"], strict=True):
        yield {"continuation": text.decode(), "log_probability": float(log_probability)}


def bits_of(served, text):
    """Returns the bits of each token of a text, float32 `(n,)`, and the tokens, a list of strings.

    A long text is scored in parts, each after the last 1,000 characters before it.
    """
    cuts = [0]
    while cuts[-1] < len(text):
        cut = _CUT_AT_SPACE.search(text, cuts[-1] + _PIECE)
        cuts.append(cut.start() if cut else len(text))
    contexts = [text[max(cut - _CONTEXT, 0) : cut] for cut in cuts[:-1]]
    parts = [text[start:end] for start, end in itertools.pairwise(cuts)]
    found = export.call_in_batches(
        served.signatures["score"],
        {"text": [before + part for before, part in zip(contexts, parts, strict=True)]},
        batch_size=_BATCH_SIZE,
    )
    bits, pieces = [], []
    for row, before in enumerate(contexts):
        written = np.count_nonzero(found["piece"][row] != b"")
        read = len(_ids(served, before))
        bits.append(found["bits"][row, read:written])
        pieces += [piece.decode() for piece in found["piece"][row, read:written]]
    return np.concatenate(bits), pieces


def longest_copy(tokens, source):
    """Returns the length of the longest part of `tokens` that occurs in `source`, in tokens."""
    # Python's search in strings is fast; from U+E000 on, no number is a surrogate.
    tokens, source = ("".join(chr(0xE000 + each) for each in part) for part in (tokens, source))
    start = longest = 0
    while start + longest < len(tokens):
        if tokens[start : start + longest + 1] in source:
            longest += 1
        else:
            start += 1
    return longest


def _ids(served, text):
    return served.signatures["ids"](text=[text])["id"][0].numpy()


def _sample(served, temperature, length, seed):
    found = served.signatures["serving_default"](
        prompt=[""],
        temperature=np.float32(temperature),
        top_p=np.float32(1),
        top_k=np.int32(0),
        length=np.int32(length),
        seed=np.int64(seed),
    )
    return found["text"][0].numpy().decode()


def _surprises(bits, pieces):
    bits, pieces = bits[:_DRAWN], [piece.replace("\n", "\u21b5") for piece in pieces[:_DRAWN]]
    title = "Tokens that the model expected (green) and did not expect (red)"
    return plots.highlighted_text([("", pieces, bits.mean() - bits)], title)
