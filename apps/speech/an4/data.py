"""Batches of utterances of AN4, as features and tokens."""

import numpy as np

from apps.speech.an4.augmentation import augmented
from apps.speech.an4.features import features_of_cepstra
from apps.speech.an4.files import COEFFICIENTS, read
from apps.speech.data import batch_of, drawn

_JOINED = 0.3  # share of the batches whose examples are two utterances of one speaker
_MOST_FRAMES = 640  # of two utterances, before their rates change
_NEAR = 0.05  # share of all utterances, by length: those of a batch are as long


def training_data(config):
    """Returns the `TrainingData` of a run."""
    from apps.speech.app import Assets

    train, held_out = (read(config, part) for part in ("train", "validation"))
    words = sorted(
        {word for part in (train, held_out) for text in part.texts for word in text.split()}
    )
    assets = Assets(threshold=0.0, task="an4", words=tuple(sorted(words)))
    order = np.argsort([len(each) for each in held_out.cepstra], kind="stable")
    seeds = np.stack(np.broadcast_arrays(0, 0, 0, order), 1)

    def make_batch(make_example):
        return batch_of(make_example, features_of_cepstra, (COEFFICIENTS,), assets.words)

    def spoken(seeds):
        return held_out.cepstra[seeds[3]], held_out.texts[seeds[3]].split()

    draw = Examples(train)
    return drawn(config, make_batch(draw), (make_batch(spoken), seeds), assets)


class Examples:
    """Training examples: utterances at other rates and with other spectra, some of them joined.

    Args:
        utterances: `Utterances`.
    """

    def __init__(self, utterances):
        self._utterances = utterances
        self._by_length = np.argsort([len(each) for each in utterances.cepstra], kind="stable")
        speakers = np.array(utterances.speakers)
        self._of_speaker = {each: np.flatnonzero(speakers == each) for each in set(speakers)}

    def __call__(self, seeds):
        """Returns cepstra and words of an example. Those of a batch are of similar length.

        Args:
            seeds: int64 `(4,)`: seed, epoch, and numbers of the batch and of the example.
        """
        of_batch, random = np.random.default_rng(seeds[:3]), np.random.default_rng(seeds)
        count, near = len(self._by_length), _NEAR * len(self._by_length)
        rank = round(of_batch.uniform(0, count) + random.uniform(-near, near))
        chosen = [self._by_length[np.clip(rank, 0, count - 1)]]
        if of_batch.random() < _JOINED:
            chosen += self._other(chosen[0], random)
        cepstra = [augmented(self._utterances.cepstra[index], random) for index in chosen]
        words = [word for index in chosen for word in self._utterances.texts[index].split()]
        return np.concatenate(cepstra), words

    def _other(self, index, random):
        """Returns one more utterance of the speaker, or none if both are too long."""
        other = random.choice(self._of_speaker[self._utterances.speakers[index]])
        frames = sum(len(self._utterances.cepstra[each]) for each in (index, other))
        return [other] if frames <= _MOST_FRAMES else []
