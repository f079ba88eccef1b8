"""Words on the gender axis, and whether the two sides can still be told apart."""

import numpy as np
from matplotlib.figure import Figure

from apps.debias import data
from apps.debias.saved import read
from keras_dl import figures as drawing

_RATED = 20  # professions of either side
_BINS = 40


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
