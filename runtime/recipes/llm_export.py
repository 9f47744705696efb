"""What a training leaves: the adapter or the model with its tokenizer, a merged model, a GGUF file, a card."""

import json
import os
import platform
import shutil
import subprocess
import sys

import accelerate
import datasets
import peft
import torch
import transformers
import trl
from peft import PeftModel

import trainyard

#: Places of llama.cpp's converter beside those of the PATH.
LLAMA_CPP_FOLDERS = ("~/llama.cpp", "/opt/llama.cpp", "/usr/local/llama.cpp", "/llama.cpp")
CONVERTER = "convert_hf_to_gguf.py"
QUANTIZER = "llama-quantize"
#: What the converter writes by itself; other kinds are made from f16 by the quantizer.
CONVERTED_KINDS = ("f16", "bf16", "q8_0")


class Export:
    """Writes and names the results of one training."""

    def __init__(self, params, base, model):
        self.params = params
        self.base = base
        self.model = model
        self.output = trainyard.output_dir()
        self.is_adapter = base.lora() is not None

    def run(self):
        """Paths of the results, the trained weights first."""
        results = [self.save_adapter() if self.is_adapter else self.save_model(self.model)]
        needs_whole = self.params["merge"] or self.params["gguf"] != "none"
        if self.is_adapter and needs_whole:
            merged = self.save_model(self.merge())
            if self.params["merge"]:
                results.append(merged)
        if self.params["gguf"] != "none":
            results += self.save_gguf(os.path.join(self.output, "model"))
        return results

    def save_adapter(self):
        folder = fresh(os.path.join(self.output, "adapter"))
        self.model.save_pretrained(folder)
        self.base.tokenizer.save_pretrained(folder)
        if self.base.is_tiny:
            # Nobody else has it.
            shutil.copytree(self.base.path, os.path.join(folder, "base"))
        name_base(folder, self.params["model"])
        return folder

    def merge(self):
        """The base with what was learned added to its weights; a quantized base is loaded again in full precision."""
        print("merging the adapter into the model", flush=True)
        if not self.base.is_quantized:
            return self.model.merge_and_unload()
        adapter = os.path.join(self.output, "adapter")
        base = self.base.load(dtype=self.base.published_dtype, on_cpu=True)
        return PeftModel.from_pretrained(base, adapter).merge_and_unload()

    def save_model(self, model):
        """In the precision the base was published in: what is trained in float32 need not stay twice as large."""
        folder = fresh(os.path.join(self.output, "model"))
        model.to(self.base.published_dtype).save_pretrained(folder)
        self.base.tokenizer.save_pretrained(folder)
        return folder

    def save_gguf(self, model_folder):
        """A list with the file; empty, with a word in the log, where llama.cpp is missing or fails."""
        kind = self.params["gguf"]
        path = os.path.join(self.output, "model.gguf")
        try:
            converter = find_converter()
            if kind in CONVERTED_KINDS:
                convert(converter, model_folder, path, kind)
            else:
                quantizer = find_quantizer()
                convert(converter, model_folder, path + ".f16", "f16")
                run(QUANTIZER, [quantizer, path + ".f16", path, kind.upper()])
                os.unlink(path + ".f16")
        except GgufError as error:
            print("no GGUF file was made: %s The model itself is complete." % error, flush=True)
            return []
        return [path]


class GgufError(Exception):
    """Why there is no GGUF file, in one sentence for a person."""


def find_converter():
    """llama.cpp's own converter: the package gguf on PyPI reads and writes such files, but converts no model."""
    folders = os.environ.get("PATH", "").split(os.pathsep) + [os.path.expanduser(path) for path in LLAMA_CPP_FOLDERS]
    named = os.environ.get("LLAMA_CPP_DIR")
    for folder in ([named] if named else []) + folders:
        path = os.path.join(folder, CONVERTER)
        if os.path.isfile(path):
            return path
    raise GgufError("%s of llama.cpp is not on this machine (put llama.cpp at ~/llama.cpp)." % CONVERTER)


def find_quantizer():
    folders = [os.environ.get("LLAMA_CPP_DIR") or ""] + [os.path.expanduser(path) for path in LLAMA_CPP_FOLDERS]
    places = [os.path.join(folder, "build", "bin") for folder in folders if folder] + folders
    found = shutil.which(QUANTIZER) or shutil.which(QUANTIZER, path=os.pathsep.join(place for place in places if place))
    if found is None:
        raise GgufError("%s of llama.cpp is not on this machine; f16 and q8_0 need only its converter." % QUANTIZER)
    return found


def convert(converter, model_folder, path, kind):
    run(CONVERTER, [sys.executable, converter, model_folder, "--outfile", path, "--outtype", kind])


def run(name, command):
    """Its output goes to the log."""
    sys.stdout.flush()
    code = subprocess.call(command, stderr=subprocess.STDOUT)
    if code != 0:
        raise GgufError("%s failed with code %d." % (name, code))


def fresh(folder):
    """An empty folder: what an earlier attempt left there is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def name_base(folder, name):
    """An adapter says which model it belongs to; a path of this machine would say nothing elsewhere."""
    path = os.path.join(folder, "adapter_config.json")
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    config["base_model_name_or_path"] = name
    trainyard.save_atomically(path, json.dumps(config, indent=2) + "\n")


def versions():
    modules = {
        "torch": torch,
        "transformers": transformers,
        "trl": trl,
        "peft": peft,
        "accelerate": accelerate,
        "datasets": datasets,
    }
    return {"python": platform.python_version(), **{name: module.__version__ for name, module in modules.items()}}
