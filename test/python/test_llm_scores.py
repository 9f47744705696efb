"""The scores of recipes/llm_scores.py against values worked out by hand."""

import math
import os
import sys
import unittest

from support import RUNTIME

sys.path.insert(0, os.path.join(RUNTIME, "recipes"))
import llm_scores


class BleuTest(unittest.TestCase):
    def test_equal_texts_are_1_whatever_their_case_and_length(self):
        for text in ("Paris.", "The capital of France is Paris.", "one two", "東京は首都です"):
            self.assertAlmostEqual(llm_scores.bleu(text.upper(), text), 1.0)

    def test_texts_without_a_common_word_are_0(self):
        self.assertEqual(llm_scores.bleu("cats sleep", "dogs bark"), 0.0)
        self.assertEqual(llm_scores.bleu("", "dogs bark"), 0.0)
        self.assertEqual(llm_scores.bleu("", ""), 1.0)

    def test_one_wrong_word_of_four(self):
        # 1-grams 3/4, 2-grams (2+1)/(3+1), 3-grams (1+1)/(2+1), 4-grams (0+1)/(1+1); equally long, so no penalty.
        wanted = (3 / 4 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25
        self.assertAlmostEqual(llm_scores.bleu("the cat sat down", "the cat sat up"), wanted)

    def test_a_short_answer_is_punished_for_what_it_leaves_out(self):
        # All of its n-grams are right, but it has two words of four.
        self.assertAlmostEqual(llm_scores.bleu("the cat", "the cat sat down"), math.exp(1 - 4 / 2))

    def test_a_repeated_word_counts_as_often_as_the_reference_has_it(self):
        # 1-grams 1/3; 2-grams (0+1)/(2+1), 3-grams (0+1)/(1+1), 4-grams (0+1)/(0+1).
        wanted = (1 / 3 * 1 / 3 * 1 / 2 * 1) ** 0.25
        self.assertAlmostEqual(llm_scores.bleu("the the the", "the cat sat"), wanted)


class RougeTest(unittest.TestCase):
    def test_equal_and_foreign_texts(self):
        self.assertEqual(llm_scores.rouge_l("The cat.", "the cat ."), 1.0)
        self.assertEqual(llm_scores.rouge_l("cats", "dogs"), 0.0)
        self.assertEqual(llm_scores.rouge_l("", "dogs"), 0.0)

    def test_the_longest_common_sequence_may_have_gaps(self):
        # "police killed the gunman" (Lin 2004): "police … the gunman" is common.
        self.assertAlmostEqual(llm_scores.rouge_l("police kill the gunman", "police killed the gunman"), 3 / 4)
        self.assertAlmostEqual(llm_scores.rouge_l("the gunman kill police", "police killed the gunman"), 2 / 4)

    def test_precision_and_recall_weigh_the_same(self):
        # 2 of 2 words are right, 2 of 4 are found: 2 * 1 * 0.5 / 1.5.
        self.assertAlmostEqual(llm_scores.rouge_l("the gunman", "police killed the gunman"), 2 / 3)


if __name__ == "__main__":
    unittest.main()
