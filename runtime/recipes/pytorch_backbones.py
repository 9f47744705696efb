"""The networks for images, with the weights they were published with where those can be had."""

import socket

from pytorch_errors import TrainingError
from pytorch_predict import build_network

#: The last layer of each, which knows the classes: the start of the names of its weights.
HEADS = {
    "small": "head.",
    "resnet18": "fc.",
    "resnet34": "fc.",
    "resnet50": "fc.",
    "mobilenet_v3_small": "classifier.3.",
    "efficientnet_b0": "classifier.1.",
    "convnext_tiny": "classifier.2.",
    "vit_b_16": "heads.head.",
}
#: Published for this many pixels; the others take any size.
VIT_IMAGE_SIZE = 224
VIT_PATCH_SIZE = 16
SECONDS_TO_ANSWER = 30


def describe_architecture(name, classes, image_size):
    """What `pytorch_predict.build_network` needs to know."""
    architecture = {"name": name, "classes": classes}
    if name == "vit_b_16":
        architecture["image_size"] = image_size
    return architecture


def make_backbone(architecture, wants_pretrained):
    """A network and where its weights come from: one line for the log and the card."""
    name = architecture["name"]
    network = build_network(architecture)
    if name == "small":
        return network, "random"
    if not wants_pretrained:
        return network, "random, as asked for"
    weights, failure = fetch_weights(name)
    if weights is None:
        return network, "random: the pretrained ones could not be fetched (%s)" % failure
    load_weights(network, architecture, weights["state_dict"])
    return network, "pretrained: %s" % weights["name"]


def fetch_weights(name):
    """What torchvision publishes for this network, or None and why they cannot be had."""
    import torchvision

    published = torchvision.models.get_model_weights(name).DEFAULT
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDS_TO_ANSWER)
    try:
        state = published.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:
        return None, str(getattr(error, "reason", error)).strip().rstrip(".").split("\n", 1)[0]
    finally:
        socket.setdefaulttimeout(before)
    return {"name": str(published), "state_dict": state}, None


def load_weights(network, architecture, state):
    """All but the head, which is of other classes."""
    name = architecture["name"]
    state = {key: value for key, value in state.items() if not key.startswith(HEADS[name])}
    if name == "vit_b_16" and architecture["image_size"] != VIT_IMAGE_SIZE:
        from torchvision.models.vision_transformer import interpolate_embeddings

        state = interpolate_embeddings(architecture["image_size"], VIT_PATCH_SIZE, state)
    missing, unexpected = network.load_state_dict(state, strict=False)
    wrong = [key for key in missing if not key.startswith(HEADS[name])] + list(unexpected)
    if wrong:
        raise TrainingError("The published weights of %s do not fit this torchvision (%s)." % (name, wrong[0]))


class Frozen:
    """Keeps everything but the head as it is, also the running statistics of the normalisations."""

    def __init__(self, network, name):
        self.network = network
        self.head = HEADS[name]
        for key, weight in network.named_parameters():
            weight.requires_grad_(key.startswith(self.head))

    def to_training(self):
        self.network.eval()
        for key, module in self.network.named_modules():
            if (key + ".").startswith(self.head):
                module.train()


class Free:
    """Learns in every layer."""

    def __init__(self, network):
        self.network = network

    def to_training(self):
        self.network.train()


def make_teaching(network, name, is_frozen):
    return Frozen(network, name) if is_frozen else Free(network)
