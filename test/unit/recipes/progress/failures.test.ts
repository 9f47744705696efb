import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { read } from './reading.js';

/** The last line of a traceback, and the code of what it means. */
const exceptions: readonly (readonly [string, string])[] = [
  ['torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB', 'cuda-out-of-memory'],
  ['RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate', 'cuda-out-of-memory'],
  ['OSError: [Errno 28] No space left on device', 'disk-full'],
  ['RuntimeError: [enforce fail at inline_container.cc:300] . unexpected pos 64 vs 0', 'disk-full'],
  ['RuntimeError: DataLoader worker (pid(s) 6917) exited unexpectedly', 'dataloader-worker'],
  ['_queue.Empty', 'dataloader-worker'],
  [
    "RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes",
    'out-of-memory',
  ],
  ['MemoryError: bad allocation', 'out-of-memory'],
  ["ModuleNotFoundError: No module named 'polars'", 'missing-module'],
  ['ImportError: libGL.so.1: cannot open shared object file: No such file or directory', 'missing-library'],
  ['OSError: libcudart.so.11.0: cannot open shared object file: No such file', 'cuda-mismatch'],
  ['ImportError: the package flash_attn seems to be not installed', 'missing-module'],
  ['RuntimeError: CUDA error: uncorrectable ECC error encountered', 'gpu-fault'],
  ['RuntimeError: CUDA error: an illegal memory access was encountered', 'crash'],
  ['wandb.errors.UsageError: api_key not configured (no-tty). call wandb.login()', 'wandb-key'],
  ["ImportError: cannot import name 'Trainer' from 'transformers'", 'import-failed'],
  ['RuntimeError: CUDA error: no kernel image is available for execution on the device', 'cuda-mismatch'],
  ['AssertionError: Torch not compiled with CUDA enabled', 'no-gpu'],
  ['IndexError: Target 3 is out of bounds.', 'label-range'],
  ['RuntimeError: CUDA error: device-side assert triggered', 'label-range'],
  ['torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:1', 'nccl'],
  ['huggingface_hub.errors.GatedRepoError: 401 Client Error.', 'gated-model'],
  [
    "OSError: gpt9 is not a local folder and is not a valid model identifier listed on 'https://huggingface.co/models'",
    'model-not-found',
  ],
  ["RuntimeError: Dataset 'data.yaml' images not found, missing path '/data/val'", 'dataset-missing'],
  ["ValueError: could not convert string to float: 'x'", 'dataset-invalid'],
  ['OSError: [Errno 98] Address already in use', 'port-in-use'],
  ["ValueError: Your setup doesn't support bf16/gpu.", 'bf16-unsupported'],
  ['ValueError: Asking to pad but the tokenizer does not have a padding token', 'tokenizer'],
  ["SyntaxError: 'epohcs' is not a valid YOLO argument", 'bad-argument'],
  ['requests.exceptions.ConnectionError: Max retries exceeded with url: /x', 'network'],
  ["PermissionError: [Errno 13] Permission denied: '/data'", 'permission-denied'],
  ["FileNotFoundError: [Errno 2] No such file or directory: '/data/train.csv'", 'file-missing'],
  ["UnicodeDecodeError: 'utf-8' codec can't decode byte 0xe9", 'encoding'],
  ["KeyError: 'label'", 'missing-column'],
  ['RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x7 and 8x1)', 'shape-mismatch'],
  ['KeyboardInterrupt', 'interrupted'],
  ['ValueError: something nobody has seen before', 'exception'],
];

describe('a traceback', () => {
  for (const [line, code] of exceptions) {
    it(`that ends in "${line.slice(0, 60)}" means ${code}`, () => {
      const { error } = read(
        `Epoch 1/5 loss: 0.5\nTraceback (most recent call last):\n  File "train.py", line 3, in <module>\n${line}\n`,
      ).summary;
      assert.ok(error);
      assert.equal(error.code, code);
      assert.match(error.message, /^[A-Z\w].*[.]$/);
      assert.match(error.fix, /\.$/);
    });
  }

  it('may be glued behind a bar, have its message on the next line, or its end cut off', () => {
    assert.equal(
      read('Steps:   0%|          | 0/300 [00:00<?, ?it/s]Traceback (most recent call last):\n').summary.error
        ?.code,
      'exception',
    );
    assert.equal(
      read("FileNotFoundError: \nDataset '/d/data.yaml' not found, missing paths ['/d/valid']\n").summary
        .error?.code,
      'dataset-missing',
    );
  });

  it('is forgotten when the training goes on, but not when the exit code says that it failed', () => {
    const log = `Traceback (most recent call last):\nValueError: caught\n${[1, 2, 3].map((epoch) => `Epoch ${epoch}/9 loss: 0.5\n`).join('')}`;
    const { error, warnings } = read(log).summary;
    assert.equal(error, null);
    assert.equal(warnings.length, 1);
    assert.equal(read(log, { code: 1 }).summary.error?.code, 'exception');
  });

  it('of an exception that Python ignored is none', () => {
    const { error } = read(
      'Exception ignored in: <function Iter.__del__ at 0x7f>\nTraceback (most recent call last):\nAssertionError: can only test a child process\n',
    ).summary;
    assert.equal(error, null);
  });
});

describe('without a traceback', () => {
  const deaths: readonly (readonly [string, string])[] = [
    ['319/450 [===========>....] - ETA: 17:28 - loss: 20.6688 - class_loss: 0.6522Killed', 'killed'],
    ['zsh: killed     python3 train.py', 'killed'],
    ['Error running job: CUDA error: out of memory', 'cuda-out-of-memory'],
    [
      '[rank0]:[E1218 ProcessGroupNCCL.cpp:629] [Rank 0] Watchdog caught collective operation timeout: WorkNCCL',
      'nccl',
    ],
    ['Segmentation fault (core dumped)', 'crash'],
    ['trainer/call.py:54: Detected KeyboardInterrupt, attempting graceful shutdown...', 'interrupted'],
  ];
  for (const [line, code] of deaths) {
    it(`"${line.slice(-50)}" means ${code}`, () => {
      assert.equal(read(`${line}\n`).summary.error?.code, code);
    });
  }

  it('warnings, skipped batches and words like error are no failure', () => {
    const { error, warnings } = read(
      'ConvergenceWarning: lbfgs failed to converge\n# OOM during training step, skipping batch 1/3 #\nTest Error: \n Accuracy: 44.7%\nepoch train_loss error_rate\nval: /d/013.jpg: ignoring corrupt image/label\n',
    ).summary;
    assert.equal(error, null);
    assert.equal(warnings.length, 1);
  });
});

describe('the loss', () => {
  const losses = (...values: readonly string[]): string =>
    values.map((value, step) => `step ${step} loss: ${value}\n`).join('');

  it('is an error when it stays NaN, and none when it was once', () => {
    assert.equal(read(losses('0.5', 'nan', 'nan', 'inf')).summary.error?.code, 'loss-nan');
    assert.equal(read(losses('0.5', 'nan', '0.4')).summary.error, null);
  });

  it('is an error when it is exactly 0 from beginning to end', () => {
    assert.equal(read(losses('0', '0', '0')).summary.error?.code, 'loss-zero');
    assert.equal(read(losses('0.1', '0', '0')).summary.error, null);
  });

  it('of 0 with a NaN gradient is a NaN that the Trainer hid', () => {
    const dict = "{'loss': 0.0, 'grad_norm': nan, 'learning_rate': 1e-05, 'epoch': 0.1}\n";
    assert.equal(read(dict.repeat(3)).summary.error?.code, 'loss-nan');
  });

  it('only warns when the program itself ended well', () => {
    const { error, warnings, finished } = read(losses('nan', 'nan', 'nan'), { code: 0 }).summary;
    assert.deepEqual([error, finished], [null, true]);
    assert.ok(warnings.some((warning) => warning.includes('NaN')));
  });
});

describe('the exit', () => {
  const meanings: readonly (readonly [number | null, string | null, string])[] = [
    [1, null, 'exit-code'],
    [130, null, 'interrupted'],
    [137, null, 'killed'],
    [null, 'SIGKILL', 'killed'],
    [143, null, 'stopped'],
    [null, 'SIGTERM', 'stopped'],
    [134, null, 'crash'],
    [139, null, 'crash'],
    [3221225477, null, 'crash'],
    [null, null, 'unknown'],
  ];
  for (const [code, signal, meaning] of meanings) {
    it(`${code ?? signal ?? 'nobody saw'} of a silent program means ${meaning}`, () => {
      assert.equal(read('Epoch 1/5 loss: 0.5\n', { code, signal }).summary.error?.code, meaning);
    });
  }

  it('decides: 0 is no error whatever was printed, and what was printed explains another', () => {
    const log = 'Traceback (most recent call last):\nMemoryError\n';
    assert.equal(read(log, { code: 0 }).summary.error, null);
    assert.equal(read(log, { code: 1 }).summary.error?.code, 'out-of-memory');
  });
});
