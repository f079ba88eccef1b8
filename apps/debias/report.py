"""What was taken out of word vectors, what it cost, and what is left."""

import pathlib

import numpy as np
from matplotlib.figure import Figure

from apps.debias import data
from apps.debias.saved import read
from keras_dl import embeddings
from keras_dl import plots as drawing

_RATED = 20  # professions of either side
_BINS = 40
_PAIR = ("she", "he")
_TESTS = (
    ("male_names", "female_names", "career", "family"),
    ("male_terms", "female_terms", "career", "family"),
    ("math", "arts", "male_terms", "female_terms"),
    ("science", "arts_2", "male_terms_2", "female_terms_2"),
    ("flowers", "insects", "pleasant_5", "unpleasant_5a"),  # no gender: it should stay
)


def figures(saved_model, config):
    """Returns figures as a dict from what is measured to its value, before and after."""
    saved, before, found = read(saved_model), data.vectors(config), data.lists(config)
    _check_same(saved, before, config)
    asked = [before, saved.vectors]
    report = {"words": len(before), "units": before.vectors.shape[1]}
    report |= _axis(before, found, saved.direction, config.seed)
    report |= _geometry(saved, asked)
    report |= _associations(asked, found["WEAT"], config.seed)
    report |= _stereotypes(saved, asked, found["professions"])
    if config.tasks:
        report |= _kept(asked, pathlib.Path(config.tasks))
    return report | _remaining(saved, before, found["professions"], config.seed)


def _check_same(saved, before, config):
    path = config.vectors or data.SHIPPED
    same = before.words == saved.vectors.words and np.allclose(
        before.unit @ saved.direction, saved.position_before, atol=1e-4
    )
    if not same:
        raise ValueError(
            f"--vectors must be the file that the model was made from. Received {path}, with other "
            "words or vectors. Give that file."
        )


def _both(name, values):
    return {f"{name}, {when}": v for when, v in zip(("before", "after"), values, strict=True)}


def _axis(before, found, direction, seed):
    axis = embeddings.bias_direction(before, data.pairs(before, found), seed)
    apart = np.arccos(min(abs(axis.direction @ direction / np.linalg.norm(direction)), 1))
    median, most = axis.angle
    return {
        "axis, share of the variance of the pairs": float(axis.explained_variance[0]),
        "axis, degrees that it turns, median": median,
        "axis, degrees that it turns, 95%": most,
        "axis, degrees from that of the model": float(np.degrees(apart)),
        "axis, pairs": len(axis.pairs),
        "axis, pairs missing": ", ".join("/".join(pair) for pair in axis.missing) or "none",
    }


def _geometry(saved, asked):
    """How far neutral words are from 0 on the axis, and equalised ones from the same distance."""
    rows = np.flatnonzero(saved.role != "specific")
    direction = saved.direction / np.linalg.norm(saved.direction)
    along, apart = [], []
    for vectors in asked:
        unit = vectors.unit.astype("float64")
        along.append(f"{np.abs(unit[rows] @ direction).max():.1e}")
        worst = [_unequal(unit, rows, some) for some in saved.equalized()]
        apart.append(f"{max(worst, default=0):.1e}")
    report = {"neutral words": len(rows), "equalised sets": len(saved.equalized())}
    report |= _both("largest |w . g| of neutral words", along)
    if saved.equalized():
        report |= _both("largest unequal distance in a set", apart)
    return report


def _unequal(unit, neutral, rows):
    distances = np.stack([np.linalg.norm(unit[neutral] - unit[row], axis=1) for row in rows])
    return np.ptp(distances, axis=0).max()


def _associations(asked, found, seed):
    report = {}
    for names in _TESTS:
        title = f"WEAT {names[0]}/{names[1]}"
        lists = [found.get(name, []) for name in names]
        spelt = [_each_once(asked[0], words) for words in lists]
        if min(sum(word in asked[0] for word in words) for words in spelt) < 2:
            continue
        tests = [embeddings.weat(vectors, *spelt, seed=seed) for vectors in asked]
        report |= _both(f"{title}: d", [test.effect_size for test in tests])
        report |= _both(f"{title}: p", [test.p for test in tests])
        report[f"{title}: missing"] = ", ".join(tests[0].missing) or "none"
    return report


def _each_once(vectors, words):
    return list(dict.fromkeys(data.spelled(vectors, word) for word in words))


def _ratings(vectors, professions):
    return {data.spelled(vectors, word): rating for word, _, rating in professions}


def _stereotypes(saved, asked, professions):
    ratings, specific = _ratings(asked[0], professions), saved.words_that_are("specific")
    found = [embeddings.stereotyped_analogies(v, _PAIR, ratings, specific) for v in asked]
    name = f"{_PAIR[0]} : {_PAIR[1]} analogies"
    report = _both(f"{name}, made", [len(each.analogies) for each in found])
    report |= _both(f"{name}, stereotyped", [each.stereotyped for each in found])
    return report | _both(f"{name}, opposed", [each.opposed for each in found])


def _kept(asked, folder):
    """What the vectors are good for. Words made equal answer the section family by themselves."""
    files = sorted(folder.glob("*.txt"))
    if not files:
        raise FileNotFoundError(
            f"--tasks must be a folder with *.txt. Received {folder}, which has none."
        )
    report = {}
    for file in files:
        if file.name == "questions-words.txt":
            report |= _analogies([vectors.analogy_accuracy(file) for vectors in asked])
        else:
            found = [vectors.similarity_correlation(file) for vectors in asked]
            total = found[0].pairs + found[0].left_out
            name = f"{file.stem}, {found[0].pairs} pairs of {total}"
            report |= _both(name, [each.correlation for each in found])
    return report


def _analogies(found):
    report = {
        "analogies that can be answered": found[0].answered,
        "analogies left out for want of a word": found[0].left_out,
    }
    for name, is_family in (("all but family", False), ("family", True)):
        parts = [
            embeddings.AnalogyReport(
                {n: each.sections[n] for n in each.sections if (n == "family") == is_family}
            )
            for each in found
        ]
        if parts[0].sections and parts[0].answered:
            report |= _both(f"analogies, {name}", [part.accuracy() for part in parts])
    return report


def _remaining(saved, before, professions, seed):
    words = saved.words_that_are("neutral")
    number = len(data.most_biased(before, saved.position_before, words)[0]) // 2
    specific = set(saved.words_that_are("specific"))
    asked = [word for word in _ratings(before, professions) if word not in specific]
    card = embeddings.remaining_bias(
        before,
        saved.vectors,
        saved.direction,
        words,
        asked,
        n=number,
        neighbours=min(100, len(words) // 4),
        seed=seed,
    )
    report = {"remaining bias: words of either side": number}
    report |= _both("remaining bias: linear probe", card.probe)
    report |= _both("remaining bias: two clusters", card.clusters)
    report |= _both("remaining bias: neighbours", card.neighbours)
    return report | {"remaining bias": str(card).splitlines()[-1]}


def pictures(saved_model, config):
    """Returns matplotlib figures by name."""
    saved, found = read(saved_model), data.lists(config)
    words = _shown(saved.vectors, found)
    rows = saved.vectors.numbers(words)
    places = {"before": saved.position_before, "after": saved.position}
    drawn = {
        f"words_on_the_axis_{when}": drawing.word_axis(
            words, position[rows], ("he", "she"), f"Words on the gender axis, {when}"
        )
        for when, position in places.items()
    }
    return drawn | {"sides_by_a_linear_probe": _sides(saved)}


def _shown(vectors, found):
    """Returns the words of the pairs, and the professions with the highest and lowest ratings."""
    rated = sorted(found["professions"], key=lambda entry: entry[2])
    rated = rated[:_RATED] + rated[-_RATED:]
    words = [word for pair in found["definitional_pairs"] for word in pair]
    words += [word for word, *_ in rated]
    spelt = dict.fromkeys(data.spelled(vectors, word) for word in words)
    return [word for word in spelt if word in vectors]


def _sides(saved):
    """Draws how far a linear probe puts words it has not seen to either side, after."""
    from sklearn.model_selection import cross_val_predict
    from sklearn.svm import LinearSVC

    words, sides = data.most_biased(
        saved.vectors, saved.position_before, saved.words_that_are("neutral")
    )
    unit = saved.vectors.unit[saved.vectors.numbers(words)]
    scores = cross_val_predict(LinearSVC(dual=False), unit, sides, method="decision_function")
    bins = np.linspace(scores.min(), scores.max(), _BINS)
    figure = Figure(figsize=(7, 4), layout="tight")
    axes = figure.subplots()
    for side, name, color in ((False, "he", "tab:blue"), (True, "she", "tab:red")):
        axes.hist(scores[sides == side], bins, color=color, alpha=0.5, label=f"was nearer {name}")
    axes.axvline(0, color="0.3", linewidth=1)
    right = np.mean((scores > 0) == sides)
    axes.set_title(f"{len(words)} words most biased before: a linear probe is right in {right:.1%}")
    axes.set(xlabel="score of the probe, after", ylabel="words")
    axes.legend()
    return figure
