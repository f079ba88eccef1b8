"""Word lists that define and measure a bias, and lookup of their words in the vectors."""

import json
import pathlib

from keras_dl import embeddings
from keras_dl.application import UserError, user_error

_SHOWN = 20  # missing words of a list
_REMEDY = (
    "The lists must be in the language and spelling of --vectors: translate the files of "
    "apps/debias/lists and set --lists DIRECTORY, or use vectors with more words."
)

_CONTENTS = {
    "definitional_pairs": "a list of pairs of words",
    "equalize_pairs": "a list of pairs of words",
    "gender_specific_full": "a list of words",
    "professions": "a list of [word, rating by definition, rating by stereotype]",
    "WEAT": "an object that maps names to lists of words",
}


def read_lists(directory):
    """Returns a dict from file names to word lists."""
    return {name: _read(pathlib.Path(directory, f"{name}.json")) for name in _CONTENTS}


def spelled_once(vectors, words):
    """Returns words in the spelling of the vectors, without duplicates."""
    return list(dict.fromkeys(vectors.spelling(word) for word in words))


def spelled_pairs(vectors, pairs):
    """Returns pairs of words in the spelling of the vectors, without duplicates."""
    return list(dict.fromkeys(tuple(vectors.spelling(word) for word in pair) for pair in pairs))


def gender_axis(vectors, lists, seed):
    """Returns the `BiasDirection` of the definitional pairs.

    Raises:
        UserError: if fewer than two pairs have vectors.
    """
    pairs = spelled_pairs(vectors, lists["definitional_pairs"])
    missing = [word for pair in pairs for word in pair if word not in vectors]
    if sum(all(word in vectors for word in pair) for pair in pairs) < 2:
        raise UserError(
            "--lists: definitional_pairs.json must have at least two pairs whose words have "
            f"vectors. Words without a vector are {', '.join(missing)}. {_REMEDY}"
        )
    with user_error("--lists"):
        return embeddings.bias_direction(vectors, pairs, seed)


def coverage(vectors, lists):
    """Returns a line for each list: how many of its words have vectors, and those without one."""
    lines, poor = [], 0
    for name, content in lists.items():
        groups = content.values() if isinstance(content, dict) else content
        flat = (part for each in groups for part in ([each] if isinstance(each, str) else each))
        words = spelled_once(vectors, (part for part in flat if isinstance(part, str)))
        missing = [word for word in words if word not in vectors]
        poor += len(missing) > len(words) / 2
        if missing:
            shown = ", ".join(missing[:_SHOWN]) + (" ..." if len(missing) > _SHOWN else "")
            number = len(words) - len(missing)
            lines.append(f"{name}: {number} of {len(words)} words have a vector; missing: {shown}")
    if poor > len(lists) / 2:
        lines.append(f"Most words of most --lists have no vector. {_REMEDY}")
    return lines


def known_sets(vectors, sets):
    """Returns the sets whose words all have vectors, and which do not overlap earlier sets."""
    found, taken = [], set()
    for words in sets:
        known = [word for word in spelled_once(vectors, words) if word in vectors]
        if len(known) == len(words) and not taken & set(known):
            found.append(known)
            taken.update(known)
    return found


def _read(path):
    if not path.is_file():
        raise UserError(
            f"--lists must be a directory with {', '.join(f'{name}.json' for name in _CONTENTS)}. "
            f"Received {path.parent}, which has no {path.name}."
        )
    try:
        content = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise UserError(f"--lists: {path} must be JSON in UTF-8: {error}.") from error
    if not content or not _fits(path.stem, content):
        raise UserError(
            f"--lists: {path} must contain {_CONTENTS[path.stem]}. Received "
            f"{json.dumps(content)[:60]}."
        )
    return content


def _fits(name, content):
    if name == "WEAT":
        return isinstance(content, dict) and all(map(_are_words, content.values()))
    if name == "gender_specific_full":
        return _are_words(content)
    if not isinstance(content, list) or not all(isinstance(each, list) for each in content):
        return False
    if name == "professions":
        numbers = [[isinstance(part, (int, float)) for part in each] for each in content]
        return all(each == [False, True, True] for each in numbers) and _are_words(
            [word for word, *_ in content]
        )
    return all(_are_words(each) and len(each) > 1 for each in content)


def _are_words(words):
    return isinstance(words, list) and all(isinstance(word, str) and word for word in words)
