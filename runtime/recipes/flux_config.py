"""What ai-toolkit is told: its config, as JSON, which it reads beside YAML (toolkit/config.py).

The fields are those of config/examples/train_lora_flux_24gb.yaml and train_lora_flux_schnell_24gb.yaml of the project,
with `dropout` of a network from toolkit/config_modules.py and `training_seed` from jobs/process/BaseTrainProcess.py.
"""

import json
import subprocess

#: Also the name of its folder and of what it saves: `lora_000000250.safetensors`.
NAME = "lora"
SCHNELL = "black-forest-labs/FLUX.1-schnell"
SHORT_NAMES = {"FLUX.1-dev": "black-forest-labs/FLUX.1-dev", "FLUX.1-schnell": SCHNELL}
#: FLUX.1-schnell cannot be trained without it (train_lora_flux_schnell_24gb.yaml).
SCHNELL_ADAPTER = "ostris/FLUX.1-schnell-training-adapter"
MOST_PROMPTS = 4
KEPT_SAVES = 4

#: In GiB. The project asks for 24 GB with quantize; 48 GB are tight without, so only larger GPUs go without.
WITHOUT_QUANTIZE = 60
WITHOUT_LOW_VRAM = 23


def make_config(params, images, training_folder, vram_gb):
    """`images` is a CaptionedImages that is arranged; `vram_gb` is of the GPU, None when nobody can tell."""
    process = {
        "type": "sd_trainer",
        "training_folder": training_folder,
        "device": "cuda:0",
        "training_seed": params["seed"],
        "network": network_of(params),
        "save": {
            "dtype": "float16",
            "save_every": params["saveEvery"],
            "max_step_saves_to_keep": KEPT_SAVES,
            "push_to_hub": False,
        },
        "datasets": [
            {
                "folder_path": images.folder,
                "caption_ext": "txt",
                "caption_dropout_rate": params["captionDropout"],
                "shuffle_tokens": False,
                "cache_latents_to_disk": True,
                "resolution": resolutions_of(params),
            }
        ],
        "train": train_of(params),
        "model": model_of(params, vram_gb),
        "sample": sample_of(params, images),
    }
    if params["trigger"]:
        process["trigger_word"] = params["trigger"]
    meta = {"name": "[name]", "version": "1.0"}
    return {"job": "extension", "config": {"name": NAME, "process": [process]}, "meta": meta}


def to_text(config):
    """JSON in which no text of the user can mean an environment variable: ai-toolkit fills in `${NAME}`."""
    return json.dumps(config, indent=2).replace("$", "\\u0024") + "\n"


def network_of(params):
    network = {"type": "lora", "linear": params["rank"], "linear_alpha": params["alpha"]}
    if params["dropout"] > 0:
        network["dropout"] = params["dropout"]
    return network


def train_of(params):
    return {
        "batch_size": params["batch"],
        "steps": params["steps"],
        "gradient_accumulation_steps": 1,
        "train_unet": True,
        "train_text_encoder": False,
        "gradient_checkpointing": True,
        "noise_scheduler": "flowmatch",
        "optimizer": "adamw8bit",
        "lr": params["learningRate"],
        "disable_sampling": params["sampleEvery"] == 0,
        "ema_config": {"use_ema": True, "ema_decay": 0.99},
        "dtype": "bf16",
    }


def model_of(params, vram_gb):
    name = base_model(params)
    quantize = {"yes": True, "no": False}.get(params["quantize"], vram_gb is None or vram_gb < WITHOUT_QUANTIZE)
    model = {
        "name_or_path": name,
        "is_flux": True,
        "quantize": quantize,
        "low_vram": quantize and (vram_gb is None or vram_gb < WITHOUT_LOW_VRAM),
    }
    if is_schnell(name):
        model["assistant_lora_path"] = SCHNELL_ADAPTER
    return model


def sample_of(params, images):
    schnell = is_schnell(base_model(params))
    return {
        "sampler": "flowmatch",
        # The remainder of a division is taken: it must not be 0.
        "sample_every": params["sampleEvery"] or params["steps"],
        "width": 1024,
        "height": 1024,
        "prompts": prompts_of(params, images.captions),
        "neg": "",
        "seed": params["seed"],
        "walk_seed": True,
        "guidance_scale": 1 if schnell else 4,
        "sample_steps": 4 if schnell else 20,
    }


def prompts_of(params, captions):
    """Those that were given, else some of the captions: what the model should have learned best."""
    given = [prompt.strip() for prompt in params["prompts"].replace("\n", "|").split("|")]
    given = [prompt for prompt in given if prompt]
    if given:
        return given
    some = list(dict.fromkeys(captions))
    some = some[:: max(1, len(some) // MOST_PROMPTS)][:MOST_PROMPTS]
    return [with_trigger(caption, params["trigger"]) for caption in some] or [params["trigger"] or "a photo"]


def with_trigger(caption, trigger):
    """As ai-toolkit adds it to the captions it learns from, but not to the prompts of samples (its `sample`)."""
    return caption if not trigger or trigger in caption or "[trigger]" in caption else "%s %s" % (trigger, caption)


def base_model(params):
    return SHORT_NAMES.get(params["model"], params["model"])


def is_schnell(name):
    return "schnell" in name.lower()


def resolutions_of(params):
    return [int(part) for part in params["resolution"].replace(",", " ").split()]


def gpu_memory_gb():
    """Of the first NVIDIA GPU, in GiB; None when nobody can tell."""
    command = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=30)
        return int(answer.stdout.split(b"\n")[0]) / 1024
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
