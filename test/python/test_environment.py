import glob
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

from support import RUNTIME, TempCase, clean_environment

BOOT = "import sys;s=sys.stdin.buffer;exec(compile(s.read(int(s.readline())),'trainyard','exec'))"

#: A uv that knows wheels in one folder only, and writes down how it was asked.
UV = """
import glob, json, os, re, subprocess, sys, zipfile
asked = sys.argv[1:]
index = os.environ.get("UV_FIND_LINKS") or os.environ["PIP_FIND_LINKS"]
with open(os.environ["UV_LOG"], "a") as log:
    log.write(json.dumps({"asked": asked, "index": os.environ.get("UV_FIND_LINKS")}) + "\\n")
if asked[0] == "venv":
    sys.exit(subprocess.call([asked[2], "-m", "venv", "--without-pip", asked[3]]))
if "--torch-backend" in asked and os.environ.get("NO_TORCH_INDEX"):
    sys.exit("dns error")
if asked[0] == "pip" and "--dry-run" not in asked:
    folder = glob.glob(os.path.dirname(asked[3]) + "/../lib/python3*/site-packages")[0]
    for line in open(asked[asked.index("-r") + 1]):
        name = re.match(r"[\\w-]+", line).group(0).replace("-", "_")
        newest = sorted(glob.glob(index + "/" + name + "-*.whl"), key=len)[0]
        zipfile.ZipFile(newest).extractall(folder)
"""

#: A PyTorch that sees the GPU, unless a package beside it breaks that.
TORCH = """
class cuda:
    def is_available():
        try:
            import tiny_breaker
        except ImportError:
            return True
        return False
"""


class EnvironmentCase(TempCase):
    """A machine with an index of tiny packages, and programs of our own on the PATH."""

    def setUp(self):
        super().setUp()
        for name in ("index", "bin", "home"):
            os.mkdir(self.path(name))
        self.variables = {
            "PATH": self.path("bin"),
            "HOME": self.path("home"),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": self.path("index"),
            "UV_LOG": self.path("uv.log"),
        }

    def wheel(self, name, version, files=None, requires=()):
        """Puts a package into the index."""
        module = name.replace("-", "_")
        info = f"{module}-{version}.dist-info/"
        required = "".join(f"Requires-Dist: {line}\n" for line in requires)
        with zipfile.ZipFile(self.path("index", f"{module}-{version}-py3-none-any.whl"), "w") as wheel:
            for path, text in (files or {f"{module}.py": ""}).items():
                entry = zipfile.ZipInfo(path)
                entry.external_attr = 0o100755 << 16
                wheel.writestr(entry, text)
            wheel.writestr(
                info + "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}"
            )
            wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(info + "RECORD", "".join(f"{path},,\n" for path in wheel.namelist()))

    def program(self, name, text):
        path = self.write(name, text)
        os.chmod(path, 0o755)
        return path

    def uv_script(self):
        return f"#!{sys.executable}{UV}"

    def give_gpu(self, driver):
        self.program("bin/nvidia-smi", f"#!/bin/sh\necho {driver}\n")

    def ensure(self, requirements, constraints=(), torch=True, python=sys.executable, image=None):
        """All that environment.py says: the messages on the way, and the answer."""
        with open(os.path.join(RUNTIME, "environment.py"), encoding="utf-8") as file:
            source = file.read()
        # What this computer has does not count: the image of the test is in a usual place, nvidia-smi tells the driver.
        source = re.sub(r"(?ms)^IMAGE_PYTHONS = .*?^\)$", f"IMAGE_PYTHONS = {[image] if image else []}", source)
        source = re.sub(r"(?m)^DRIVER_FILES = .*$", "DRIVER_FILES = ()", source).encode()
        request = {
            "root": self.path("root"),
            "requirements": list(requirements),
            "constraints": list(constraints),
            "minimumPython": "3.8",
            "torch": torch,
            "python": python,
        }
        answer = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", "-c", BOOT],
            env=clean_environment(**self.variables),
            input=b"%d\n" % len(source) + source + json.dumps(request).encode() + b"\n",
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        *said, last = [json.loads(line) for line in answer.splitlines()]
        return [line["message"] for line in said], last

    def asked_of_uv(self):
        with open(self.variables["UV_LOG"], encoding="utf-8") as log:
            return [json.loads(line) for line in log]

    def evaluate(self, python, expression):
        script = f"import json; print(json.dumps({expression}))"
        return json.loads(subprocess.run([python, "-c", script], stdout=subprocess.PIPE, check=True).stdout)

    def version_of(self, python, name):
        return self.evaluate(python, f"__import__('importlib.metadata').metadata.version({name!r})")


class ImageTest(EnvironmentCase):
    """PyTorch that the machine has already."""

    @classmethod
    def setUpClass(cls):
        cls.image_folder = tempfile.mkdtemp(prefix="trainyard-image-")
        cls.addClassCleanup(shutil.rmtree, cls.image_folder)
        subprocess.run([sys.executable, "-m", "venv", os.path.join(cls.image_folder, "venv")], check=True)

    def setUp(self):
        super().setUp()
        self.wheel("torch", "2.8.0+cu128", {"torch/__init__.py": TORCH})
        packages = glob.glob(os.path.join(self.image_folder, "venv/lib/python3*/site-packages"))[0]
        with zipfile.ZipFile(glob.glob(self.path("index", "torch-*.whl"))[0]) as wheel:
            wheel.extractall(packages)
        self.wheel("torch", "2.15.0", {"torch/__init__.py": TORCH})
        self.wheel("tiny-trainer", "1.0", requires=["torch>=2"])
        self.give_gpu("570.86.15")
        self.program("bin/uv", self.uv_script())
        self.image = os.path.join(self.image_folder, "venv", "bin", "python")

    def ensure(self, requirements, constraints=()):
        return super().ensure(requirements, constraints, image=self.image)

    def test_is_used_with_the_packages_beside_it(self):
        requirements = ["torch>=2.4", "tiny-trainer"]
        said, ready = self.ensure(requirements, ["torch==2.15.0", "nvidia-cublas==13.4.1.3"])
        self.assertEqual("ready", ready["event"], said)
        self.assertIn(f"Using PyTorch 2.8.0+cu128 of {self.image}", said)
        self.assertEqual("2.8.0+cu128", self.version_of(ready["python"], "torch"))
        where = self.evaluate(ready["python"], "[__import__(name).__file__ for name in ('torch', 'tiny_trainer')]")
        self.assertTrue(where[0].startswith(self.image_folder), where)
        self.assertTrue(where[1].startswith(self.path("root", "envs")), where)

        again = self.ensure(requirements, ["torch==2.15.0", "nvidia-cublas==13.4.1.3"])
        self.assertEqual(([], dict(ready, reused=True)), again)

    def test_that_is_gone_has_the_environment_made_anew(self):
        _, ready = self.ensure(["torch>=2.4"])
        os.rename(self.image, self.image + ".away")
        self.addCleanup(os.rename, self.image + ".away", self.image)
        said, again = self.ensure(["torch>=2.4"])
        self.assertEqual(dict(ready, reused=False), again, said)
        self.assertEqual("2.15.0", self.version_of(again["python"], "torch"))

    def test_outside_the_range_is_said_and_installed(self):
        said, ready = self.ensure(["torch>=2.9,<3"])
        why = f"PyTorch 2.8.0+cu128 of {self.image} is not used: torch>=2.9,<3 is needed, and it has 2.8.0+cu128"
        self.assertIn(why, said)
        self.assertEqual("2.15.0", self.version_of(ready["python"], "torch"))

    def test_without_its_torchvision_is_said_and_installed(self):
        said, _ = self.ensure(["torch>=2.4"], ["torchvision==0.30.0"])
        self.assertIn(f"PyTorch 2.8.0+cu128 of {self.image} is not used: torchvision is missing", said)

    def test_that_the_packages_break_is_replaced(self):
        self.wheel("tiny-breaker", "1.0")
        said, ready = self.ensure(["torch>=2.4", "tiny-breaker"])
        self.assertIn("Beside these packages the PyTorch of the machine sees no GPU; installing another", said)
        self.assertIn("PyTorch is installed, but does not see the GPU (driver 570.86.15)", said)
        self.assertEqual("2.15.0", self.version_of(ready["python"], "torch"))

    def test_is_not_looked_for_where_there_is_no_gpu(self):
        os.unlink(self.path("bin", "nvidia-smi"))
        said, ready = self.ensure(["torch>=2.4"])
        self.assertNotIn("Looking for PyTorch on the machine", said)
        self.assertEqual("2.15.0", self.version_of(ready["python"], "torch"))


class BuildTest(EnvironmentCase):
    """The build of PyTorch that a driver can use."""

    def setUp(self):
        super().setUp()
        self.wheel("torch", "2.15.0", {"torch/__init__.py": "class cuda:\n    is_available = lambda: True\n"})
        self.program("bin/uv", self.uv_script())

    def build_asked_for(self, driver=None):
        if driver:
            self.give_gpu(driver)
        said, ready = self.ensure(["torch>=2.4"], ["torch==2.15.0", "nvidia-cublas==13.4.1.3"])
        self.assertEqual("ready", ready["event"], ready)
        asked = self.asked_of_uv()[-1]["asked"]
        build = asked[asked.index("--torch-backend") + 1] if "--torch-backend" in asked else None
        with open(asked[asked.index("-c") + 1], encoding="utf-8") as file:
            return said, build, file.read().split()

    def test_is_of_the_newest_cuda_that_the_driver_knows(self):
        for driver, build in (("570.86.15", "cu128"), ("550.54.14", "cu126"), ("470.256.02", "cu118")):
            with self.subTest(driver=driver):
                said, asked, constraints = self.build_asked_for(driver)
                self.assertEqual(build, asked)
                self.assertIn(f"Taking PyTorch for CUDA {build[2:4]}.{build[4:]} (driver {driver})", said)
                self.assertEqual(["torch<=2.15.0"], constraints, "other builds may be older, and bring other libraries")

    @unittest.skipUnless(platform.machine() == "x86_64", "the package index holds other builds for other processors")
    def test_of_the_package_index_does_for_a_new_driver(self):
        _, asked, constraints = self.build_asked_for("580.65.06")
        self.assertIsNone(asked)
        self.assertEqual(["torch==2.15.0", "nvidia-cublas==13.4.1.3"], constraints)

    def test_is_for_cpus_where_there_is_no_gpu(self):
        said, asked, constraints = self.build_asked_for()
        self.assertEqual("cpu", asked)
        self.assertIn("Taking PyTorch for CPUs", said)
        self.assertIn("torch==2.15.0", constraints)

    def test_that_cannot_be_had_is_said_and_the_usual_one_taken(self):
        self.variables["NO_TORCH_INDEX"] = "1"
        said, asked, _ = self.build_asked_for("570.86.15")
        self.assertIsNone(asked)
        message = "PyTorch's builds for CUDA 12.8 (driver 570.86.15) cannot be had; taking the usual one"
        self.assertIn(message, said)


class UvTest(EnvironmentCase):
    """The installer that a machine without one is given."""

    def setUp(self):
        super().setUp()
        self.wheel("tiny-yard", "1.0")

    def ensure_tiny(self, *requirements):
        said, ready = self.ensure(["tiny-yard", *requirements], torch=False)
        self.assertEqual("ready", ready["event"], ready)
        self.assertEqual("1.0", self.version_of(ready["python"], "tiny-yard"))
        return said

    def test_is_fetched_once_and_goes_where_pip_goes(self):
        self.wheel("tiny-gauge", "1.0")
        self.wheel("uv", "0.13.9", {"uv-0.13.9.data/scripts/uv": f"#!python{UV}"})
        self.assertIn("Fetching uv, which installs quickly", self.ensure_tiny())
        self.assertTrue(os.access(self.path("root", "tools", "uv", "bin", "uv"), os.X_OK))
        install = self.asked_of_uv()[-1]
        self.assertEqual(["pip", "install"], install["asked"][:2])
        self.assertEqual(self.path("index"), install["index"])
        self.assertNotIn("Fetching uv, which installs quickly", self.ensure_tiny("tiny-gauge"))

    def test_that_cannot_be_fetched_is_done_without(self):
        self.assertIn("Fetching uv, which installs quickly", self.ensure_tiny())
        self.assertEqual(["envs", "tools"], sorted(os.listdir(self.path("root"))))
        self.assertEqual([], os.listdir(self.path("root", "tools")))


if __name__ == "__main__":
    unittest.main()
