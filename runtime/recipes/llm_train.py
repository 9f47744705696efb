"""Fine-tunes a language model on JSON Lines with TRL: SFT or DPO, the whole model, LoRA or QLoRA.

Driven by job.json (runtime/README.md). Leaves output/adapter/ or output/model/, with the tokenizer, and
model.card.json; a merged model and a GGUF file when they are asked for.
"""

import json
import math
import os
import shutil
import sys
import warnings

#: Prepared examples are kept here while the training runs: in the run's own folder, not in the user's cache.
CACHE = os.path.join(os.path.dirname(os.environ["TRAINYARD_JOB_FILE"]), "cache")

# Before the libraries read them: nothing is sent home, and no warning about forked tokenizers.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["HF_DATASETS_CACHE"] = CACHE
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import datasets
from datasets.exceptions import DatasetGenerationError
from transformers import PrinterCallback
from transformers.utils import logging
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer, get_training_chat_template
from trl.chat_template_utils import has_generation_markers

import llm_data
import llm_export
import llm_model
import llm_progress
import trainyard
from llm_data import DataError
from llm_model import ModelError

#: The curve needs no more points than this, however long the training is.
MOST_POINTS = 2000
#: Less is prepared before anybody wonders what is going on.
BYTES_WORTH_A_BAR = 20_000_000
#: Cuts plain text; a token has about four characters, so that most blocks fit.
CHARACTERS_PER_TOKEN = 3
#: By method and by whether the whole model is trained: TRL's defaults, and ten times as much for adapters.
LEARNING_RATES = {
    ("sft", True): 2e-5,
    ("sft", False): 2e-4,
    ("dpo", True): 1e-6,
    ("dpo", False): 1e-5,
}


class Examples:
    """The examples to learn from and those held back."""

    def __init__(self, source, params):
        self.kind = source.kind
        if sum(map(os.path.getsize, source.training + source.validation)) < BYTES_WORTH_A_BAR:
            datasets.disable_progress_bars()
        self.learned = self.read(source.training, source.kind, params)
        if source.validation:
            self.validation = self.read(source.validation, source.kind, params)
        else:
            self.split(params["validation"], params["seed"])
        if len(self.learned) == 0:
            raise DataError("There are no examples to learn from.")

    def read(self, paths, kind, params):
        """Streams the files into a table on the disk, which is memory-mapped: its size does not matter."""
        block_characters = params["maxLength"] * CHARACTERS_PER_TOKEN
        arguments = {"paths": paths, "kind": kind, "block_characters": block_characters}
        try:
            return datasets.Dataset.from_generator(llm_data.examples, gen_kwargs=arguments, cache_dir=CACHE)
        except DatasetGenerationError as error:
            raise (error.__cause__ if isinstance(error.__cause__, DataError) else error) from None

    def split(self, share, seed):
        rows = range(len(self.learned))
        held_back = llm_data.held_back(len(self.learned), share, seed)
        self.validation = self.learned.select(sorted(held_back))
        self.learned = self.learned.select([row for row in rows if row not in held_back])

    def to_sample(self, count):
        """The same few each time; of the held back ones where there are any."""
        source = self.validation if len(self.validation) else self.learned
        return [source[row] for row in range(min(count, len(source)))]


class Training:
    """One training: its trainer, and what follows from the parameters."""

    def __init__(self, params, dataset):
        self.params = params
        source = llm_data.find_source(dataset)
        self.method = choose_method(params["method"], source)
        self.examples = Examples(source, params)
        self.precision = llm_model.Precision()
        self.base = llm_model.Base(params, dataset, self.texts(), self.precision)
        self.is_chat = is_chat(self.examples.learned[0])
        if self.is_chat:
            self.base.prepare_chat()
        self.checkpoints = llm_progress.Checkpoints(self.identity())
        samples = llm_progress.Samples(
            self.base.tokenizer, self.examples.to_sample(params["samplePrompts"]), params["maxLength"]
        )
        has_validation = len(self.examples.validation) > 0
        self.progress = llm_progress.Progress(params, samples, self.checkpoints, has_validation)
        self.trainer = self.make_trainer()

    def texts(self):
        """The examples as plain text, for the tokenizer of the tiny model."""
        for row in range(min(len(self.examples.learned), llm_model.TINY_TEXTS)):
            yield from texts_in(self.examples.learned[row])

    def identity(self):
        names = ("model", "tuning", "loraRank", "targetModules", "seed", "validation")
        rows = {"examples": len(self.examples.learned)}
        return {"method": self.method, **rows, **{name: self.params[name] for name in names}}

    def make_trainer(self):
        is_sft = self.method == "sft"
        config = SFTConfig if is_sft else DPOConfig
        own = self.sft_options() if is_sft else {"beta": self.params["beta"]}
        model = self.base.load()
        if self.base.is_quantized:
            model.config.use_cache = False
        trainer = (SFTTrainer if is_sft else DPOTrainer)(
            model=model,
            args=config(**self.common_options(), **own),
            train_dataset=self.examples.learned,
            eval_dataset=self.examples.validation if len(self.examples.validation) else None,
            processing_class=self.base.tokenizer,
            peft_config=self.base.lora(),
            callbacks=[self.progress],
        )
        # Every line of it is a point of ours already.
        trainer.remove_callback(PrinterCallback)
        if self.base.is_quantized and self.precision.fp16:
            # TRL makes the adapter of a quantized model bfloat16, which the gradient scaler of float16 cannot take.
            for weights in trainer.model.parameters():
                if weights.requires_grad:
                    weights.data = weights.data.float()
        return trainer

    def common_options(self):
        params = self.params
        is_full = params["tuning"] == "full"
        return {
            "output_dir": self.checkpoints.unfinished,
            "per_device_train_batch_size": params["batch"],
            "per_device_eval_batch_size": params["batch"],
            "gradient_accumulation_steps": params["gradientAccumulation"],
            "learning_rate": params["learningRate"] or LEARNING_RATES[self.method, is_full],
            "num_train_epochs": params["epochs"],
            "max_steps": params["maxSteps"] or -1,
            "lr_scheduler_type": params["scheduler"],
            "warmup_steps": params["warmup"],
            "max_length": params["maxLength"],
            "gradient_checkpointing": params["gradientCheckpointing"],
            "bf16": self.precision.bf16,
            "fp16": self.precision.fp16,
            "seed": params["seed"],
            "logging_steps": self.steps_between_points(),
            # When to measure and to save is decided in llm_progress.
            "eval_strategy": "no",
            "save_strategy": "no",
            "report_to": "none",
            "disable_tqdm": True,
            "dataloader_pin_memory": self.precision.has_cuda,
        }

    def sft_options(self):
        is_conversation = "messages" in self.examples.learned.column_names
        return {
            "packing": self.params["packing"],
            "assistant_only_loss": is_conversation and knows_answers(self.base.tokenizer),
        }

    def steps_between_points(self):
        per_step = self.params["batch"] * self.params["gradientAccumulation"]
        epochs = math.ceil(len(self.examples.learned) / per_step) * self.params["epochs"]
        return max(1, (self.params["maxSteps"] or epochs) // MOST_POINTS)

    def run(self):
        checkpoint = self.checkpoints.newest()
        if checkpoint:
            print("going on from %s" % os.path.basename(checkpoint), flush=True)
        self.trainer.train(resume_from_checkpoint=checkpoint)

    def save(self):
        state = self.trainer.state
        exported = llm_export.Export(self.params, self.base, self.trainer.accelerator.unwrap_model(self.trainer.model))
        results = exported.run()
        card_path = os.path.join(trainyard.output_dir(), "model.card.json")
        card = json.dumps(self.card(state), indent=2, ensure_ascii=False)
        trainyard.save_atomically(card_path, card + "\n")
        for path in [*results, card_path]:
            trainyard.model(path)
        shutil.rmtree(CACHE, ignore_errors=True)

    def card(self, state):
        return {
            "recipe": "llm",
            "base_model": self.params["model"],
            "method": self.method,
            "tuning": self.params["tuning"],
            "precision": self.precision.name,
            "steps": state.global_step,
            "epochs": round(state.epoch or 0, 4),
            "finished": not self.progress.is_stopping,
            "examples": {
                "kind": self.examples.kind,
                "learned": len(self.examples.learned),
                "held_back": len(self.examples.validation),
            },
            "tokens": self.progress.tokens,
            "scores": self.progress.scores,
            "parameters": self.params,
            "versions": llm_export.versions(),
        }


def choose_method(wanted, source):
    if wanted == "auto" or wanted == source.method:
        return source.method
    if wanted == "dpo":
        raise DataError("For DPO every line needs prompt, chosen and rejected; the data is %s." % source.kind)
    raise DataError("The data is pairs of answers, which SFT cannot learn from; set method to dpo.")


def is_chat(example):
    return any(isinstance(value, list) for value in example.values())


def texts_in(example):
    for value in example.values():
        if isinstance(value, str):
            yield value
        else:
            yield from (message["content"] for message in value)


def knows_answers(tokenizer):
    """Whether TRL can tell the assistant's words from the rest, so that only they are learned."""
    if has_generation_markers(tokenizer.chat_template):
        return True
    try:
        return get_training_chat_template(tokenizer) is not None
    except ValueError:
        print("the chat format does not tell answers from questions: both are learned", flush=True)
        return False


def read_job():
    with open(os.environ["TRAINYARD_JOB_FILE"], encoding="utf-8") as file:
        return json.load(file)


def main():
    job = read_job()
    training = Training(job["params"], job["dataset"])
    examples = training.examples
    print(
        "%s of %s by %s in %s: %d examples (%s) to learn from, %d held back"
        % (
            training.method.upper(),
            job["params"]["model"],
            job["params"]["tuning"],
            training.precision.name,
            len(examples.learned),
            examples.kind,
            len(examples.validation),
        ),
        flush=True,
    )
    training.run()
    training.save()


if __name__ == "__main__":
    # What will change in libraries some day is nothing the reader of a log can act on.
    warnings.simplefilter("ignore", FutureWarning)
    # A bar for every file that is written; downloads keep theirs.
    logging.disable_progress_bar()
    try:
        main()
    except (DataError, ModelError) as error:
        trainyard.error(str(error))
        sys.exit(1)
