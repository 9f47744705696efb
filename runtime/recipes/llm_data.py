"""Reads examples for language models: JSON Lines of six kinds, and plain text. Standard library only.

Nothing is executed and nothing is held in memory: a line at a time. src/recipes/datasets/jsonl/ chooses files and kinds
by the same rules, and says beforehand what would fail here.
"""

import collections
import json
import os
import random
import re

#: What is a validation file by its name, and what is left for testing and is never learned from.
VALIDATION_NAME = re.compile(r"(^|[/._-])(val|validation)\.jsonl$", re.IGNORECASE)
TEST_NAME = re.compile(r"(^|[/._-])test\.jsonl$", re.IGNORECASE)
TEXT_NAME = re.compile(r"\.(txt|md)$", re.IGNORECASE)
#: Text that is about a folder, not of it.
ABOUT_NAME = re.compile(r"(^|/)(readme|licen[cs]e|changelog|requirements|constraints)[^/]*$", re.IGNORECASE)
#: So many lines decide what kind a file is.
LINES_TO_KNOW_A_KIND = 1000
#: What is lost when a text is cut here: nothing, but a paragraph is not torn apart.
PARAGRAPH = re.compile(r"\n\s*\n")

ROLES = ("system", "user", "assistant", "tool")
#: Who speaks in ShareGPT's conversations.
SPEAKERS = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "assistant": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "system": "system",
    "tool": "tool",
    "observation": "tool",
    "function_response": "tool",
}
#: What all kinds become: `messages`, `text`, `prompt` and `completion`, or `prompt`, `chosen` and `rejected`.
METHOD_OF_KIND = {
    "text": "sft",
    "chat": "sft",
    "prompt-completion": "sft",
    "alpaca": "sft",
    "sharegpt": "sft",
    "preference": "dpo",
}


class DataError(Exception):
    """Why the examples cannot be learned from, in one sentence for a person."""


class Source:
    """Files of a dataset folder, all of one kind."""

    def __init__(self, kind, training, validation):
        self.kind = kind
        #: Absolute paths.
        self.training = training
        self.validation = validation

    @property
    def method(self):
        return METHOD_OF_KIND[self.kind]


def find_source(dataset):
    """What to learn from in a folder. Raises DataError."""
    names = sorted(file_names(dataset))
    lines = [name for name in names if name.lower().endswith(".jsonl") and not TEST_NAME.search(name)]
    training = [name for name in lines if not VALIDATION_NAME.search(name)]
    if training:
        validation = [name for name in lines if VALIDATION_NAME.search(name)]
        paths = [os.path.join(dataset, name) for name in training]
        kind = find_kind(paths)
        return Source(kind, paths, [os.path.join(dataset, name) for name in validation])
    texts = [name for name in names if TEXT_NAME.search(name) and not ABOUT_NAME.search(name)]
    if texts:
        return Source("text", [os.path.join(dataset, name) for name in texts], [])
    raise DataError("The folder holds no .jsonl file to learn from; add one with one JSON object per line.")


def file_names(dataset):
    """Every file relative to the folder, with `/` between the parts."""
    for folder, _, names in os.walk(dataset):
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), dataset).replace(os.sep, "/")


def find_kind(paths):
    """The commonest kind of the first lines."""
    kinds = collections.Counter()
    for _, _, record in records(paths):
        kind = kind_of(record)
        if kind:
            kinds[kind] += 1
        if sum(kinds.values()) == LINES_TO_KNOW_A_KIND:
            break
    if not kinds:
        raise DataError("No line of %s holds examples of a known kind." % os.path.basename(paths[0]))
    return kinds.most_common(1)[0][0]


def kind_of(record):
    """What kind of example an object is by its fields; None when it is none."""
    if "chosen" in record and "rejected" in record:
        return "preference"
    if "messages" in record:
        return "chat"
    if "conversations" in record:
        return "sharegpt"
    if "prompt" in record and "completion" in record:
        return None if "label" in record else "prompt-completion"
    if "instruction" in record and "output" in record:
        return "alpaca"
    return "text" if "text" in record else None


def examples(paths, kind, block_characters):
    """Every example of the files as TRL takes it; `block_characters` cuts plain text. Raises DataError."""
    for path in paths:
        if TEXT_NAME.search(path):
            for block in text_blocks(path, block_characters):
                yield {"text": block}
        else:
            for name, line, record in records([path]):
                yield convert_line(record, kind, name, line)


def records(paths):
    """(file name, line from 1, object) of every line that is not blank."""
    for path in paths:
        name = os.path.basename(path)
        try:
            with open(path, encoding="utf-8-sig") as file:
                for number, line in enumerate(file, 1):
                    if line.strip():
                        yield name, number, parse_line(line, name, number)
        except UnicodeDecodeError as error:
            raise DataError("%s is not UTF-8 text; save it as UTF-8." % name) from error


def parse_line(line, name, number):
    try:
        record = json.loads(line)
    except ValueError as error:
        raise DataError("Line %d of %s is not valid JSON: %s." % (number, name, error)) from error
    if not isinstance(record, dict):
        raise DataError("Line %d of %s is not a JSON object." % (number, name))
    return record


def convert_line(record, kind, name, line):
    try:
        return CONVERTERS[kind](record)
    except KeyError as error:
        raise DataError("Line %d of %s has no field %s, which %s needs." % (line, name, error, kind)) from error
    except ValueError as error:
        raise DataError("Line %d of %s: %s" % (line, name, error)) from error


def convert_text(record):
    return {"text": text_of(record["text"], "text")}


def convert_chat(record):
    return {"messages": messages_of(record["messages"], "messages")}


def convert_alpaca(record):
    """Stanford Alpaca: the input, where there is one, follows the instruction."""
    request = text_of(record["instruction"], "instruction")
    given = text_of(record.get("input") or "", "input")
    messages = [
        {"role": "user", "content": "%s\n\n%s" % (request, given) if given.strip() else request},
        {"role": "assistant", "content": text_of(record["output"], "output")},
    ]
    return {"messages": with_system(record, messages)}


def convert_sharegpt(record):
    turns = record["conversations"]
    if not isinstance(turns, list) or not turns:
        raise ValueError("'conversations' must be a list of turns.")
    return {"messages": with_system(record, [turn_of(turn) for turn in turns])}


def with_system(record, messages):
    system = record.get("system")
    if isinstance(system, str) and system.strip() and messages[0]["role"] != "system":
        return [{"role": "system", "content": system}] + messages
    return messages


def turn_of(turn):
    """{"from", "value"} as a message; turns that are messages already are taken too."""
    if not isinstance(turn, dict):
        raise ValueError("a turn of 'conversations' must be an object with from and value.")
    if "from" not in turn:
        return messages_of([turn], "conversations")[0]
    speaker = str(turn["from"]).lower()
    if speaker not in SPEAKERS:
        raise ValueError("nobody knows who '%s' is; from must be human, gpt or system." % turn["from"])
    return {"role": SPEAKERS[speaker], "content": text_of(turn.get("value"), "value")}


def convert_prompt_completion(record):
    prompt = text_or_messages(record["prompt"], "prompt")
    completion = text_or_messages(record["completion"], "completion")
    if isinstance(prompt, list) or isinstance(completion, list):
        return {"prompt": as_messages(prompt, "user"), "completion": as_messages(completion, "assistant")}
    return {"prompt": prompt, "completion": completion}


def convert_preference(record):
    """The prompt is said, or it is what both answers begin with."""
    chosen = text_or_messages(record["chosen"], "chosen")
    rejected = text_or_messages(record["rejected"], "rejected")
    if type(chosen) is not type(rejected):
        raise ValueError("'chosen' and 'rejected' must both be text or both be messages.")
    if "prompt" not in record:
        return implicit_prompt(chosen, rejected)
    prompt = text_or_messages(record["prompt"], "prompt")
    if isinstance(chosen, list) or isinstance(prompt, list):
        prompt = as_messages(prompt, "user")
        chosen, rejected = as_messages(chosen, "assistant"), as_messages(rejected, "assistant")
    if isinstance(chosen, list) and is_prefix(prompt, chosen) and is_prefix(prompt, rejected):
        chosen, rejected = chosen[len(prompt) :], rejected[len(prompt) :]
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected}


def as_messages(value, role):
    return value if isinstance(value, list) else [{"role": role, "content": value}]


def is_prefix(prompt, messages):
    return len(messages) > len(prompt) and messages[: len(prompt)] == prompt


def implicit_prompt(chosen, rejected):
    length = 0
    while length < min(len(chosen), len(rejected)) and chosen[length] == rejected[length]:
        length += 1
    if isinstance(chosen, str):
        # Between words: tokens must not be torn apart.
        while 0 < length < max(len(chosen), len(rejected)) and not chosen[length - 1].isspace():
            length -= 1
    else:
        length = min(length, len(chosen) - 1, len(rejected) - 1)
    return {"prompt": chosen[:length], "chosen": chosen[length:], "rejected": rejected[length:]}


CONVERTERS = {
    "text": convert_text,
    "chat": convert_chat,
    "prompt-completion": convert_prompt_completion,
    "alpaca": convert_alpaca,
    "sharegpt": convert_sharegpt,
    "preference": convert_preference,
}


def text_or_messages(value, field):
    return messages_of(value, field) if isinstance(value, list) else text_of(value, field)


def messages_of(value, field):
    """Role and content of each message; what else it holds (names, calls of tools) is not learned."""
    if not isinstance(value, list) or not value:
        raise ValueError("'%s' must be a list of messages." % field)
    return [message_of(message, field) for message in value]


def message_of(message, field):
    if not isinstance(message, dict) or "role" not in message:
        raise ValueError("a message of '%s' has no role." % field)
    role = message["role"]
    if role == "developer":
        role = "system"
    if role not in ROLES:
        raise ValueError("the role '%s' is not known; use %s." % (role, ", ".join(ROLES)))
    content = message.get("content")
    return {"role": role, "content": "" if content is None else text_of(content, "content")}


def text_of(value, field):
    """Text, also where it is given as a list of parts, as OpenAI does."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in value):
        return "".join(str(part.get("text", "")) for part in value)
    raise ValueError("'%s' must be text." % field)


def text_blocks(path, characters):
    """A text in blocks of at most so many characters, cut between paragraphs where they are short enough."""
    name = os.path.basename(path)
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except UnicodeDecodeError as error:
        raise DataError("%s is not UTF-8 text; save it as UTF-8." % name) from error
    block = ""
    for paragraph in PARAGRAPH.split(text):
        if block and len(block) + len(paragraph) + 2 > characters:
            yield block
            block = ""
        block = "%s\n\n%s" % (block, paragraph.strip()) if block else paragraph.strip()
        while len(block) > characters:
            yield block[:characters]
            block = block[characters:]
    if block:
        yield block


def held_back(count, share, seed):
    """Which of `count` examples are for validation: by chance, the same for the same seed, never all of them."""
    wanted = min(count - 1, max(1, round(count * share))) if share > 0 and count > 1 else 0
    return set(random.Random(seed).sample(range(count), wanted))


def prompt_and_reference(example):
    """What a model is asked and what it should say: (prompt, reference). Both are text, or messages and text.

    Of a text the first third is the prompt. The last answer of a conversation is the reference.
    """
    if "text" in example:
        words = example["text"].split(" ")
        cut = max(1, min(40, len(words) // 3))
        return " ".join(words[:cut]), " ".join(words[cut : cut + 60])
    if "messages" in example:
        return split_conversation(example["messages"])
    answer = example["completion"] if "completion" in example else example["chosen"]
    prompt = example["prompt"]
    if isinstance(prompt, list):
        return split_conversation(prompt + answer)
    return prompt, answer


def split_conversation(messages):
    last = max((at for at, message in enumerate(messages) if message["role"] == "assistant"), default=len(messages))
    reference = messages[last]["content"] if last < len(messages) else ""
    return messages[:last], reference


def shown_prompt(prompt):
    """A prompt as a person reads it: one question by itself, a longer conversation with its speakers."""
    if isinstance(prompt, str):
        return prompt
    if [message["role"] for message in prompt] == ["user"]:
        return prompt[0]["content"]
    return "\n".join("%s: %s" % (message["role"], message["content"]) for message in prompt)
