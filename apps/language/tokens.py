"""Conversion of text to token IDs and back, in training and in the exported model."""

import collections

import tensorflow as tf

from keras_dl import pipelines

PADDING, UNKNOWN = 0, 1
_AFTER_SPACE = r" ([.,;:!?)\]}%\x{2019}\x{201d}]|n't|'(?:s|m|d|re|ve|ll)\b)"
_BEFORE_SPACE = r"([(\[{$\x{201c}\x{2018}]) "


class Characters(tf.Module):
    """Unicode characters as tokens. ID 0 is padding, and ID 1 is any unknown character.

    Line ends become line feeds. Otherwise `decode(encode(text))` is the text, if the vocabulary has
    its characters.

    Args:
        vocabulary: list of distinct characters.
    """

    def __init__(self, vocabulary):
        super().__init__()
        self.vocabulary = sorted(vocabulary)
        self._points = tf.constant([ord(each) for each in self.vocabulary])

    @staticmethod
    def build_vocabulary(text, max_size):
        """Returns the characters that occur at least twice, at most `max_size` of them.

        A character that occurs once becomes an unknown one, so that the model has seen some.
        """
        counts = collections.Counter(text).most_common(max_size)
        return sorted(character for character, count in counts if count > 1)

    def __len__(self):
        return len(self.vocabulary) + 2

    @property
    def start(self):
        """ID of the token before the first one: a line feed, because most texts begin a line."""
        return self.vocabulary.index("\n") + 2 if "\n" in self.vocabulary else UNKNOWN

    def split(self, texts):
        """Returns the characters of strings `(batch,)`, ragged string `(batch, None)`."""
        texts = tf.strings.regex_replace(texts, "\r\n?", "\n")
        return tf.strings.unicode_split(texts, "UTF-8", errors="replace")

    def encode(self, texts):
        """Returns the IDs of strings `(batch,)`, ragged int32 `(batch, None)`."""
        texts = tf.strings.regex_replace(texts, "\r\n?", "\n")
        points = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
        index = tf.searchsorted(self._points, points.values)
        index = tf.minimum(index, len(self.vocabulary) - 1)
        known = tf.gather(self._points, index) == points.values
        return points.with_values(tf.where(known, index + 2, UNKNOWN))

    def decode(self, ids):
        """Returns the strings of IDs, int32 `(batch, time)`; padding and unknown ones are empty."""
        names = tf.constant(["", "", *self.vocabulary])
        return tf.strings.reduce_join(tf.gather(names, ids), axis=1)


class Words(tf.Module):
    """Lower-case words and punctuation marks as tokens, see `pipelines.tokenize`.

    ID 0 is padding, and ID 1 is any unknown word.

    Args:
        vocabulary: list of distinct lower-case words.
    """

    def __init__(self, vocabulary):
        super().__init__()
        self.vocabulary = list(vocabulary)
        self._words = pipelines.WordVocabulary(vocabulary)

    @staticmethod
    def build_vocabulary(text, max_size):
        """Returns the most frequent words, at most `max_size` of them."""
        words = (word.decode() for word in pipelines.tokenize([text])[0].numpy().tolist())
        return pipelines.build_vocabulary([words], min_count=2, max_size=max_size)

    def __len__(self):
        return len(self.vocabulary) + 2

    @property
    def start(self):
        """ID of the token before the first one: a period, because most texts begin a sentence."""
        return self.vocabulary.index(".") + 2 if "." in self.vocabulary else UNKNOWN

    def split(self, texts):
        """Returns the words of strings `(batch,)`, ragged string `(batch, None)`."""
        return pipelines.tokenize(texts)

    def encode(self, texts):
        """Returns the IDs of strings `(batch,)`, ragged int32 `(batch, None)`."""
        return self._words.encode(self.split(texts))

    def decode(self, ids):
        """Returns the strings of IDs, int32 `(batch, time)`, with spaces between words."""
        names = tf.constant(["", "", *self.vocabulary])
        words = tf.ragged.boolean_mask(tf.gather(names, ids), ids > UNKNOWN)
        texts = tf.strings.reduce_join(words, axis=1, separator=" ")
        texts = tf.strings.regex_replace(texts, _AFTER_SPACE, r"\1")
        return tf.strings.regex_replace(texts, _BEFORE_SPACE, r"\1")


def tokens_of(unit, vocabulary):
    """Returns the tokens of a unit, `Characters` or `Words`, with their vocabulary."""
    return {"characters": Characters, "words": Words}[unit](vocabulary)
