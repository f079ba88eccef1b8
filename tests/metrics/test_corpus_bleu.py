"""BLEU and chrF against sacreBLEU, and n-gram scores against a naive loop."""

import itertools
import random

import numpy as np
import pytest
import sacrebleu

from keras_dl.metrics import corpus_bleu, corpus_chrf, ngram_scores

WORDS = (
    "the cat sat on a mat The don't 1,200.50 3-4 e.g. (or) &amp; &quot;so&quot; Straße ça".split()
)
WORDS += ["well-\nknown", "new\nline", "<skipped>"]
ENDS = [".", "!", "", " ", "...", "\u00a0x", "-\n", "\u3002", "9."]


@pytest.fixture(scope="module")
def corpora():
    """1,000 corpora: hypotheses, and references of each. Some texts are empty."""
    chance = random.Random(0)

    def text():
        words = chance.choices(WORDS[: chance.randint(2, len(WORDS))], k=chance.randint(0, 7))
        return " ".join(words) + chance.choice(ENDS)

    found = []
    for number in range(1000):
        size, count = chance.randint(1, 3), 1 + number % 4
        references = [[text() for _ in range(count)] for _ in range(size)]
        for texts in references[1:]:
            del texts[chance.randint(1, 9) :]
        near = [chance.choice(texts[0].split(" ")) + " " + texts[0] for texts in references]
        hypotheses = [chance.choice([each, text(), ""]) for each in near]
        found.append((hypotheses, references))
    return found


def streams(references):
    return [list(each) for each in itertools.zip_longest(*references)]


def same_signature(ours, theirs):
    ours, version = ours.split("|version:")
    theirs, their_version = str(theirs).split("|version:")
    assert ours == theirs
    assert version <= their_version


def test_bleu_equals_sacrebleu(corpora):
    positive = 0
    for number, (hypotheses, references) in enumerate(corpora):
        smoothing = ("exp", "floor", "add-k", "none")[number % 4]
        value = (None, 0.4)[number % 8 > 5] if smoothing in ("floor", "add-k") else None
        settings = {"lowercase": number % 3 == 0, "effective_order": number % 5 == 0}
        tokenize, order = ("13a", "none")[number % 7 == 0], 1 + number % 6
        expected = sacrebleu.BLEU(
            tokenize=tokenize,
            max_ngram_order=order,
            smooth_method=smoothing,
            smooth_value=value,
            force=True,
            **settings,
        )
        score = expected.corpus_score(hypotheses, streams(references))
        found = corpus_bleu(
            hypotheses,
            references,
            max_order=order,
            smoothing=smoothing,
            smoothing_value=value,
            tokenize=tokenize,
            **settings,
        )
        assert found.score == pytest.approx(score.score, rel=1e-9, abs=1e-9)
        assert found.precisions == pytest.approx(score.precisions, rel=1e-9)
        assert found.brevity_penalty == pytest.approx(score.bp, rel=1e-9)
        lengths = found.hypothesis_length, found.reference_length
        assert lengths == (score.sys_len, score.ref_len)
        same_signature(found.signature, expected.get_signature())
        positive += found.score > 0
    assert positive > 500


def test_chrf_equals_sacrebleu(corpora):
    for number, (hypotheses, references) in enumerate(corpora):
        settings = {
            "char_order": 6 - number % 3 % 2,
            "word_order": number % 3,
            "beta": 1 + number % 4 % 3,
            "lowercase": number % 5 == 0,
            "whitespace": number % 7 == 0,
        }
        expected = sacrebleu.CHRF(**settings)
        score = expected.corpus_score(hypotheses, streams(references)).score
        found = corpus_chrf(hypotheses, references, **settings)
        assert found.score == pytest.approx(score, rel=1e-9, abs=1e-9)
        same_signature(found.signature, expected.get_signature())


def test_ngram_scores_equal_a_naive_loop(corpora):
    for number, (hypotheses, references) in enumerate(corpora[:100]):
        order = 1 + number % 3
        found = ngram_scores(hypotheses, references, order=order, tokenize="none")
        total = right = clipped = wanted = recalled = 0
        for hypothesis, texts in zip(hypotheses, references, strict=True):
            ours, *theirs = (
                [tuple(words[i : i + order]) for i in range(len(words) - order + 1)]
                for words in map(str.split, (hypothesis, *texts))
            )
            for ngram in set(ours):
                most = max(other.count(ngram) for other in theirs)
                total += ours.count(ngram)
                right += ours.count(ngram) * (most > 0)
                clipped += min(ours.count(ngram), most)
            for other in theirs:
                wanted += len(other)
                recalled += sum(min(ours.count(n), other.count(n)) for n in set(other))
        exact = (right / max(total, 1), clipped / max(total, 1), recalled / max(wanted, 1))
        np.testing.assert_allclose(found, exact, rtol=1e-12)


@pytest.mark.parametrize("function", [corpus_bleu, corpus_chrf, ngram_scores])
@pytest.mark.parametrize(
    ("hypotheses", "references", "received"),
    [
        ([], [], "0 hypotheses, 0 lists"),
        (["a", "b"], [["a", "b"]], "2 hypotheses, 1 lists"),
        ("ab", [["a"], ["b"]], "2 hypotheses"),
        (["a", "b"], [["a"], "b"], "'b' at index 1"),
        (["a", "b"], [[], ["b"]], r"\[\] at index 0"),
    ],
)
def test_refuses_texts_that_do_not_match(function, hypotheses, references, received):
    with pytest.raises(ValueError, match=f"{function.__name__}: .* Received {received}"):
        function(hypotheses, references)


@pytest.mark.parametrize(
    ("wrong", "received"),
    [
        ({"max_order": 0}, "max_order 0"),
        ({"smoothing": "log"}, "smoothing 'log'"),
        ({"smoothing_value": 0.1}, "smoothing_value 0.1, smoothing 'exp'"),
        ({"smoothing": "floor", "smoothing_value": -1}, "smoothing_value -1"),
        ({"tokenize": "zh"}, "'zh'"),
    ],
)
def test_refuses_settings_out_of_range(wrong, received):
    with pytest.raises(ValueError, match=f"corpus_bleu: .* Received {received}"):
        corpus_bleu(["a"], [["a"]], **wrong)
    with pytest.raises(ValueError, match=r"corpus_chrf: .* Received char_order 0"):
        corpus_chrf(["a"], [["a"]], char_order=0)
