import json
import os
import re
import signal
import subprocess
import sys
import unittest

from support import RUNTIME, TempCase, clean_environment, is_alive, wait_for

BOOT = "import sys;s=sys.stdin.buffer;exec(compile(s.read(int(s.readline())),'trainyard','exec'))"
TESTS = os.path.dirname(os.path.abspath(__file__))

#: As much of PyTorch as computes a product, on a machine with one GPU; {fault} is what a product does.
TORCH = """
class Matrix:
    def reshape(self, *sizes): return self
    remainder = sub = to = reshape
    def float(self): return self
    cpu = float
    def __matmul__(self, other): {fault}return self
class cuda:
    def is_available(): return True
    def device_count(): return 1
def arange(count): return Matrix()
def equal(left, right): return True
"""


#: SIGTERM comes when so many looks are on their way, before anybody else knows of the last.
SIGNAL_AFTER_FORK = """
import os, signal
real_fork, looks = os.fork, []
def fork():
    pid = real_fork()
    if pid:
        looks.append(pid)
        with open(%%(path)r, "w") as file: file.write(" ".join(map(str, looks)))
        if len(looks) == %d: os.kill(os.getpid(), signal.SIGTERM)
    return pid
os.fork = fork
"""
#: SIGTERM comes again while the looks are ended for the first.
SIGNAL_AT_KILL = """
real_killpg = os.killpg
def killpg(pid, number):
    os.killpg = real_killpg
    os.kill(os.getpid(), signal.SIGTERM)
    return real_killpg(pid, number)
os.killpg = killpg
"""


class HealthCase(TempCase):
    """A machine with programs of our own on the PATH, and the GPUs that CUDA is told to have."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        self.variables = {"PATH": self.path("bin")}
        self.prelude = []

    def nvidia_smi(self, script):
        path = self.write("bin/nvidia-smi", "#!/bin/sh\n" + script)
        os.chmod(path, 0o755)

    def gpu_rows(self, *rows, code=0):
        self.nvidia_smi("/bin/cat <<'END'\n%s\nEND\nexit %d\n" % ("\n".join(rows), code))

    def cuda(self, *faults, init_errors=()):
        """GPUs as CUDA sees them, each with its fault or None."""
        gpus = [{"fault": fault} for fault in faults]
        self.prelude += ["import sys; sys.path.insert(0, %r); import fake_cuda" % TESTS]
        self.prelude += ["fake_cuda.install(%r, %r, %r)" % (gpus, list(init_errors), self.path("init.log"))]

    def torch(self, fault=""):
        self.write("modules/torch.py", TORCH.format(fault=fault))
        self.variables["PYTHONPATH"] = self.path("modules")

    def source(self, **limits):
        """health.py on this machine: small matrices for the interpreted GPU, no Pythons but ours, shorter limits."""
        with open(os.path.join(RUNTIME, "health.py"), encoding="utf-8") as file:
            source = file.read()
        constants = dict({"SIDE": 6, "IMAGE_PYTHONS": ()}, **limits)
        for name, value in constants.items():
            source, times = re.subn(r"(?ms)^%s = (?:\(.*?^\)|.*?)$" % name, "%s = %r" % (name, value), source)
            self.assertEqual(1, times, name)
        return "\n".join(self.prelude + [source]).encode()

    def start(self, request=None, **limits):
        source = self.source(**limits)
        process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-c", BOOT],
            env=clean_environment(**self.variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.kill)
        asked = dict({"root": self.path("root"), "needGpu": True, "diskBytes": 100000}, **(request or {}))
        process.stdin.write(b"%d\n" % len(source) + source + json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        return process

    def look(self, request=None, **limits):
        """What it finds."""
        process = self.start(request, **limits)
        said, _ = process.communicate(b'{"pieces": 0}\n', timeout=60)
        self.assertEqual(0, process.returncode)
        return json.loads(said.splitlines()[-1])

    def sentences(self, health):
        return [problem["message"] for problem in health["problems"]]


class Gpus(HealthCase):
    def test_a_machine_that_is_well_has_no_problems(self):
        self.gpu_rows("NVIDIA L4, 23034, 550.54.15", "NVIDIA L4, 23034, 550.54.15")
        self.cuda(None, None)
        health = self.look()
        self.assertEqual([], health["problems"])
        gpu = {"name": "NVIDIA L4", "memoryBytes": 23034 * 1024 * 1024, "driver": "550.54.15"}
        self.assertEqual([gpu, gpu], health["gpus"])
        self.assertEqual({"version": "12.8", "devices": 2}, health["cuda"])
        self.assertEqual([True, "cuda", None], [health["matmul"][key] for key in ("ok", "by", "message")])
        self.assertGreater(health["matmul"]["seconds"], 0)

    def test_gpus_are_not_looked_at_where_none_is_needed(self):
        self.nvidia_smi("exit 1\n")
        health = self.look({"needGpu": False})
        self.assertEqual([[], [], None], [health["problems"], health["gpus"], health["matmul"]["ok"]])

    def test_no_nvidia_smi_and_no_cuda_is_no_gpu(self):
        health = self.look()
        self.assertEqual(["It has no GPU: there is no nvidia-smi on it."], self.sentences(health))
        self.assertIn("libcuda.so.1", health["matmul"]["message"])

    def test_gpus_that_only_cuda_knows_count_too(self):
        self.cuda(None)
        health = self.look()
        self.assertEqual([], health["problems"])
        self.assertEqual([{"name": "Fake L4", "memoryBytes": 24 * 1024 ** 3, "driver": None}], health["gpus"])

    def test_nvidia_smi_that_hangs_is_a_broken_driver_whatever_it_started(self):
        self.nvidia_smi("trap '' TERM\n/bin/sleep 600 &\necho $! >%s\nwait\nwait\n" % self.path("pid"))
        self.cuda(None)
        health = self.look(NVIDIA_SMI_SECONDS=2)
        self.assertEqual(["driver-hangs"], [problem["code"] for problem in health["problems"]])
        self.assertEqual(["It has no GPU that works: nvidia-smi does not answer."], self.sentences(health))
        pid = int(self.read_bytes("pid"))
        wait_for("the end of what nvidia-smi started", lambda: not is_alive(pid))

    def test_what_does_not_even_die_when_it_is_killed_is_left_behind(self):
        self.nvidia_smi("echo $$ >%s\nexec /bin/sleep 600\n" % self.path("pid"))
        self.prelude += ["import os; os.kill = os.killpg = lambda pid, number: None"]
        health = self.look(NVIDIA_SMI_SECONDS=2)
        pid = int(self.read_bytes("pid"))
        self.assertTrue(is_alive(pid))
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(["driver-hangs"], [problem["code"] for problem in health["problems"]])

    def test_what_nvidia_smi_says_of_a_broken_driver_is_told(self):
        self.nvidia_smi("echo 'Failed to initialize NVML: Driver/library version mismatch'; echo more; exit 18\n")
        self.assertEqual(
            [
                "It has no GPU that works: nvidia-smi says “Failed to initialize NVML: "
                "Driver/library version mismatch”."
            ],
            self.sentences(self.look()),
        )

    def test_nvidia_smi_that_finds_nothing_is_no_gpu(self):
        self.nvidia_smi("echo 'No devices were found'\n")
        self.assertEqual(
            ["It has no GPU that works: nvidia-smi says “No devices were found”."], self.sentences(self.look())
        )

    def test_a_gpu_with_unknown_errors_is_named(self):
        self.gpu_rows("NVIDIA A100, 81920, 535.1", "NVIDIA A100, [Unknown Error], 535.1")
        self.assertEqual(
            ["Its GPU 1 does not work: nvidia-smi says “[Unknown Error]” of it."], self.sentences(self.look())
        )

    def test_a_lost_gpu_among_others_is_told(self):
        lost = "Unable to determine the device handle for GPU0000:41:00.0: Unknown Error"
        self.gpu_rows("NVIDIA A100, 81920, 535.1", lost, code=15)
        health = self.look()
        self.assertEqual(1, len(health["gpus"]))
        self.assertEqual(["Not all of its GPUs work: nvidia-smi says “%s”." % lost], self.sentences(health))

    def test_a_gpu_that_does_not_tell_its_memory_is_not_broken(self):
        self.gpu_rows("NVIDIA GB10, [N/A], 580.95.05")
        health = self.look()
        self.assertEqual([], health["problems"])
        self.assertEqual([{"name": "NVIDIA GB10", "memoryBytes": None, "driver": "580.95.05"}], health["gpus"])


class Products(HealthCase):
    """A matrix product on every GPU."""

    def setUp(self):
        super().setUp()
        self.gpu_rows("NVIDIA H100, 81559, 570.1", "NVIDIA H100, 81559, 570.1")

    def test_gpus_that_never_become_ready_do_not_work(self):
        self.cuda(None, None, init_errors=[802] * 100)
        health = self.look(CUDA_SECONDS=20, NOT_READY_PAUSE_SECONDS=60)
        self.assertEqual(
            ["It has no GPU that works: CUDA error 802 (CUDA_ERROR_SYSTEM_NOT_READY)."], self.sentences(health)
        )
        self.assertIs(False, health["matmul"]["ok"])

    def test_gpus_that_become_ready_while_we_look_work(self):
        self.variables["TRAINYARD_TIME_SCALE"] = "0.01"
        self.cuda(None, None, init_errors=[802, 802])
        health = self.look()
        self.assertEqual([[], True], [health["problems"], health["matmul"]["ok"]])
        self.assertEqual(3, self.read_bytes("init.log").count(b"cuInit"))

    def test_a_gpu_that_computes_wrong_numbers_is_named(self):
        self.cuda(None, "wrong")
        self.assertEqual(
            ["Not all of its GPUs compute: GPU 1: its results are wrong."], self.sentences(self.look())
        )

    def test_gpus_that_fail_each_in_its_own_way_are_all_told(self):
        self.cuda(719, "wrong")
        health = self.look()
        both = "GPU 0: CUDA error 719 (CUDA_ERROR_LAUNCH_FAILED); GPU 1: its results are wrong"
        self.assertEqual(["It has no GPU that works: %s." % both], self.sentences(health))
        self.assertEqual([0, 1], health["matmul"]["failed"])

    def test_a_gpu_that_hangs_holds_up_no_other(self):
        self.cuda("hangs", None)
        health = self.look(CUDA_SECONDS=4)
        self.assertEqual(["Not all of its GPUs compute: GPU 0: CUDA hangs."], self.sentences(health))

    def test_a_driver_that_crashes_is_told(self):
        self.cuda("crashes", "crashes")
        self.assertEqual(["It has no GPU that works: CUDA breaks down."], self.sentences(self.look()))

    def test_an_error_of_one_gpu_is_told_with_its_name(self):
        self.cuda(719, None)
        self.assertEqual(
            ["Not all of its GPUs compute: GPU 0: CUDA error 719 (CUDA_ERROR_LAUNCH_FAILED)."],
            self.sentences(self.look()),
        )

    def test_cuda_that_sees_fewer_gpus_than_nvidia_smi_is_a_problem(self):
        self.cuda(None)
        self.assertEqual(["CUDA sees only 1 of its 2 GPUs."], self.sentences(self.look()))

    def test_what_says_nothing_about_the_gpu_is_no_problem(self):
        self.cuda(221, None)
        health = self.look()
        self.assertEqual([[], None, None], [health["problems"], health["matmul"]["ok"], health["matmul"]["by"]])
        self.assertEqual("CUDA error 221 (CUDA_ERROR_JIT_COMPILER_NOT_FOUND)", health["matmul"]["message"])

    def test_pytorch_decides_where_cuda_by_itself_cannot(self):
        self.cuda(221, 221)
        self.torch()
        health = self.look()
        self.assertEqual([[], True, "torch"], [health["problems"], health["matmul"]["ok"], health["matmul"]["by"]])

    def test_a_product_that_fails_in_pytorch_is_a_problem(self):
        self.gpu_rows("NVIDIA L4, 23034, 550.1")
        self.torch(fault="raise RuntimeError('CUDA error: unspecified launch failure\\nmore'); ")
        self.assertEqual(
            ["It has no GPU that works: CUDA error: unspecified launch failure."], self.sentences(self.look())
        )


class Disk(HealthCase):
    def look_at_disk(self, **more):
        return self.look({"needGpu": False}, **more)

    def test_the_disk_is_measured_and_left_as_it_was(self):
        health = self.look_at_disk()
        self.assertEqual([], health["problems"])
        self.assertGreater(health["disk"]["writeBytesPerSecond"], 0)
        self.assertGreater(health["disk"]["freeBytes"], 0)
        self.assertEqual([], os.listdir(self.path("root")))

    def test_a_disk_that_is_full_is_told(self):
        self.prelude += ["import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"]
        health = self.look_at_disk()
        why = "Its disk does not work: its folder %s cannot be written (File too large)." % self.path("root")
        self.assertEqual([why], self.sentences(health))
        self.assertIsNone(health["disk"]["writeBytesPerSecond"])
        self.assertEqual([], os.listdir(self.path("root")))

    def test_a_folder_that_cannot_be_made_is_told(self):
        self.write("root", "in the way")
        [sentence] = self.sentences(self.look_at_disk())
        self.assertIn("cannot be written", sentence)

    def test_a_disk_that_hangs_is_not_waited_for(self):
        self.prelude += ["import os, time; os.fsync = lambda descriptor: time.sleep(600)"]
        health = self.look_at_disk(DISK_SECONDS=2)
        self.assertEqual(["disk-hangs"], [problem["code"] for problem in health["problems"]])
        self.assertIsNotNone(health["disk"]["freeBytes"])


class Line(HealthCase):
    def test_bytes_are_taken_and_given(self):
        process = self.start({"needGpu": False})
        asked = b'{"bytes": 70000}\n' + bytes(70000) + b'{"bytes": 3}\nabc{"pieces": 2}\n'
        said, _ = process.communicate(asked, timeout=60)
        lines = [json.loads(line) for line in said.splitlines() if line]
        self.assertEqual(
            ["ready", "received", "received", "piece", "piece", "health"], [line["event"] for line in lines]
        )
        self.assertEqual(64 * 1024, len(lines[3]["data"]))

    def test_it_ends_when_the_caller_goes_in_the_middle(self):
        self.nvidia_smi("echo $$ >%s\nexec /bin/sleep 600\n" % self.path("pid"))
        process = self.start()
        pid = int(wait_for("nvidia-smi", lambda: os.path.exists(self.path("pid")) and self.read_bytes("pid")))
        process.communicate(b'{"bytes": 70000}\nonly so much', timeout=60)
        self.assertEqual(0, process.returncode)
        wait_for("the end of nvidia-smi", lambda: not is_alive(pid))

    def test_nothing_is_left_however_early_it_is_ended(self):
        for forks in (1, 2, 3):
            with self.subTest(forks=forks):
                self.assert_ended_with_its_looks(SIGNAL_AFTER_FORK % forks)

    def test_nothing_is_left_when_it_is_ended_twice(self):
        self.assert_ended_with_its_looks(SIGNAL_AFTER_FORK % 3 + SIGNAL_AT_KILL)

    def assert_ended_with_its_looks(self, prelude):
        """Of a program that gets SIGTERM by itself where that could do harm; what it starts writes down who it is."""
        self.nvidia_smi("exec /bin/sleep 600\n")
        self.prelude = [prelude % {"path": self.path("looks")}]
        process = self.start()
        process.communicate(b'{"pieces": 0}\n', timeout=60)
        self.assertEqual(1, process.returncode)
        for pid in self.read_bytes("looks").split():
            wait_for("the end of %d" % int(pid), lambda pid=int(pid): not is_alive(pid))


if __name__ == "__main__":
    unittest.main()
