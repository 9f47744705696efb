"""What a training says while it runs: points, samples, checkpoints, and when it must stop."""

import json
import math
import os
import shutil
import time

import torch
from transformers import GenerationConfig, TrainerCallback

import llm_data
import llm_scores
import trainyard

#: Where the trainer writes a checkpoint before it is whole. Names with a leading dot are never taken for one.
UNFINISHED = ".unfinished"
#: As the trainer calls its checkpoints; the step follows.
PREFIX = "checkpoint-"
KEPT_CHECKPOINTS = 2
#: Without saveSteps: after every epoch, and not later than this after the last.
SECONDS_BETWEEN_CHECKPOINTS = 600
#: What the checkpoint was made with; a training of other settings must not go on from it.
IDENTITY_NAME = "trainyard.json"
#: Of the clock and of what the point says already, not of the model.
OTHER_MEASURES = ("runtime", "samples_per_second", "steps_per_second", "total_flos", "eval_num_tokens")
MOST_GENERATED_TOKENS = 256


class Progress(TrainerCallback):
    """Reports every log of the trainer, and decides at each step about samples, checkpoints and the end."""

    def __init__(self, params, samples, checkpoints, has_validation):
        self.params = params
        self.samples = samples
        self.checkpoints = checkpoints
        self.has_validation = has_validation
        self.is_stopping = False
        self.sampled_at = None
        #: How many the model has been shown.
        self.tokens = 0
        #: The newest value of everything that was measured on the validation part.
        self.scores = {}

    def on_train_begin(self, args, state, control, model=None, **rest):
        if state.global_step == 0:
            self.show_samples(model, state)

    def on_step_end(self, args, state, control, model=None, **rest):
        if trainyard.should_stop():
            self.is_stopping = True
            control.should_training_stop = True
            control.should_save = True
            return
        every = self.params["sampleEvery"]
        is_last = state.global_step >= state.max_steps
        if is_last or (every > 0 and state.global_step % every == 0):
            self.pause(model, state, control)
        steps = self.params["saveSteps"]
        is_due = state.global_step % steps == 0 if steps > 0 else self.checkpoints.is_late
        if trainyard.should_save() or is_due or is_last:
            control.should_save = True

    def on_epoch_end(self, args, state, control, model=None, **rest):
        if self.is_stopping:
            return
        if self.params["sampleEvery"] == 0:
            self.pause(model, state, control)
        if self.params["saveSteps"] == 0 and not self.checkpoints.has(state.global_step):
            control.should_save = True

    def pause(self, model, state, control):
        """Measures and shows what the model makes now, once per step."""
        if self.sampled_at == state.global_step:
            return
        self.sampled_at = state.global_step
        control.should_evaluate = self.has_validation
        self.show_samples(model, state)

    def show_samples(self, model, state):
        scores = self.samples.show(model, position(state))
        if scores:
            self.scores.update(scores)
            trainyard.report(**position(state), **totals(state), **scores)

    def on_save(self, args, state, control, **rest):
        self.checkpoints.finish(state.global_step)

    def on_log(self, args, state, control, logs=None, **rest):
        metrics = {name: value for name, value in (logs or {}).items() if is_metric(name, value)}
        self.tokens = int(metrics.get("num_tokens", self.tokens))
        self.scores.update({name: value for name, value in metrics.items() if name.startswith("eval_")})
        if metrics:
            trainyard.report(**position(state), **totals(state), **metrics)


def is_metric(name, value):
    is_other = name.endswith(OTHER_MEASURES) or name in ("epoch", "train_loss")
    return isinstance(value, (int, float)) and not is_other


def position(state):
    """Steps of the whole run, and the epoch they are in, from 1."""
    epoch = max(1, math.ceil((state.epoch or 0) - 1e-6))
    return {"step": state.global_step, "epoch": min(epoch, max(1, state.num_train_epochs))}


def totals(state):
    share = state.global_step / state.max_steps if state.max_steps else 0
    return {"total_steps": state.max_steps, "total_epochs": state.num_train_epochs, "progress": share}


class Checkpoints:
    """Whole checkpoints only: the trainer writes beside them, and what is finished is moved in."""

    def __init__(self, identity):
        self.identity = identity
        self.folder = os.path.dirname(trainyard.checkpoint_path("any"))
        self.unfinished = os.path.join(self.folder, UNFINISHED)
        self.saved_at = time.monotonic()
        shutil.rmtree(self.unfinished, ignore_errors=True)

    @property
    def is_late(self):
        return time.monotonic() - self.saved_at >= SECONDS_BETWEEN_CHECKPOINTS

    def has(self, step):
        return os.path.isdir(os.path.join(self.folder, name_of(step)))

    def finish(self, step):
        written = os.path.join(self.unfinished, name_of(step))
        trainyard.save_atomically(os.path.join(written, IDENTITY_NAME), json.dumps(self.identity))
        place = os.path.join(self.folder, name_of(step))
        shutil.rmtree(place, ignore_errors=True)
        os.replace(written, place)
        self.saved_at = time.monotonic()
        for old in self.steps()[:-KEPT_CHECKPOINTS]:
            shutil.rmtree(os.path.join(self.folder, name_of(old)))

    def steps(self):
        """Of the checkpoints that are there, oldest first."""
        names = os.listdir(self.folder)
        return sorted(int(name[len(PREFIX) :]) for name in names if name.startswith(PREFIX))

    def newest(self):
        """The checkpoint to go on from, or None. Raises llm_data.DataError when it is of another training."""
        path = trainyard.resume_from()
        if path is None:
            return None
        with open(os.path.join(path, IDENTITY_NAME), encoding="utf-8") as file:
            saved = json.load(file)
        differing = sorted(name for name in self.identity if saved.get(name) != self.identity[name])
        if differing:
            raise llm_data.DataError(
                "The checkpoint %s does not fit: %s changed since; start a fresh job."
                % (os.path.basename(path), ", ".join(differing))
            )
        return path


def name_of(step):
    return PREFIX + str(step)


class Samples:
    """What the model answers to the same few questions, as the training goes on."""

    def __init__(self, tokenizer, examples, most_tokens):
        self.tokenizer = tokenizer
        self.questions = [llm_data.prompt_and_reference(example) for example in examples]
        #: Room for the prompt and the answer together.
        self.most_tokens = most_tokens

    def show(self, model, position):
        """Prints a sample for each prompt; the mean scores, empty when there is no reference."""
        results = [self.show_one(model, prompt, reference, position) for prompt, reference in self.questions]
        scored = [result for result in results if result]
        return {
            "eval_" + name: sum(result[name] for result in scored) / len(scored)
            for name in (scored[0] if scored else {})
        }

    def show_one(self, model, prompt, reference, position):
        generated = self.generate(model, prompt, reference)
        scores = {}
        if reference.strip():
            scores = {
                "bleu": llm_scores.bleu(generated, reference),
                "rouge_l": llm_scores.rouge_l(generated, reference),
            }
        trainyard.sample(
            prompt=llm_data.shown_prompt(prompt), generated=generated, reference=reference or None, **position, **scores
        )
        return scores

    def generate(self, model, prompt, reference):
        """The likeliest answer: no chance is in it, so samples of two moments differ by what was learned alone."""
        most_new = min(MOST_GENERATED_TOKENS, 16 + 2 * len(self.tokenizer(reference)["input_ids"]))
        inputs = self.encode(prompt, max(1, self.most_tokens - most_new)).to(model.device)
        was_training = model.training
        model.eval()
        with torch.no_grad():
            output = model.generate(
                input_ids=inputs,
                attention_mask=torch.ones_like(inputs),
                generation_config=GenerationConfig(
                    do_sample=False,
                    max_new_tokens=most_new,
                    eos_token_id=self.tokenizer.eos_token_id,
                    pad_token_id=self.tokenizer.pad_token_id,
                ),
            )
        model.train(was_training)
        return self.tokenizer.decode(output[0, inputs.shape[1] :], skip_special_tokens=True).strip()

    def encode(self, prompt, most_tokens):
        """Token ids, of a long prompt the end."""
        if isinstance(prompt, str):
            ids = self.tokenizer(prompt)["input_ids"]
        else:
            text = self.tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True)
            ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return torch.tensor([ids[-most_tokens:]])
