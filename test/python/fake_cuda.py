"""A libcuda.so.1 for machines without a GPU: the functions of cuda.h that runtime/health.py calls, behind pointers to C
functions, and an interpreter for its PTX. The memory of the GPUs is ours.
"""

import ctypes
import os
import re
import signal
import struct
import threading
import time
from ctypes import POINTER, c_char_p, c_float, c_int, c_size_t, c_uint, c_uint64, c_void_p

ERROR_NAMES = {
    221: b"CUDA_ERROR_JIT_COMPILER_NOT_FOUND",
    700: b"CUDA_ERROR_ILLEGAL_ADDRESS",
    719: b"CUDA_ERROR_LAUNCH_FAILED",
    802: b"CUDA_ERROR_SYSTEM_NOT_READY",
}
MEMORY_BYTES = 24 * 1024 ** 3

#: As cuda.h declares them.
PROTOTYPES = {
    "cuInit": [c_uint],
    "cuDriverGetVersion": [POINTER(c_int)],
    "cuGetErrorName": [c_int, POINTER(c_char_p)],
    "cuDeviceGetCount": [POINTER(c_int)],
    "cuDeviceGet": [POINTER(c_int), c_int],
    "cuDeviceGetName": [c_void_p, c_int, c_int],
    "cuDeviceTotalMem_v2": [POINTER(c_size_t), c_int],
    "cuDevicePrimaryCtxRetain": [POINTER(c_void_p), c_int],
    "cuCtxSetCurrent": [c_void_p],
    "cuCtxSynchronize": [],
    "cuMemAlloc_v2": [POINTER(c_uint64), c_size_t],
    "cuMemcpyHtoD_v2": [c_uint64, c_void_p, c_size_t],
    "cuMemcpyDtoH_v2": [c_void_p, c_uint64, c_size_t],
    "cuModuleLoadData": [POINTER(c_void_p), c_char_p],
    "cuModuleGetFunction": [POINTER(c_void_p), c_void_p, c_char_p],
    "cuLaunchKernel": [c_void_p] + [c_uint] * 7 + [c_void_p, POINTER(c_void_p), POINTER(c_void_p)],
}


def install(gpus, init_errors, init_log):
    """From now on ctypes.CDLL("libcuda.so.1") is this.

    A GPU is {"fault": None, "wrong", "hangs", "crashes" or an error code}. `init_errors` are what cuInit answers, each
    once over all processes, counted in the file `init_log`.
    """
    library = Library(FakeCuda(gpus, init_errors, init_log))
    usual = ctypes.CDLL
    ctypes.CDLL = lambda name, *rest: library if name == "libcuda.so.1" else usual(name, *rest)


class Library:
    """What ctypes.CDLL would have opened."""

    def __init__(self, cuda):
        for name, arguments in PROTOTYPES.items():
            setattr(self, name, ctypes.CFUNCTYPE(c_int, *arguments)(getattr(cuda, name)))


class FakeCuda:
    def __init__(self, gpus, init_errors, init_log):
        self.gpus = gpus
        self.init_errors = init_errors
        self.init_log = init_log
        self.is_ready = False
        #: Of each thread: the GPU it uses.
        self.current = threading.local()
        #: Buffers by their address.
        self.memory = {}
        #: PTX and entry points by their handle.
        self.handles = {}

    def cuInit(self, flags):
        code = self.next_init_error()
        self.is_ready = code == 0
        return code

    def next_init_error(self):
        with open(self.init_log, "a+") as log:
            log.write("cuInit\n")
            log.seek(0)
            times = len(log.readlines())
        return (self.init_errors + [0])[min(times - 1, len(self.init_errors))]

    def cuGetErrorName(self, code, name):
        if code not in ERROR_NAMES:
            return 1
        name[0] = ERROR_NAMES[code]
        return 0

    def cuDriverGetVersion(self, version):
        version[0] = 12080
        return 0

    def cuDeviceGetCount(self, count):
        count[0] = len(self.gpus)
        return 0 if self.is_ready else 3

    def cuDeviceGet(self, device, ordinal):
        device[0] = ordinal
        return 0 if 0 <= ordinal < len(self.gpus) else 101

    def cuDeviceGetName(self, name, length, device):
        ctypes.memmove(name, b"Fake L4\0", min(length, 8))
        return 0

    def cuDeviceTotalMem_v2(self, total, device):
        total[0] = MEMORY_BYTES
        return 0

    def cuDevicePrimaryCtxRetain(self, context, device):
        context[0] = 0x7F0000000000 + device
        return 0

    def cuCtxSetCurrent(self, context):
        self.current.gpu = self.gpus[context - 0x7F0000000000]
        return 0

    def fault(self):
        return self.current.gpu.get("fault")

    def cuMemAlloc_v2(self, address, size):
        buffer = ctypes.create_string_buffer(size)
        address[0] = ctypes.addressof(buffer)
        self.memory[ctypes.addressof(buffer)] = buffer
        return 0

    def cuMemcpyHtoD_v2(self, target, source, size):
        ctypes.memmove(target, source, size)
        return 0

    def cuMemcpyDtoH_v2(self, target, source, size):
        ctypes.memmove(target, source, size)
        return 0

    def cuModuleLoadData(self, module, image):
        if self.fault() == 221:
            return 221
        self.handles[0x1000] = image.decode("ascii")
        module[0] = 0x1000
        return 0

    def cuModuleGetFunction(self, function, module, name):
        self.handles[0x2000] = Kernel(self.handles[module], name.decode("ascii"))
        function[0] = 0x2000
        return 0

    def cuLaunchKernel(self, function, grid, _y, _z, block, _block_y, _block_z, _shared, _stream, parameters, _extra):
        if isinstance(self.fault(), int):
            return self.fault()
        if self.fault() == "crashes":
            os.kill(os.getpid(), signal.SIGSEGV)
        try:
            written = self.handles[function].launch(grid, block, parameters, dict(self.memory))
        except IllegalAddress:
            return 700
        if self.fault() == "wrong":
            c_float.from_address(max(written)).value += 1
        return 0

    def cuCtxSynchronize(self):
        while self.fault() == "hangs":
            time.sleep(1)
        return 0


class IllegalAddress(Exception):
    pass


class Kernel:
    """One entry of a PTX module, as far as a matrix product needs: one-dimensional grids, the instructions below."""

    def __init__(self, ptx, name):
        entry = re.search(r"\.entry %s\((.*?)\)\s*\{(.*?)\}" % name, ptx, re.S)
        self.parameters = re.findall(r"\.param \.u(32|64) (\w+)", entry.group(1))
        self.registers = {
            register: kind
            for kind, names in re.findall(r"\.reg \.(\w+) ([^;]+);", entry.group(2))
            for register in re.split(r",\s*", names)
        }
        self.labels, self.code = {}, []
        for line in entry.group(2).strip().splitlines():
            text = line.strip()
            if text.endswith(":"):
                self.labels[text[:-1]] = len(self.code)
            elif not text.startswith(".reg"):
                self.code.append(re.match(r"(?:@(%\w+) )?([\w.]+)\s*(.*);$", text).groups())

    def launch(self, grid, block, parameters, memory):
        """All threads one after the other; the addresses that were written."""
        values = {
            name: (c_uint64 if bits == "64" else c_uint).from_address(parameters[index]).value
            for index, (bits, name) in enumerate(self.parameters)
        }
        written = set()
        for row in range(grid):
            for column in range(block):
                state = dict(values, **{"%ctaid.x": row, "%tid.x": column})
                Thread(self, state, memory, written).run()
        return written


class Thread:
    def __init__(self, kernel, state, memory, written):
        self.kernel = kernel
        self.state = state
        self.memory = memory
        self.written = written

    def run(self):
        position = 0
        while True:
            condition, name, operands = self.kernel.code[position]
            position += 1
            if condition and not self.state[condition]:
                continue
            if name == "ret":
                return
            if name == "bra":
                position = self.kernel.labels[operands]
            else:
                self.step(name, re.split(r",\s*", operands))

    def step(self, name, operands):
        operation, *kinds = name.split(".")
        target, *sources = operands
        if operation == "st":
            self.float_at(target).value = self.value(sources[0])
            self.written.add(self.address(target))
        elif operation == "ld":
            is_parameter = kinds[0] == "param"
            self.set(target, self.value(sources[0][1:-1]) if is_parameter else self.float_at(sources[0]).value)
        elif operation == "setp":
            assert kinds == ["lt", "u32"]
            self.state[target] = self.value(sources[0]) < self.value(sources[1])
        else:
            self.set(target, OPERATIONS[operation](*map(self.value, sources)))

    def value(self, operand):
        if operand in self.state:
            return self.state[operand]
        if operand.startswith("0f"):
            return struct.unpack(">f", bytes.fromhex(operand[2:]))[0]
        return int(operand)

    def set(self, register, value):
        """As wide as the register is declared."""
        kind = self.kernel.registers[register]
        self.state[register] = float(value) if kind == "f32" else value % 2 ** int(kind[1:])

    def address(self, operand):
        address = self.value(operand[1:-1])
        if not any(start <= address <= start + len(buffer) - 4 for start, buffer in self.memory.items()):
            raise IllegalAddress
        return address

    def float_at(self, operand):
        return c_float.from_address(self.address(operand))


OPERATIONS = {
    "cvta": lambda value: value,
    "mov": lambda value: value,
    "add": lambda left, right: left + right,
    "mul": lambda left, right: left * right,
    "fma": lambda left, right, more: left * right + more,
}
