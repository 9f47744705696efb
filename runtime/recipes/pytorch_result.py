"""What a training of the pytorch recipe leaves: the model, a program to use it, its card and an exported form."""

import json
import os
import platform
import shutil
import traceback
import warnings

import torch

import pytorch_predict
import trainyard
from pytorch_predict import TableNet, build_network

MODEL = "model.pt"
CARD = "model.card.json"
PROGRAM = "predict.py"
TORCHSCRIPT = "model.torchscript.pt"
ONNX = "model.onnx"


def save_result(training, test):
    """Writes and declares everything. `test` is what was measured on the test part, None without one."""
    problem = training.problem
    state = training.best["state"] if training.best else training.network.state_dict()
    state = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    network = build_network(problem.architecture)
    network.load_state_dict(state)
    network.eval()

    write(MODEL, lambda file: torch.save(model_content(problem, state), file))
    exported = try_export(network, problem.example_inputs(), training.params["export"])
    write(CARD, json.dumps(card(training, test, exported), indent=2, ensure_ascii=False) + "\n")
    shutil.copyfile(pytorch_predict.__file__, path_of(PROGRAM))
    # The model comes last: of several results that is the one that is shown first.
    for name in (PROGRAM, exported, MODEL, CARD):
        if name is not None:
            trainyard.model(path_of(name))


def path_of(name):
    return os.path.join(trainyard.output_dir(), name)


def write(name, content):
    trainyard.save_atomically(path_of(name), content)


def model_content(problem, state):
    """Loads with `torch.load(path, weights_only=True)`."""
    return {
        "format": pytorch_predict.FORMAT,
        "version": 1,
        "task": problem.task,
        "architecture": problem.architecture,
        "classes": problem.classes,
        "preprocessing": problem.preprocessing(),
        "state_dict": state,
    }


def try_export(network, inputs, form):
    """The name of the file; None when none is asked for or it could not be made. It takes any number of examples."""
    try:
        return export(network, inputs, form)
    except Exception as error:  # Whatever an exporter stumbles over: the model is whole, and was paid for.
        traceback.print_exc()
        why = type(error).__name__
        print("%s holds the model; it could not be exported as %s (%s)" % (MODEL, form, why), flush=True)
        return None


def export(network, inputs, form):
    if form == "torchscript":
        write(TORCHSCRIPT, lambda file: write_torchscript(network, inputs, file))
        return TORCHSCRIPT
    if form == "onnx":
        write(ONNX, lambda file: file.write(to_onnx(network, inputs)))
        return ONNX
    return None


def write_torchscript(network, inputs, file):
    """Deprecated in newer PyTorch, and still what C++ programs load."""
    by_name = isinstance(network, TableNet)
    example = {"example_kwarg_inputs": inputs} if by_name else {"example_inputs": tuple(inputs.values())}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(network, **example), file)


def to_onnx(network, inputs):
    by_name = isinstance(network, TableNet)
    shapes = [{0: torch.export.Dim("examples")} for _ in inputs]
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            () if by_name else tuple(inputs.values()),
            kwargs=inputs if by_name else None,
            dynamic_shapes=dict(zip(inputs, shapes)) if by_name else tuple(shapes),
            input_names=list(inputs),
            output_names=["amounts" if by_name and network.is_regression else "scores"],
            dynamo=True,
            verbose=False,
        )
    return program.model_proto.SerializeToString()


def card(training, test, exported):
    problem, best = training.problem, training.best
    scores = {} if best is None else {"val": best["summary"]}
    if test is not None:
        scores["test"] = test["summary"]
    details = test or best
    return {
        "recipe": "pytorch",
        "task": problem.task,
        "architecture": problem.architecture,
        "weights": training.origin,
        **problem.card(),
        "epochs": {
            "asked": training.epochs,
            "done": training.epoch,
            "best": best["epoch"] if best else None,
            "stopped_early": training.is_stopped_early and training.epoch < training.epochs,
        },
        "finished": training.is_finished,
        "scores": scores,
        **({} if details is None else {"details_of": "test" if test else "val", **details["details"]}),
        "preprocessing": problem.preprocessing(),
        "files": {"model": MODEL, "program": PROGRAM, "export": exported},
        "parameters": training.params,
        "learning_rate": training.learning_rate,
        "precision": training.precision.name,
        "device": device_name(training.device),
        "versions": versions(problem.kind),
    }


def device_name(device):
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def versions(kind):
    found = {"python": platform.python_version(), "torch": torch.__version__}
    if kind == "images":
        import torchvision

        found["torchvision"] = torchvision.__version__
    return found
