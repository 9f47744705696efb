"""How recipes/llm_data.py chooses files and reads examples."""

import json
import os
import sys
import tempfile
import unittest

from support import RUNTIME

sys.path.insert(0, os.path.join(RUNTIME, "recipes"))
import llm_data
from llm_data import DataError

USER = {"role": "user", "content": "2 + 3?"}
ASSISTANT = {"role": "assistant", "content": "5"}


class FolderTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, name, content):
        path = os.path.join(self.folder.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        lines = content if isinstance(content, str) else "".join(json.dumps(line) + "\n" for line in content)
        with open(path, "w", encoding="utf-8") as file:
            file.write(lines)
        return path

    def source(self):
        return llm_data.find_source(self.folder.name)

    def read(self, kind, *lines):
        path = self.write("data.jsonl", list(lines))
        return list(llm_data.examples([path], kind, 1000))


class FilesTest(FolderTest):
    def test_validation_and_test_files_are_not_learned_from(self):
        for name in ("a.jsonl", "b/c.jsonl", "chat.val.jsonl", "b/validation.jsonl", "test.jsonl", "readme.md"):
            self.write(name, [{"text": "x"}])
        source = self.source()
        names = [os.path.relpath(path, self.folder.name) for path in source.training + source.validation]
        self.assertEqual(names, ["a.jsonl", "b/c.jsonl", "b/validation.jsonl", "chat.val.jsonl"])
        self.assertEqual(source.kind, "text")

    def test_the_commonest_kind_decides(self):
        self.write("a.jsonl", [{"text": "x"}, {"messages": [USER]}, {"messages": [USER], "text": "y"}])
        self.assertEqual(self.source().kind, "chat")
        self.assertEqual(self.source().method, "sft")

    def test_every_kind_is_known_by_its_fields(self):
        kinds = {
            "text": {"text": ""},
            "chat": {"messages": []},
            "sharegpt": {"conversations": []},
            "prompt-completion": {"prompt": "", "completion": ""},
            "alpaca": {"instruction": "", "output": ""},
            "preference": {"chosen": "", "rejected": ""},
            None: {"prompt": "", "completion": "", "label": True},
        }
        for kind, record in kinds.items():
            self.assertEqual(llm_data.kind_of(record), kind)

    def test_a_folder_of_texts_is_cut_between_paragraphs(self):
        self.write("README.md", "About this folder.")
        path = self.write("story.txt", "One.\n\nTwo two.\n\n\nThree three three.\n")
        self.assertEqual(self.source().training, [path])
        blocks = [example["text"] for example in llm_data.examples([path], "text", 15)]
        self.assertEqual(blocks, ["One.\n\nTwo two.", "Three three thr", "ee."])

    def test_an_empty_folder_and_unknown_examples_are_said(self):
        with self.assertRaisesRegex(DataError, "holds no .jsonl file"):
            self.source()
        self.write("a.jsonl", [{"question": "x"}])
        with self.assertRaisesRegex(DataError, "No line of a.jsonl holds examples of a known kind"):
            self.source()


class ConversionTest(FolderTest):
    def test_alpaca_becomes_a_conversation(self):
        examples = self.read(
            "alpaca",
            {"instruction": "Add.", "input": "2 and 3", "output": "5"},
            {"instruction": "Greet.", "input": "", "output": "Hello.", "system": "Be kind."},
        )
        self.assertEqual(examples[0]["messages"], [{"role": "user", "content": "Add.\n\n2 and 3"}, ASSISTANT])
        self.assertEqual([message["role"] for message in examples[1]["messages"]], ["system", "user", "assistant"])
        self.assertEqual(examples[1]["messages"][1]["content"], "Greet.")

    def test_sharegpt_becomes_a_conversation(self):
        turns = [{"from": "human", "value": "2 + 3?"}, {"from": "gpt", "value": "5"}]
        examples = self.read(
            "sharegpt",
            {"conversations": turns},
            {"conversations": turns, "system": "Be short."},
            {"conversations": [USER, ASSISTANT]},
        )
        self.assertEqual(examples[0], {"messages": [USER, ASSISTANT]})
        self.assertEqual(examples[1]["messages"][0], {"role": "system", "content": "Be short."})
        self.assertEqual(examples[2], examples[0])

    def test_messages_keep_role_and_content_only(self):
        parts = [{"type": "text", "text": "2 + "}, {"type": "text", "text": "3?"}]
        examples = self.read(
            "chat",
            {"messages": [{"role": "user", "content": parts, "name": "Ann"}, ASSISTANT], "id": 7},
            {"messages": [{"role": "developer", "content": "Be short."}, {"role": "assistant", "content": None}]},
        )
        self.assertEqual(examples[0], {"messages": [USER, ASSISTANT]})
        self.assertEqual(examples[1]["messages"][0]["role"], "system")
        self.assertEqual(examples[1]["messages"][1]["content"], "")

    def test_a_prompt_and_its_completion_are_both_text_or_both_messages(self):
        examples = self.read(
            "prompt-completion",
            {"prompt": "2 + 3?", "completion": "5", "source": "me"},
            {"prompt": "2 + 3?", "completion": [ASSISTANT]},
        )
        self.assertEqual(examples[0], {"prompt": "2 + 3?", "completion": "5"})
        self.assertEqual(examples[1], {"prompt": [USER], "completion": [ASSISTANT]})

    def test_a_pair_says_its_prompt_or_begins_with_it(self):
        other = {"role": "assistant", "content": "6"}
        pair = {"prompt": [USER], "chosen": [ASSISTANT], "rejected": [other]}
        examples = self.read(
            "preference",
            {"prompt": "2 + 3?", "chosen": [ASSISTANT], "rejected": [other]},
            {"chosen": [USER, ASSISTANT], "rejected": [USER, other]},
            {"prompt": [USER], "chosen": [USER, ASSISTANT], "rejected": [USER, other]},
        )
        self.assertEqual(examples, [pair, pair, pair])
        texts = self.read("preference", {"chosen": "Q: 2 + 3? A: 50", "rejected": "Q: 2 + 3? A: 56"})
        self.assertEqual(texts, [{"prompt": "Q: 2 + 3? A: ", "chosen": "50", "rejected": "56"}])

    def test_what_cannot_be_read_is_said_with_its_line(self):
        cases = [
            ("chat", {"messages": [{"role": "bot", "content": "x"}]}, "Line 2 of data.jsonl: the role 'bot' is not"),
            ("chat", {"messages": "x"}, "Line 2 of data.jsonl: 'messages' must be a list of messages."),
            ("text", {"text": 5}, "Line 2 of data.jsonl: 'text' must be text."),
            ("alpaca", {"instruction": "x"}, "Line 2 of data.jsonl has no field 'output', which alpaca needs."),
            ("sharegpt", {"conversations": [{"from": "dog", "value": "x"}]}, "Line 2 of data.jsonl: nobody knows who"),
        ]
        for kind, record, sentence in cases:
            path = self.write("data.jsonl", "\n" + json.dumps(record))
            with self.assertRaisesRegex(DataError, sentence):
                list(llm_data.examples([path], kind, 1000))
        path = self.write("data.jsonl", '{"text": "x"}\n{"text": \n')
        with self.assertRaisesRegex(DataError, "Line 2 of data.jsonl is not valid JSON"):
            list(llm_data.examples([path], "text", 1000))

    def test_a_byte_order_mark_is_no_part_of_the_first_line(self):
        path = self.write("data.jsonl", '\ufeff{"text": "x"}\n')
        self.assertEqual(list(llm_data.examples([path], "text", 1000)), [{"text": "x"}])


class HeldBackTest(unittest.TestCase):
    def test_the_same_seed_holds_back_the_same(self):
        self.assertEqual(llm_data.held_back(100, 0.1, 7), llm_data.held_back(100, 0.1, 7))
        self.assertNotEqual(llm_data.held_back(100, 0.1, 7), llm_data.held_back(100, 0.1, 8))

    def test_one_is_held_back_at_least_and_one_is_left_at_least(self):
        for count, share, wanted in ((100, 0.1, 10), (4, 0.1, 1), (2, 0.5, 1), (1, 0.5, 0), (100, 0, 0)):
            self.assertEqual(len(llm_data.held_back(count, share, 7)), wanted)


class PromptTest(unittest.TestCase):
    def test_the_last_answer_is_the_reference(self):
        more = [USER, ASSISTANT, {"role": "user", "content": "And 4?"}, {"role": "assistant", "content": "9"}]
        self.assertEqual(llm_data.prompt_and_reference({"messages": more}), (more[:3], "9"))
        self.assertEqual(llm_data.prompt_and_reference({"prompt": [USER], "completion": [ASSISTANT]}), ([USER], "5"))
        self.assertEqual(llm_data.prompt_and_reference({"prompt": "a", "chosen": "b", "rejected": "c"}), ("a", "b"))

    def test_a_text_is_asked_to_go_on_after_its_first_third(self):
        prompt, reference = llm_data.prompt_and_reference({"text": "one two three four five six"})
        self.assertEqual((prompt, reference), ("one two", "three four five six"))

    def test_a_single_question_is_shown_by_itself(self):
        self.assertEqual(llm_data.shown_prompt([USER]), "2 + 3?")
        self.assertEqual(llm_data.shown_prompt([USER, ASSISTANT]), "user: 2 + 3?\nassistant: 5")


if __name__ == "__main__":
    unittest.main()
