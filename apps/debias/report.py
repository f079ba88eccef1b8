"""Metrics and plots of the effect of debiasing, its cost and the remaining bias."""

import numpy as np

from apps.debias.data import most_biased, read_vectors
from apps.debias.saved import read
from apps.debias.word_lists import coverage, gender_axis, read_lists, spelled_once
from keras_dl import embeddings, plots
from keras_dl.application import Metric, Report, UserError, user_error

_RATED = 20  # professions of each side
_BINS = 40
_PAIR = ("she", "he")
_TESTS = (
    ("male_names", "female_names", "career", "family"),
    ("male_terms", "female_terms", "career", "family"),
    ("math", "arts", "male_terms", "female_terms"),
    ("science", "arts_2", "male_terms_2", "female_terms_2"),
    ("flowers", "insects", "pleasant_5", "unpleasant_5a"),  # no gender: should not change
)


def measure(served, config):
    """Returns the report of a SavedModel, with most metrics before and after debiasing."""
    saved, before, lists = read(served), read_vectors(config), read_lists(config.lists)
    _check_same(saved, before, config)
    both = before, saved.vectors
    ratings = {before.spelling(word): rating for word, _, rating in lists["professions"]}
    metrics = [Metric("words", len(before)), Metric("units", before.vectors.shape[1])]
    axis = gender_axis(before, lists, config.seed)
    pair = _PAIR if all(word in before for word in _PAIR) else axis.pairs[0]
    with user_error("--lists"):
        metrics += [*_axis(axis, saved.direction), *_geometry(saved, both)]
        tests = _associations(both, lists["WEAT"], config.seed)
        metrics += [metric for name, found in tests.items() for metric in _weat(name, found)]
        metrics += _stereotypes(saved, both, pair, ratings)
        remaining = _remaining(saved, before, ratings, config.seed)
    if config.tasks:
        with user_error("--tasks"):
            for key, label, values in embeddings.task_scores(config.tasks, *both):
                count = len(values) == 1
                metrics += [Metric(key, *values, label)] if count else _both(key, label, values)
    metrics += [
        Metric("remaining.words", remaining.words, "remaining bias: words of each side"),
        *_both("remaining.probe", "remaining bias: linear probe", remaining.probe),
        *_both("remaining.clusters", "remaining bias: two clusters", remaining.clusters),
        *_both("remaining.neighbors", "remaining bias: neighbors", remaining.neighbors),
    ]
    left_out = [name for name in map("/".join, (each[:2] for each in _TESTS)) if name not in tests]
    missing = {"the pairs of the axis": ["/".join(pair) for pair in axis.missing]}
    missing |= {f"WEAT {name}": found[0].missing for name, found in tests.items()}
    notes = [f"missing in {name}: {', '.join(words)}" for name, words in missing.items() if words]
    if left_out:
        words = "fewer than two words of a list have vectors"
        notes.append(f"left out, because {words}: WEAT {', '.join(left_out)}")
    notes += coverage(before, lists)
    verdict = str(remaining).splitlines()[-1]
    return Report(metrics, _plots(saved, lists, pair), (*notes, verdict))


def _check_same(saved, before, config):
    same = before.words == saved.vectors.words and np.allclose(
        before.unit @ saved.direction, saved.position_before, atol=1e-4
    )
    if not same:
        raise UserError(
            "--vectors must be the file that the model was built from. Received "
            f"{config.vectors}, which has other words or vectors. Use the original file."
        )


def _both(key, label, values):
    return [
        Metric(f"{key}.{when}", value, f"{label}, {when}")
        for when, value in zip(("before", "after"), values, strict=True)
    ]


def _axis(axis, direction):
    apart = np.arccos(min(abs(axis.direction @ direction / np.linalg.norm(direction)), 1))
    median, most = axis.angle
    share = axis.explained_variance[0]
    return [
        Metric("axis.variance", share, "axis, explained variance of the pairs"),
        Metric("axis.turn_median", median, "axis, turn in degrees, median"),
        Metric("axis.turn_high", most, "axis, turn in degrees, 95th percentile"),
        Metric("axis.from_model", np.degrees(apart), "axis, degrees from the model's axis"),
        Metric("axis.pairs", len(axis.pairs), "axis, pairs"),
    ]


def _geometry(saved, both):
    """Returns metrics of neutral words on the axis, and of the distances of equalized words."""
    rows = np.flatnonzero(saved.role != "specific")
    direction = saved.direction / np.linalg.norm(saved.direction)
    units = [vectors.unit.astype("float64") for vectors in both]
    along = [np.abs(unit[rows] @ direction).max() for unit in units]
    sets = saved.equalized()
    metrics = [Metric("neutral_words", len(rows)), Metric("equalized_sets", len(sets))]
    metrics += _both("neutral_projection", "largest |w . g| of neutral words", along)
    if sets:
        unequal = [max(_unequal(unit, rows, words) for words in sets) for unit in units]
        metrics += _both("unequal_distance", "largest unequal distance in a set", unequal)
    return metrics


def _unequal(unit, neutral, rows):
    distances = np.stack([np.linalg.norm(unit[neutral] - unit[row], axis=1) for row in rows])
    return np.ptp(distances, axis=0).max()


def _associations(both, lists, seed):
    """Returns WEAT before and after, by the names of targets whose lists have known words."""
    found = {}
    for names in _TESTS:
        words = [spelled_once(both[0], lists.get(name, [])) for name in names]
        if min(sum(word in both[0] for word in group) for group in words) >= 2:
            found["/".join(names[:2])] = [embeddings.weat(v, *words, seed=seed) for v in both]
    return found


def _weat(name, found):
    key = f"weat.{name.replace('/', '-')}"
    return [
        *_both(f"{key}.effect_size", f"WEAT {name}: d", [test.effect_size for test in found]),
        *_both(f"{key}.p", f"WEAT {name}: p", [test.p for test in found]),
    ]


def _stereotypes(saved, both, pair, ratings):
    specific = saved.words_that_are("specific")
    found = [embeddings.stereotyped_analogies(each, pair, ratings, specific) for each in both]
    counts = {
        "made": [len(each.analogies) for each in found],
        "stereotyped": [each.stereotyped for each in found],
        "opposed": [each.opposed for each in found],
    }
    label = f"{pair[0]} : {pair[1]} analogies"
    return [
        metric
        for name, values in counts.items()
        for metric in _both(f"pair_analogies.{name}", f"{label}, {name}", values)
    ]


def _remaining(saved, before, ratings, seed):
    """Returns the `RemainingBias` of the words that should be neutral."""
    words, specific = saved.words_that_are("neutral"), set(saved.words_that_are("specific"))
    return embeddings.remaining_bias(
        before,
        saved.vectors,
        saved.direction,
        words,
        [word for word in ratings if word not in specific],
        n=len(most_biased(before, saved.position_before, words)[0]) // 2,
        neighbors=min(100, len(words) // 4),
        seed=seed,
    )


def _plots(saved, lists, pair):
    words = _shown(saved.vectors, lists)
    rows = saved.vectors.numbers(words)
    drawn = {
        f"words_on_the_axis_{when}": plots.word_axis(
            words, position[rows], pair[::-1], f"Words on the gender axis, {when}"
        )
        for when, position in (("before", saved.position_before), ("after", saved.position))
    }
    return drawn | {"sides_by_a_linear_probe": _sides(saved, pair)}


def _shown(vectors, lists):
    """Returns the words of the pairs, and the professions with the highest and lowest ratings."""
    rated = sorted(lists["professions"], key=lambda entry: entry[2])
    words = [word for pair in lists["definitional_pairs"] for word in pair]
    words += [word for word, *_ in rated[:_RATED] + rated[-_RATED:]]
    return [word for word in spelled_once(vectors, words) if word in vectors]


def _sides(saved, pair):
    """Plots the cross-validated scores of a linear probe for the most biased words, after."""
    from sklearn.model_selection import cross_val_predict
    from sklearn.svm import LinearSVC

    words, sides = most_biased(
        saved.vectors, saved.position_before, saved.words_that_are("neutral")
    )
    unit = saved.vectors.unit[saved.vectors.numbers(words)]
    scores = cross_val_predict(LinearSVC(dual=False), unit, sides, method="decision_function")
    right = np.mean((scores > 0) == sides)
    return plots.histograms(
        {f"was closer to {pair[1]}": scores[~sides], f"was closer to {pair[0]}": scores[sides]},
        "score of the probe, after",
        "words",
        f"{len(words)} words most biased before: accuracy of a linear probe {right:.1%}",
        _BINS,
    )
