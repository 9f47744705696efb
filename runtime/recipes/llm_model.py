"""Loads the model to train and its tokenizer, in the precision that suits the machine."""

import importlib.util
import os
import re

import torch
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError
from peft import LoraConfig
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, LlamaConfig
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

#: The name of the model that is made on the spot.
TINY = "tiny"
TINY_VOCABULARY = 1024
TINY_TEXTS = 20_000
HUB_NAME = re.compile(r"^[\w.-]+/[\w.-]+$")
END_OF_TURN = "<|im_end|>"
#: ChatML, with the marks that tell TRL which words are the assistant's. END is what ends a turn.
CHATML = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] }}END{% endgeneration %}"
    "{% else %}{{ message['content'] }}END{% endif %}\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class ModelError(Exception):
    """Why a model cannot be trained here, in one sentence for a person."""


class Precision:
    """How numbers are held: bfloat16 where the GPU has it, else float16 on a GPU, else float32."""

    def __init__(self):
        self.has_cuda = torch.cuda.is_available()
        self.bf16 = self.has_cuda and torch.cuda.is_bf16_supported(including_emulation=False)
        self.fp16 = self.has_cuda and not self.bf16

    @property
    def dtype(self):
        """Of weights that are not trained; those that are stay float32 beside the mixed precision."""
        return torch.bfloat16 if self.bf16 else torch.float16 if self.fp16 else torch.float32

    @property
    def name(self):
        return str(self.dtype).replace("torch.", "")


class Base:
    """The model a training starts from, and its tokenizer."""

    def __init__(self, params, dataset, texts, precision):
        """`texts` gives examples as plain text: the tokenizer of the tiny model learns from them."""
        self.params = params
        self.precision = precision
        self.is_quantized = params["tuning"] == "qlora"
        if self.is_quantized:
            require_bitsandbytes(precision)
        self.is_tiny = params["model"] == TINY
        self.path = tiny_model(params, texts) if self.is_tiny else locate(params["model"], dataset)
        self.tokenizer = loaded(params["model"], AutoTokenizer, self.path)
        config = loaded(params["model"], AutoConfig, self.path)
        #: What the weights were published in, and what a fully trained model is saved in.
        self.published_dtype = config.dtype or torch.float32
        if self.tokenizer.pad_token is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token

    def load(self, dtype=None, on_cpu=False):
        """The model; `dtype` and `on_cpu` to load it again for merging."""
        options = {"dtype": dtype or self.training_dtype}
        if self.precision.has_cuda and not on_cpu:
            # Several GPUs hold the layers together: larger models fit, none trains faster.
            options["device_map"] = "auto"
            if self.is_quantized:
                options["quantization_config"] = self.quantization()
        return loaded(self.params["model"], AutoModelForCausalLM, self.path, **options)

    @property
    def training_dtype(self):
        return torch.float32 if self.params["tuning"] == "full" else self.precision.dtype

    def quantization(self):
        """As in the QLoRA paper (Dettmers et al. 2023): 4-bit NormalFloat with its scales quantized too."""
        return BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=self.precision.dtype,
        )

    def lora(self):
        """None when the whole model is trained."""
        if self.params["tuning"] == "full":
            return None
        names = [name.strip() for name in self.params["targetModules"].split(",") if name.strip()]
        return LoraConfig(
            task_type="CAUSAL_LM",
            r=self.params["loraRank"],
            lora_alpha=self.params["loraAlpha"],
            lora_dropout=self.params["loraDropout"],
            target_modules=names[0] if names == ["all-linear"] else names,
        )

    def prepare_chat(self):
        """Makes sure that messages can be written as text."""
        wanted = self.params["chatTemplate"]
        if wanted == "model" and not self.tokenizer.chat_template:
            raise ModelError(
                "%s is a base model without a chat format; pick the Instruct version, or set chatTemplate to auto."
                % self.params["model"]
            )
        if wanted == "model" or (wanted == "auto" and self.tokenizer.chat_template):
            return
        if END_OF_TURN in self.tokenizer.get_vocab():
            self.tokenizer.eos_token = END_OF_TURN
        self.tokenizer.chat_template = CHATML.replace("END", self.tokenizer.eos_token)
        print("%s has no chat format of its own in use: ChatML is used" % self.params["model"], flush=True)


def locate(name, dataset):
    """A folder of the dataset, else the name on Hugging Face."""
    path = os.path.join(dataset, name)
    if os.path.isfile(os.path.join(path, "config.json")):
        return path
    if not HUB_NAME.match(name):
        raise ModelError(
            "There is no model %s: give a name on Hugging Face like Qwen/Qwen2.5-0.5B-Instruct, "
            "or a folder of the dataset with a config.json." % name
        )
    return name


def require_bitsandbytes(precision):
    if not precision.has_cuda:
        raise ModelError("QLoRA needs an NVIDIA GPU, and this machine has none; set tuning to lora.")
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ModelError("QLoRA needs the package bitsandbytes, which is not installed here; set tuning to lora.")


def loaded(name, kind, path, **options):
    """`kind.from_pretrained(path)`, with what can go wrong on the way to the hub said in one sentence."""
    try:
        return kind.from_pretrained(path, **options)
    except (OSError, ValueError) as error:
        raise explained(name, path, error) from error


def explained(name, path, error):
    """The sentence for a model that could not be loaded; the error itself when it says all there is to say."""
    causes = list(chain_of(error))
    if any(isinstance(cause, GatedRepoError) for cause in causes):
        return ModelError(
            "Access to model %s is restricted: accept its licence on https://huggingface.co/%s and add a Hugging Face "
            "token with read access (HF_TOKEN)." % (name, name)
        )
    if any(isinstance(cause, RepositoryNotFoundError) for cause in causes):
        return ModelError(
            "There is no model %s on Hugging Face; check the spelling. A private one needs a token (HF_TOKEN)." % name
        )
    if path != name or not isinstance(error, OSError):
        return ModelError("The model %s cannot be loaded: %s" % (name, first_line(error)))
    if any(is_connection_failure(cause) for cause in causes) or "connect" in str(error):
        return ModelError(
            "Hugging Face cannot be reached from this machine, so %s cannot be downloaded; check its network, or put "
            "the model into the dataset folder." % name
        )
    return ModelError("The model %s cannot be downloaded: %s" % (name, first_line(error)))


def chain_of(error):
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def is_connection_failure(error):
    """By name: which HTTP library the hub's client uses is its own business."""
    return type(error).__name__ in ("ConnectError", "ConnectionError", "ConnectTimeout", "LocalEntryNotFoundError")


def first_line(error):
    return str(error).strip().split("\n")[0]


def tiny_model(params, texts):
    """Folder with a random Llama of about 200,000 weights and a tokenizer that learned from the examples.

    Made once for a run, and again alike on another machine. It shows how a training goes, and is good for nothing else.
    """
    folder = os.path.join(os.path.dirname(os.environ["TRAINYARD_JOB_FILE"]), "tiny")
    if os.path.isfile(os.path.join(folder, "config.json")):
        return folder
    tokenizer = tiny_tokenizer(texts)
    set_seed(params["seed"])
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=96,
        intermediate_size=192,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=max(2048, params["maxLength"]),
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    tokenizer.save_pretrained(folder)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def tiny_tokenizer(texts):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=TINY_VOCABULARY,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>", "<|im_start|>", END_OF_TURN],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer=trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END_OF_TURN,
        pad_token="<|endoftext|>",
        chat_template=CHATML.replace("END", END_OF_TURN),
    )
