"""Word lists that define and measure a bias, and lookup of their words in the vectors."""

import json
import pathlib

from keras_dl.application import UserError

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


def spelled(vectors, word):
    """Returns a word in lower case if only that spelling has a vector, otherwise unchanged."""
    return word.lower() if word not in vectors and word.lower() in vectors else word


def spelled_once(vectors, words):
    """Applies `spelled` to words and removes duplicates."""
    return list(dict.fromkeys(spelled(vectors, word) for word in words))


def spelled_pairs(vectors, pairs):
    """Applies `spelled` to pairs of words and removes duplicates."""
    return list(dict.fromkeys(tuple(spelled(vectors, word) for word in pair) for pair in pairs))


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
