"""How near a generated text comes to its reference: BLEU and ROUGE-L. Standard library only.

Small on purpose: both are computed for single texts, to be watched while a training goes on. Figures for a paper come
from sacrebleu and rouge-score, whose tokenization and smoothing differ in detail.
"""

import collections
import math
import re

#: A word, or a sign by itself; letters and digits of any script.
TOKEN = re.compile(r"\w+|[^\w\s]")
#: Scripts written without blanks: every character is a token of its own.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")
LONGEST_NGRAM = 4


def tokens(text):
    """The words and signs of a text in lower case."""
    return TOKEN.findall(UNSPACED.sub(r" \g<0> ", text.lower()))


def bleu(generated, reference):
    """BLEU of one text, 0..1 (Papineni et al. 2002): how many of its 1- to 4-grams stand in the reference.

    Smoothed as for single sentences (Lin and Och 2004): one is added to the counts of the 2- to 4-grams, so that a
    short answer without a common 4-gram is not 0. Too short a text is punished by exp(1 - reference / generated).
    """
    words, expected = tokens(generated), tokens(reference)
    if not words or not expected:
        return float(words == expected)
    logs = 0.0
    for size in range(1, LONGEST_NGRAM + 1):
        found, wanted = ngrams(words, size), ngrams(expected, size)
        common = sum((found & wanted).values())
        total = sum(found.values())
        if size > 1:
            common, total = common + 1, total + 1
        if common == 0:
            return 0.0
        logs += math.log(common / total)
    brevity = min(0.0, 1 - len(expected) / len(words))
    return math.exp(brevity + logs / LONGEST_NGRAM)


def ngrams(words, size):
    return collections.Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def rouge_l(generated, reference):
    """ROUGE-L of one text, 0..1 (Lin 2004): F1 of the longest sequence of words both have in the same order."""
    words, expected = tokens(generated), tokens(reference)
    if not words or not expected:
        return float(words == expected)
    common = longest_common_subsequence(words, expected)
    if common == 0:
        return 0.0
    precision, recall = common / len(words), common / len(expected)
    return 2 * precision * recall / (precision + recall)


def longest_common_subsequence(left, right):
    """Its length, in the memory of one row."""
    row = [0] * (len(right) + 1)
    for word in left:
        diagonal = 0
        for at, other in enumerate(right, 1):
            above = row[at]
            row[at] = diagonal + 1 if word == other else max(above, row[at - 1])
            diagonal = above
    return row[-1]
