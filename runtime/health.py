"""Looks once whether a rented machine is what was paid for: GPUs that compute, a disk and a line that are not too slow.

Request:  {"root": "~/.trainyard", "needGpu": true, "diskBytes": 268435456}
Answers:  {"event": "ready"}; then for each {"bytes": 65536} on stdin and so many bytes after it {"event": "received"};
          {"pieces": 16} asks for so many {"event": "piece", "data": "…64 KiB"}, and for the last answer:
          {"event": "health", "gpus": [{"name", "memoryBytes", "driver"}], "cuda": {"version", "devices"},
           "matmul": {"ok", "by", "seconds", "message", "failed": [index of a GPU]},
           "disk": {"writeBytesPerSecond", "freeBytes"}, "problems": [{"code", "message"}]}
Codes:    no-driver, driver-hangs, driver-fails, gpu-broken, gpu-fails, disk-fails, disk-hangs; each message is a
          sentence about the machine: "It has no GPU: ..."

What is not known is null. `matmul` is a matrix product on every GPU, by "cuda" or by "torch"; `ok` is null where no GPU
is needed or nothing on the machine can try one, and `message` says why. All looks go on at once, each in a process of
its own, because a broken driver or disk may hang in a way that no signal ends. Whatever hangs, the looks take 50 s at
most. Standard library only, Python 3.8.
"""

import ctypes
import json
import operator
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time


def time_scale():
    """Tests shorten our own waits with TRAINYARD_TIME_SCALE (0.1: ten times faster)."""
    try:
        scale = float(os.environ.get("TRAINYARD_TIME_SCALE", "1"))
    except ValueError:
        return 1.0
    return scale if 0 < scale <= 1 else 1.0


def limit(seconds):
    """However short tests make our waits, a machine that is merely busy gets a moment."""
    return max(5, seconds * time_scale())


# Measured from the start, since all looks begin together. nvidia-smi takes up to a few seconds on a machine with eight
# GPUs that no process has woken yet.
NVIDIA_SMI_SECONDS = limit(20)
CUDA_SECONDS = limit(30)
#: PyTorch is only asked where CUDA itself could not be tried; loading it may read gigabytes over a network disk.
TORCH_SECONDS = limit(50)
DISK_SECONDS = limit(20)
#: No more is begun to be written then; what is under way still has to reach the disk.
WRITING_SECONDS = limit(8)

BLOCK_BYTES = 4 * 1024 * 1024
SYNC_BYTES = 16 * 1024 * 1024
PIECE_BYTES = 64 * 1024

#: What nvidia-smi puts in place of a value when the GPU has gone. [N/A] only says that a GPU has no such value.
BROKEN_VALUE = re.compile(r"\[Unknown Error\]|\[GPU is lost\]|ERR!", re.I)

#: Where NVIDIA's container runtime or WSL puts the driver's library without telling the linker.
CUDA_LIBRARIES = ("libcuda.so.1", "/usr/local/nvidia/lib64/libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1")

# Error codes of cuda.h. "Not ready" is also what a machine with NVSwitch says until its fabric manager has started.
SYSTEM_NOT_READY = 802
NOT_READY_PAUSE_SECONDS = 2 * time_scale()
#: Errors that come from our kernel or the container and say nothing about the GPU: the library is a stub, no kernel
#: for the device, invalid PTX, no compiler for PTX, PTX too new, compilation disabled.
INCONCLUSIVE_ERRORS = (34, 209, 218, 221, 222, 223)

#: Rows and columns of the matrices. Their elements are small whole numbers, so that the product is exact everywhere.
SIDE = 128
MATRIX_BYTES = SIDE * SIDE * 4

#: One thread an element: block = row, thread = column. Every driver since CUDA 9 takes this version for every GPU since
#: Maxwell.
PTX = b"""
.version 6.0
.target sm_50
.address_size 64
.visible .entry product(.param .u64 left, .param .u64 right, .param .u64 out, .param .u32 side)
{
    .reg .pred %more;
    .reg .f32 %x, %y, %sum;
    .reg .b32 %row, %column, %side, %step, %index;
    .reg .b64 %a, %b, %c, %offset, %stride;
    ld.param.u64 %a, [left];
    ld.param.u64 %b, [right];
    ld.param.u64 %c, [out];
    ld.param.u32 %side, [side];
    cvta.to.global.u64 %a, %a;
    cvta.to.global.u64 %b, %b;
    cvta.to.global.u64 %c, %c;
    mov.u32 %row, %ctaid.x;
    mov.u32 %column, %tid.x;
    mul.lo.u32 %index, %row, %side;
    mul.wide.u32 %offset, %index, 4;
    add.u64 %a, %a, %offset;
    mul.wide.u32 %offset, %column, 4;
    add.u64 %b, %b, %offset;
    add.u32 %index, %index, %column;
    mul.wide.u32 %offset, %index, 4;
    add.u64 %c, %c, %offset;
    mul.wide.u32 %stride, %side, 4;
    mov.f32 %sum, 0f00000000;
    mov.u32 %step, 0;
again:
    ld.global.f32 %x, [%a];
    ld.global.f32 %y, [%b];
    fma.rn.f32 %sum, %x, %y, %sum;
    add.u64 %a, %a, 4;
    add.u64 %b, %b, %stride;
    add.u32 %step, %step, 1;
    setp.lt.u32 %more, %step, %side;
    @%more bra again;
    st.global.f32 [%c], %sum;
    ret;
}
"""

POINTER = ctypes.c_void_p
ADDRESS = ctypes.c_uint64
#: Of cuda.h, what is called here: the arguments of each function. All return an error code.
CUDA_FUNCTIONS = {
    "cuInit": [ctypes.c_uint],
    "cuDriverGetVersion": [POINTER],
    "cuGetErrorName": [ctypes.c_int, POINTER],
    "cuDeviceGetCount": [POINTER],
    "cuDeviceGet": [POINTER, ctypes.c_int],
    "cuDeviceGetName": [POINTER, ctypes.c_int, ctypes.c_int],
    "cuDeviceTotalMem_v2": [POINTER, ctypes.c_int],
    "cuDevicePrimaryCtxRetain": [POINTER, ctypes.c_int],
    "cuCtxSetCurrent": [POINTER],
    "cuCtxSynchronize": [],
    "cuMemAlloc_v2": [POINTER, ctypes.c_size_t],
    "cuMemcpyHtoD_v2": [ADDRESS, POINTER, ctypes.c_size_t],
    "cuMemcpyDtoH_v2": [POINTER, ADDRESS, ctypes.c_size_t],
    "cuModuleLoadData": [POINTER, ctypes.c_char_p],
    "cuModuleGetFunction": [POINTER, POINTER, ctypes.c_char_p],
    "cuLaunchKernel": [POINTER] + [ctypes.c_uint] * 7 + [POINTER] * 3,
}

#: Where images keep a Python with PyTorch, beside the one that runs this.
IMAGE_PYTHONS = (
    "/opt/conda/bin/python",
    "/venv/main/bin/python",
    "/opt/pytorch/bin/python",
    "/opt/venv/bin/python",
    "/workspace/venv/bin/python",
    "/usr/bin/python3",
    "/usr/local/bin/python3",
)
#: Run by a Python that may have PyTorch; prints a line of JSON for every GPU, and nothing where PyTorch sees none.
TORCH_PRODUCTS = """
import json, time
import torch
for gpu in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
    begun, message = time.monotonic(), None
    try:
        left = torch.arange(256 * 256).reshape(256, 256).remainder(7).sub(3).float()
        there = left.to("cuda:%d" % gpu)
        if not torch.equal((there @ there).cpu(), left @ left):
            message = "its results are wrong"
    except Exception as error:
        message = str(error).strip().split("\\n")[0]
    print(json.dumps({"gpu": gpu, "ok": message is None, "message": message, "seconds": time.monotonic() - begun}))
"""


def main():
    request = json.loads(sys.stdin.buffer.readline())
    machine = Machine()
    signal.signal(signal.SIGTERM, leave_early)
    try:
        machine.begin(request)
        # Ends whatever line a login script of the machine left open.
        sys.stdout.write("\n")
        say(event="ready")
        exchange(sys.stdin.buffer)
        say(event="health", **machine.health())
    except (Gone, BrokenPipeError):
        pass
    finally:
        machine.leave()
    # Without Python's farewell flush, which complains when the reader has gone.
    os._exit(0)


def leave_early(number, frame):
    """Whoever ends us ends the looks too; asking twice does not keep us from it."""
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    sys.exit(1)


class Gone(Exception):
    """Nobody is at the other end any more."""


def say(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def exchange(source):
    """Takes and gives bytes, so that the other side sees how fast the line is."""
    while True:
        line = source.readline()
        if not line:
            raise Gone
        wanted = json.loads(line)
        if "pieces" in wanted:
            break
        if len(source.read(wanted["bytes"])) < wanted["bytes"]:
            raise Gone
        say(event="received")
    for _ in range(wanted["pieces"]):
        say(event="piece", data=os.urandom(PIECE_BYTES // 2).hex())


class Machine:
    """All looks at it, under way from the start."""

    def __init__(self):
        self.begun = time.monotonic()
        self.looks = []
        self.disk = self.smi = self.cuda = None

    def begin(self, request):
        root, disk_bytes = os.path.expanduser(request["root"]), request["diskBytes"]
        self.disk = self.look(lambda say: look_at_disk(say, root, disk_bytes))
        if request["needGpu"]:
            self.smi = self.look(look_at_nvidia_smi)
            self.cuda = self.look(look_at_cuda)

    def look(self, check):
        # Ended between the two, we would leave a process behind that we do not know.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        look = Look(check)
        self.looks.append(look)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        return look

    def health(self):
        health = {"gpus": [], "cuda": None, "matmul": matmul(None, message="no GPU is needed"), "problems": []}
        if self.smi:
            self.add_gpus(health)
        self.add_disk(health)
        return health

    def add_gpus(self, health):
        smi = self.smi.end(self.begun + NVIDIA_SMI_SECONDS)
        cuda = self.products(self.begun + CUDA_SECONDS)
        found = smi.lines[0] if smi.lines else {"gpus": [], "problems": []}
        health["gpus"] = found["gpus"] or cuda.gpus
        health["cuda"] = cuda.facts
        health["matmul"] = cuda.matmul if cuda.matmul["ok"] is not None else self.second_opinion(cuda.matmul)
        if not smi.is_over:
            health["problems"] += [problem("driver-hangs", "It has no GPU that works: nvidia-smi does not answer.")]
        else:
            health["problems"] += found["problems"] or gpu_problems(health)

    def products(self, until):
        """What CUDA says, asked again while the machine's GPUs are still being joined together."""
        while True:
            products = Products(self.cuda.end(until))
            if not products.is_starting or time.monotonic() + NOT_READY_PAUSE_SECONDS > until:
                return products
            time.sleep(NOT_READY_PAUSE_SECONDS)
            self.cuda = self.look(look_at_cuda)

    def second_opinion(self, first):
        """PyTorch brings kernels of its own, so it may know where CUDA by itself did not."""
        answer = self.look(look_by_torch).end(self.begun + TORCH_SECONDS)
        if not answer.is_over or not answer.lines:
            return first
        return matmul_of(answer.lines, "torch")

    def add_disk(self, health):
        answer = self.disk.end(self.begun + DISK_SECONDS)
        disk = {"writeBytesPerSecond": None, "freeBytes": None}
        for line in answer.lines:
            health["problems"] += line.pop("problems", [])
            disk.update(line)
        if not answer.is_over:
            sentence = "Its disk does not work: what was written did not reach it within %d s." % DISK_SECONDS
            health["problems"].append(problem("disk-hangs", sentence))
        health["disk"] = disk

    def leave(self):
        for look in self.looks:
            look.kill()


def problem(code, message):
    return {"code": code, "message": message}


def gpu_problems(health):
    """Of GPUs that nvidia-smi has nothing to say against, or does not know."""
    gpus, cuda, product = health["gpus"], health["cuda"], health["matmul"]
    if product["ok"] is False:
        is_part = 0 < len(product["failed"]) < len(gpus)
        what = "Not all of its GPUs compute" if is_part else "It has no GPU that works"
        return [problem("gpu-fails", "%s: %s." % (what, product["message"]))]
    if not gpus:
        return [problem("no-driver", "It has no GPU: there is no nvidia-smi on it.")]
    if cuda and cuda["devices"] < len(gpus):
        return [problem("gpu-fails", "CUDA sees only %d of its %d GPUs." % (cuda["devices"], len(gpus)))]
    return []


def matmul(ok, by=None, seconds=None, message=None, failed=()):
    verdict = {"ok": ok, "by": by if ok is not None else None, "seconds": seconds, "message": message}
    return dict(verdict, failed=list(failed))


def matmul_of(verdicts, by):
    """All GPUs together: the worst of them, and the longest time."""
    seconds = max((verdict["seconds"] for verdict in verdicts if verdict["seconds"] is not None), default=None)
    failed = [verdict for verdict in verdicts if verdict["ok"] is False]
    if failed:
        indexes = [verdict["gpu"] for verdict in failed]
        reasons = list(dict.fromkeys(verdict["message"] for verdict in failed))
        if len(failed) == len(verdicts) and len(reasons) == 1:
            return matmul(False, by, seconds, reasons[0], indexes)
        named = ["GPU %d: %s" % (verdict["gpu"], verdict["message"]) for verdict in failed]
        return matmul(False, by, seconds, "; ".join(named), indexes)
    unknown = [verdict["message"] for verdict in verdicts if verdict["ok"] is None]
    return matmul(None, by, seconds, unknown[0]) if unknown else matmul(True, by, seconds)


class Products:
    """What came of a matrix product on every GPU, by CUDA itself."""

    def __init__(self, answer):
        first = answer.lines[0] if answer.lines else {}
        self.is_starting = any(line.get("code") == SYSTEM_NOT_READY for line in answer.lines)
        self.gpus = first.get("gpus", [])
        #: {"version": "12.8", "devices": 8}; None when CUDA did not say
        self.facts = {"version": first["version"], "devices": len(self.gpus)} if "gpus" in first else None
        if self.gpus:
            self.matmul = matmul_of(self.verdicts(answer), "cuda")
        elif first:
            self.matmul = matmul(first.get("ok", False), "cuda", message=first.get("message", "CUDA sees none"))
        else:
            self.matmul = matmul(False, "cuda", message="CUDA breaks down" if answer.is_over else "CUDA does not start")

    def verdicts(self, answer):
        """One for each GPU, also for those of which nothing was heard."""
        said = {verdict["gpu"]: verdict for verdict in answer.lines[1:]}
        why = "CUDA breaks down" if answer.is_over else "CUDA hangs"
        silent = {"ok": False, "message": why, "seconds": None}
        return [said.get(gpu) or dict(silent, gpu=gpu) for gpu in range(len(self.gpus))]


class Answer:
    """The lines a look has said, and whether it had come to its end."""

    def __init__(self, lines, is_over):
        self.lines = lines
        self.is_over = is_over


class Look:
    """A check in a process of its own, which may hang or crash. It says what it sees in lines of JSON."""

    def __init__(self, check):
        self.reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.reader)
            run_apart(check, writer)
        os.close(writer)

    def end(self, until):
        """All it said until then. It is not waited for: what hangs in the kernel may not even die when it is killed."""
        text = b""
        is_over = False
        while not is_over and select.select([self.reader], [], [], max(0, until - time.monotonic()))[0]:
            piece = os.read(self.reader, PIECE_BYTES)
            text += piece
            is_over = not piece
        self.kill()
        return Answer([json.loads(line) for line in text.splitlines(True) if line.endswith(b"\n")], is_over)

    def kill(self):
        """With all it started. Safe to repeat: until this program ends, nobody else gets its number."""
        for kill in (os.killpg, os.kill):
            try:
                return kill(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                # It may be too young to lead a group, or (macOS) already be dead.
                continue


def run_apart(check, writer):
    """The life of a look; does not return. It keeps neither our streams open, which the caller waits for, nor us."""
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        check(lambda **facts: os.write(writer, json.dumps(facts).encode() + b"\n"))
    finally:
        os._exit(0)


def look_at_nvidia_smi(say):
    program = shutil.which("nvidia-smi")
    if program is None:
        return
    command = [program, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        sentence = "It has no GPU that works: nvidia-smi cannot be run (%s)." % (error.strerror or error)
        say(gpus=[], problems=[problem("driver-fails", sentence)])
        return
    lines = answer.stdout.decode("utf-8", "replace").strip().splitlines()
    rows = [line for line in lines if line.count(",") >= 2]
    problems = [broken_gpu(index, row) for index, row in enumerate(rows) if BROKEN_VALUE.search(row)]
    if answer.returncode != 0 or not rows:
        whole = "Not all of its GPUs work" if rows else "It has no GPU that works"
        said = next((line.strip() for line in lines if line not in rows), "nothing")[:200].rstrip(".")
        problems.append(problem("driver-fails", "%s: nvidia-smi says “%s”." % (whole, said)))
    say(gpus=[parse_gpu(row) for row in rows], problems=problems)


def broken_gpu(index, row):
    said = BROKEN_VALUE.search(row).group(0)
    return problem("gpu-broken", "Its GPU %d does not work: nvidia-smi says “%s” of it." % (index, said))


def parse_gpu(row):
    name, memory_mib, driver = (field.strip() for field in row.rsplit(",", 2))
    memory_bytes = int(memory_mib) * 1024 * 1024 if memory_mib.isdigit() else None
    return {"name": name, "memoryBytes": memory_bytes, "driver": driver}


class CudaError(Exception):
    def __init__(self, code, name):
        super().__init__("CUDA error %d (%s)" % (code, name) if name else "CUDA error %d" % code)
        self.code = code


class CudaDriver:
    """NVIDIA's driver API, https://docs.nvidia.com/cuda/cuda-driver-api/."""

    def __init__(self, library):
        self.library = library
        for name, arguments in CUDA_FUNCTIONS.items():
            function = getattr(library, name)
            function.argtypes = arguments
            function.restype = ctypes.c_int

    @classmethod
    def load(cls):
        """Raises OSError where there is no such library, AttributeError where it is not a whole one."""
        reasons = []
        for path in CUDA_LIBRARIES:
            try:
                return cls(ctypes.CDLL(path))
            except (OSError, AttributeError) as error:
                reasons.append(error)
        raise reasons[0]

    def call(self, name, *arguments):
        code = getattr(self.library, name)(*arguments)
        if code != 0:
            raise CudaError(code, self.error_name(code))

    def error_name(self, code):
        name = ctypes.c_char_p()
        is_known = self.library.cuGetErrorName(code, ctypes.byref(name)) == 0
        return name.value.decode("ascii", "replace") if is_known and name.value else None

    def ask(self, name, kind, *arguments):
        """What a function writes into its first argument."""
        answer = kind()
        self.call(name, ctypes.byref(answer), *arguments)
        return answer

    def version(self):
        """`12.8`: the newest CUDA it takes."""
        number = self.ask("cuDriverGetVersion", ctypes.c_int).value
        return "%d.%d" % (number // 1000, number % 1000 // 10)

    def gpus(self):
        count = self.ask("cuDeviceGetCount", ctypes.c_int).value
        return [self.describe(self.ask("cuDeviceGet", ctypes.c_int, gpu)) for gpu in range(count)]

    def describe(self, device):
        name = ctypes.create_string_buffer(256)
        self.call("cuDeviceGetName", name, len(name), device)
        memory_bytes = self.ask("cuDeviceTotalMem_v2", ctypes.c_size_t, device).value
        return {"name": name.value.decode("utf-8", "replace"), "memoryBytes": memory_bytes, "driver": None}

    def product(self, gpu, left, right):
        """Of two matrices, rows one after the other, computed by the GPU. For a thread that does nothing else."""
        device = self.ask("cuDeviceGet", ctypes.c_int, gpu)
        self.call("cuCtxSetCurrent", self.ask("cuDevicePrimaryCtxRetain", POINTER, device))
        places = [self.ask("cuMemAlloc_v2", ADDRESS, MATRIX_BYTES) for _ in range(3)]
        for place, matrix in zip(places, (left, right)):
            self.call("cuMemcpyHtoD_v2", place, matrix, MATRIX_BYTES)
        module = self.ask("cuModuleLoadData", POINTER, PTX)
        kernel = self.ask("cuModuleGetFunction", POINTER, module, b"product")
        arguments = places + [ctypes.c_uint32(SIDE)]
        pointers = (POINTER * len(arguments))(*[ctypes.addressof(argument) for argument in arguments])
        self.call("cuLaunchKernel", kernel, SIDE, 1, 1, SIDE, 1, 1, 0, None, pointers, None)
        self.call("cuCtxSynchronize")
        product = (ctypes.c_float * (SIDE * SIDE))()
        self.call("cuMemcpyDtoH_v2", product, places[2], MATRIX_BYTES)
        return list(product)


def look_at_cuda(say):
    """Says what GPUs CUDA sees, then of each whether it computes. They work at once: one that hangs holds up none."""
    try:
        driver = CudaDriver.load()
    except (OSError, AttributeError) as error:
        say(ok=None, code=None, message="its library cannot be loaded, %s" % error)
        return
    try:
        driver.call("cuInit", 0)
        gpus = driver.gpus()
        say(version=driver.version(), gpus=gpus)
    except CudaError as error:
        say(ok=None if error.code in INCONCLUSIVE_ERRORS else False, code=error.code, message=str(error))
        return
    columns = [[(2 * step + 3 * column) % 5 - 2 for step in range(SIDE)] for column in range(SIDE)]
    rows = [[(3 * row + 5 * step) % 7 - 3 for step in range(SIDE)] for row in range(SIDE)]
    left = (ctypes.c_float * (SIDE * SIDE))(*[value for row in rows for value in row])
    right = (ctypes.c_float * (SIDE * SIDE))(*[column[step] for step in range(SIDE) for column in columns])
    expected = [sum(map(operator.mul, row, column)) for row in rows for column in columns]

    def look_at_gpu(gpu):
        begun = time.monotonic()
        ok, code, message = True, None, None
        try:
            if driver.product(gpu, left, right) != expected:
                ok, message = False, "its results are wrong"
        except CudaError as error:
            code, message = error.code, str(error)
            ok = None if code in INCONCLUSIVE_ERRORS else False
        say(gpu=gpu, ok=ok, code=code, message=message, seconds=round(time.monotonic() - begun, 3))

    threads = [threading.Thread(target=look_at_gpu, args=(gpu,)) for gpu in range(len(gpus))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def look_by_torch(say):
    """The same by the first PyTorch of the machine that sees a GPU."""
    for path in dict.fromkeys([sys.executable, *IMAGE_PYTHONS]):
        try:
            answer = subprocess.run(
                [path, "-c", TORCH_PRODUCTS],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            continue
        verdicts = [json.loads(line) for line in answer.stdout.splitlines() if line.startswith(b"{")]
        if verdicts:
            for verdict in verdicts:
                say(**verdict)
            return


def look_at_disk(say, root, wanted_bytes):
    try:
        os.makedirs(root, 0o700, exist_ok=True)
        disk = os.statvfs(root)
        free_bytes = disk.f_bavail * disk.f_frsize
        say(freeBytes=free_bytes)
        say(writeBytesPerSecond=write_speed(root, min(wanted_bytes, free_bytes // 2)))
    except OSError as error:
        why = "its folder %s cannot be written (%s)" % (root, error.strerror or error)
        say(problems=[problem("disk-fails", "Its disk does not work: %s." % why)])


def write_speed(folder, total_bytes):
    """Bytes a second that reach the disk. The file has no name while it is written, so nothing is left of it."""
    path = os.path.join(folder, ".health-%s" % os.urandom(4).hex())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.unlink(path)
    block = os.urandom(BLOCK_BYTES)
    written = unsynced = 0
    begun = time.monotonic()
    while written < total_bytes and time.monotonic() - begun < WRITING_SECONDS:
        count = os.write(descriptor, block[: total_bytes - written])
        written += count
        unsynced += count
        if unsynced >= SYNC_BYTES:
            os.fsync(descriptor)
            unsynced = 0
    os.fsync(descriptor)
    return int(written / max(time.monotonic() - begun, 1e-6))


if __name__ == "__main__":
    main()
