"""The parts of the flux-lora recipe that need neither a GPU nor ai-toolkit itself."""

import json
import os
import struct
import subprocess
import sys
import unittest
import zipfile
from unittest import mock

from support import RUNTIME, TempCase

sys.path[:0] = [RUNTIME, os.path.join(RUNTIME, "recipes")]

import flux_config
import flux_saves
import flux_toolkit
from flux_images import CaptionedImages
from flux_saves import Samples, Saves

PARAMS = {
    "trigger": "p3ts",
    "steps": 4000,
    "model": "FLUX.1-dev",
    "prompts": "",
    "sampleEvery": 250,
    "learningRate": 1e-4,
    "rank": 32,
    "alpha": 32,
    "resolution": "512,768,1024",
    "batch": 1,
    "seed": 42,
    "captionExt": "txt",
    "defaultCaption": "",
    "dropout": 0.05,
    "captionDropout": 0.05,
    "saveEvery": 250,
    "quantize": "auto",
    "toolkit": "",
}


def safetensors(step):
    header = {
        "__metadata__": {"training_info": json.dumps({"step": step})},
        "weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
    }
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"\0\0\0\0"


class FluxCase(TempCase):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("output"))
        patch = mock.patch.dict(os.environ, {"TRAINYARD_OUTPUT": self.path("output")})
        patch.start()
        self.addCleanup(patch.stop)
        # What is printed is for the log of a training.
        quiet = mock.patch("builtins.print")
        quiet.start()
        self.addCleanup(quiet.stop)

    def put(self, content, *names):
        path = self.path(*names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return path


class ConfigTest(FluxCase):
    def config(self, vram_gb=24, captions=("a p3ts", "a cat"), **params):
        images = CaptionedImages(self.folder, self.path("images"), "txt", "")
        images.captions = list(captions)
        config = flux_config.make_config(dict(PARAMS, **params), images, self.folder, vram_gb)
        return config["config"]["process"][0]

    def test_quantizes_as_far_as_the_memory_asks_for_it(self):
        told = [
            (model["quantize"], model["low_vram"])
            for model in (self.config(vram_gb=gb)["model"] for gb in (None, 16, 24, 48, 80))
        ]
        self.assertEqual(told, [(True, True), (True, True), (True, False), (True, False), (False, False)])
        self.assertFalse(self.config(vram_gb=16, quantize="no")["model"]["quantize"])

    def test_trains_schnell_with_the_adapter_it_needs(self):
        process = self.config(model="FLUX.1-schnell")
        self.assertEqual(process["model"]["name_or_path"], "black-forest-labs/FLUX.1-schnell")
        self.assertEqual(process["model"]["assistant_lora_path"], "ostris/FLUX.1-schnell-training-adapter")
        self.assertEqual((process["sample"]["guidance_scale"], process["sample"]["sample_steps"]), (1, 4))

    def test_draws_captions_with_the_trigger_word_when_no_prompts_are_given(self):
        self.assertEqual(self.config()["sample"]["prompts"], ["a p3ts", "p3ts a cat"])
        self.assertEqual(self.config(captions=())["sample"]["prompts"], ["p3ts"])
        many = ["caption %d" % index for index in range(40)]
        self.assertEqual(len(self.config(captions=many)["sample"]["prompts"]), 4)
        given = self.config(prompts=" one | two\nthree|")["sample"]["prompts"]
        self.assertEqual(given, ["one", "two", "three"])

    def test_draws_nothing_when_asked_to(self):
        self.assertTrue(self.config(sampleEvery=0)["train"]["disable_sampling"])

    def test_no_text_of_the_user_means_an_environment_variable(self):
        text = flux_config.to_text(self.config(prompts="${HOME} $x"))
        self.assertNotIn("$", text)
        self.assertEqual(json.loads(text)["sample"]["prompts"], ["${HOME} $x"])


class ImagesTest(FluxCase):
    def arrange(self, ending="txt", default=""):
        images = CaptionedImages(self.path("data"), self.path("images"), ending, default)
        images.arrange()
        seen = {}
        for folder, _, names in os.walk(self.path("images")):
            for name in names:
                if name.endswith(".txt"):
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        seen[os.path.relpath(os.path.join(folder, name), self.path("images"))] = file.read()
        return images, seen

    def test_links_each_image_beside_a_caption(self):
        for name in ("A.JPG", "a.png", "sub/b c.webp", ".hidden.png", "notes.txt", "movie.gif"):
            self.put(b"x", "data", *name.split("/"))
        self.put(b"\xef\xbb\xbfsaid\r\nof b\n", "data", "sub", "b c.txt")
        images, seen = self.arrange()
        self.assertEqual(seen, {"A.txt": "", "a.txt": "", "sub/b c.txt": "said of b"})
        self.assertEqual((images.count, images.captions), (3, ["said of b"]))
        self.assertTrue(os.path.samefile(self.path("images", "A.jpg"), self.path("data", "A.JPG")))

    def test_images_of_one_name_keep_a_caption_each(self):
        for name in ("a.JPG", "a.jpg", "a.png"):
            self.put(b"x", "data", name)
        self.put(b"one", "data", "a.txt")
        images, seen = self.arrange()
        self.assertEqual(seen, {"a.txt": "one", "a-2.txt": "one", "a-3.txt": "one"})

    def test_takes_the_default_caption_where_there_is_none(self):
        self.put(b"x", "data", "a.png")
        self.put(b"by default", "data", "default.txt")
        self.assertEqual(self.arrange()[1], {"a.txt": "by default"})
        self.assertEqual(self.arrange(default="given")[1], {"a.txt": "given"})

    def test_is_repeated_without_losing_caches(self):
        self.put(b"x", "data", "a.png")
        self.arrange()
        self.put(b"cache", "images", "_latent_cache", "a.safetensors")
        os.unlink(self.path("data", "a.png"))
        self.put(b"x", "data", "b.png")
        images, seen = self.arrange()
        self.assertEqual((images.count, list(seen)), (1, ["b.txt"]))
        self.assertTrue(os.path.isfile(self.path("images", "_latent_cache", "a.safetensors")))


class SavesTest(FluxCase):
    def setUp(self):
        super().setUp()
        self.saves = Saves(self.folder)

    def save(self, step, content=None):
        name = "lora.safetensors" if step is None else "lora_%09d.safetensors" % step
        return self.put(safetensors(step) if content is None else content, "lora", name)

    def optimizer(self):
        self.put(b"", "lora", "optimizer.pt")
        with zipfile.ZipFile(self.path("lora", "optimizer.pt"), "w") as file:
            file.writestr("archive/data.pkl", "state")

    def test_a_save_that_was_cut_is_none(self):
        self.save(250)
        self.save(500, safetensors(500)[:-1])
        self.assertEqual(list(self.saves.steps()), [250])
        self.assertTrue(self.saves.is_saving())
        self.saves.prepare(None)
        self.assertEqual(os.listdir(self.path("lora")), ["lora_000000250.safetensors"])
        self.assertFalse(self.saves.is_saving())

    def test_the_save_at_the_end_is_the_newest(self):
        last = self.save(None)
        self.save(250)
        self.assertEqual(self.saves.newest(), (float("inf"), last))

    def test_publishes_a_checkpoint_when_the_optimizer_is_there_too(self):
        self.save(250)
        self.saves.publish()
        self.assertFalse(os.path.exists(self.path("output", "checkpoints", "step-000000250")))
        self.optimizer()
        self.saves.publish()
        names = os.listdir(self.path("output", "checkpoints", "step-000000250"))
        self.assertEqual(sorted(names), ["lora_000000250.safetensors", "optimizer.pt"])
        for step in (500, 750):
            self.save(step)
            self.optimizer()
            self.saves.publish()
        self.assertEqual(sorted(os.listdir(self.path("output", "checkpoints"))), ["step-000000500", "step-000000750"])

    def test_publishes_weights_whose_optimizer_will_not_come_any_more(self):
        self.save(250)
        self.saves.publish(is_over=True)
        names = os.listdir(self.path("output", "checkpoints", "step-000000250"))
        self.assertEqual(names, ["lora_000000250.safetensors"])

    def test_goes_on_from_a_checkpoint_that_was_brought_back(self):
        self.save(250)
        self.optimizer()
        self.saves.publish()
        elsewhere = Saves(self.path("elsewhere"))
        elsewhere.prepare(self.path("output", "checkpoints", "step-000000250"))
        self.assertEqual(sorted(os.listdir(elsewhere.folder)), ["lora_000000250.safetensors", "optimizer.pt"])
        self.assertEqual(elsewhere.newest()[0], 250)

    def test_an_older_checkpoint_does_not_replace_a_newer_save(self):
        self.save(250)
        self.optimizer()
        self.saves.publish()
        newest = self.save(500)
        self.save(250)
        self.saves.prepare(self.path("output", "checkpoints", "step-000000250"))
        # ai-toolkit takes the file whose inode changed last.
        files = [self.path("lora", name) for name in os.listdir(self.path("lora")) if name.endswith(".safetensors")]
        self.assertEqual(max(files, key=os.path.getctime), newest)


class SamplesTest(FluxCase):
    def setUp(self):
        super().setUp()
        self.said = []
        patch = mock.patch.object(flux_saves.trainyard, "sample", lambda **data: self.said.append(data))
        patch.start()
        self.addCleanup(patch.stop)
        self.samples = Samples(self.folder, ["a dog", "a cat"])

    def draw(self, name, content=b"image\xff\xd9"):
        return self.put(content, "lora", "samples", name)

    def test_moves_each_image_under_its_step_and_prompt(self):
        self.draw("1724085406830__000000250_0.jpg")
        self.draw("1724085406831__000000250_1.jpg")
        self.draw("notes.jpg")
        self.samples.show()
        names = ["step-000250-prompt-01.jpg", "step-000250-prompt-02.jpg"]
        self.assertEqual(sorted(os.listdir(self.path("output", "samples"))), names)
        self.assertEqual([(data["prompt"], data["step"]) for data in self.said], [("a dog", 250), ("a cat", 250)])
        self.samples.show()
        self.assertEqual(len(self.said), 2)

    def test_waits_for_an_image_that_is_being_written(self):
        self.draw("1__000000250_0.jpg", b"half")
        self.samples.show()
        self.assertEqual(self.said, [])
        self.samples.show(is_over=True)
        self.assertEqual(len(self.said), 1)

    def test_keeps_both_when_a_step_is_drawn_again(self):
        for time in (1, 2):
            self.draw("%d__000000250_0.jpg" % time)
            self.samples.show()
        names = ["step-000250-prompt-01-2.jpg", "step-000250-prompt-01.jpg"]
        self.assertEqual(sorted(os.listdir(self.path("output", "samples"))), names)


class ToolkitTest(FluxCase):
    def toolkit(self, *names):
        self.put(b"", *names, "run.py")
        os.makedirs(self.path(*names, "toolkit"))
        return self.path(*names)

    def test_uses_the_python_of_its_venv(self):
        folder = self.toolkit("there")
        python = self.put(b"#!/bin/sh\n", "there", ".venv", "bin", "python")
        os.chmod(python, 0o755)
        found = flux_toolkit.find_toolkit(folder, self.path("tools"))
        self.assertEqual(found.command("config.json"), [python, "-u", os.path.join(folder, "run.py"), "config.json"])

    def test_finds_the_one_that_the_environment_names(self):
        folder = self.toolkit("there")
        os.chmod(self.put(b"", "there", "venv", "bin", "python"), 0o755)
        with mock.patch.dict(os.environ, {"AI_TOOLKIT": folder}):
            self.assertEqual(flux_toolkit.find_toolkit("", self.path("tools")).folder, folder)

    def test_says_when_there_is_none_at_the_named_place(self):
        with self.assertRaisesRegex(flux_toolkit.ToolkitError, r"names /nowhere, but there is no run\.py"):
            flux_toolkit.find_toolkit("/nowhere", self.path("tools"))

    def test_says_when_no_python_has_its_packages(self):
        folder = self.toolkit("there")
        with mock.patch.object(flux_toolkit, "NEEDED_MODULES", ("no_such_module",)):
            with self.assertRaisesRegex(flux_toolkit.ToolkitError, "No Python on this machine has the packages"):
                flux_toolkit.find_toolkit(folder, self.path("tools"))

    def test_installs_one_revision_once(self):
        source = self.toolkit("source")
        self.put(b"", "source", "requirements.txt")
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", source]
        for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
            subprocess.run(git + arguments, check=True)
        revision = subprocess.check_output(git + ["rev-parse", "HEAD"], encoding="utf-8").strip()
        found = flux_toolkit.install(source, revision, self.path("tools"))
        self.assertEqual(found.revision(), revision)
        self.assertEqual(subprocess.run(found.command("config.json"), check=False).returncode, 0)
        made = os.stat(found.python).st_ctime_ns
        again = flux_toolkit.install("/nowhere", revision, self.path("tools"))
        self.assertEqual(os.stat(again.python).st_ctime_ns, made)

    def test_says_why_it_cannot_be_got(self):
        with self.assertRaisesRegex(flux_toolkit.ToolkitError, "git could not get ai-toolkit"):
            flux_toolkit.install(self.path("nothing"), "0" * 40, self.path("tools"))


if __name__ == "__main__":
    unittest.main()
