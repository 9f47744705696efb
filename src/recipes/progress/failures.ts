/** Why a training failed, for a person. */
export interface Failure {
  /** Stable; a button may hang on it: `cuda-out-of-memory`. */
  readonly code: string;
  /** One sentence of what happened. */
  readonly message: string;
  /** One sentence of what to do. */
  readonly fix: string;
}

interface Cause {
  readonly code: string;
  /** Found in a line of the failure. */
  readonly pattern: RegExp;
  /** A line like this is a failure even without a traceback around it. */
  readonly standsAlone?: RegExp;
  readonly message: (match: RegExpExecArray) => string;
  readonly fix: string;
}

const say = (sentence: string) => (): string => sentence;

/** In order of confidence: the first that is found in a failure names it. */
const causes: readonly Cause[] = [
  {
    code: 'cuda-out-of-memory',
    pattern:
      /(?:CUDA|HIP|MPS backend) out of memory|OutOfMemoryError|CUDA error: out of memory|CUBLAS_STATUS_ALLOC_FAILED|cudaErrorMemoryAllocation|OOM when allocating tensor|RESOURCE_EXHAUSTED/,
    standsAlone: /(?:CUDA|HIP|MPS backend) out of memory|CUDA error: out of memory|OutOfMemoryError: /,
    message: say('The GPU ran out of memory.'),
    fix: 'Halve the batch size (or use a smaller model, image size or sequence length), or rent a GPU with more memory.',
  },
  {
    code: 'disk-full',
    pattern:
      /No space left on device|PytorchStreamWriter failed writing|unexpected pos \d+ vs|Disk quota exceeded/,
    standsAlone: /No space left on device|Disk quota exceeded/,
    message: say('The disk of the machine is full.'),
    fix: 'Keep fewer checkpoints, free space, or rent a machine with a larger disk.',
  },
  {
    code: 'dataloader-worker',
    pattern:
      /DataLoader worker \(pid\(?s?\)?[^)]{0,60}\).{0,30}(?:exited unexpectedly|is killed by signal)|\b_?queue\.Empty\b|Bus error|shared memory \(shm\)|unable to open shared memory object|received 0 items of ancdata/,
    standsAlone:
      /DataLoader worker \(pid.{0,60}(?:exited unexpectedly|is killed by signal)|Bus error \(core dumped\)/,
    message: say('A process that loads data died, most likely for lack of memory or shared memory.'),
    fix: 'Use fewer data loading workers (0 always works), or a machine with more memory.',
  },
  {
    code: 'out-of-memory',
    pattern:
      /DefaultCPUAllocator: (?:can't allocate|not enough) memory|\bMemoryError\b|std::bad_alloc|Cannot allocate memory|oom-kill|Out of memory: Killed process|oom_kill/,
    standsAlone:
      /DefaultCPUAllocator: |std::bad_alloc|oom-kill|Out of memory: Killed process|Detected \d+ oom_kill/,
    message: say('The machine ran out of memory (RAM).'),
    fix: 'Load less data at once (fewer workers, no caching in RAM), or rent a machine with more memory.',
  },
  {
    code: 'killed',
    pattern:
      /(?:^|[^A-Za-z])(?:Killed|killed)\s*$|: killed {2,}|\bKilled {1,}python|\bSIGKILL\b|Signal 9|exitcode: -9/,
    standsAlone: /(?:^|[\s\d.:)\]])(?:Killed|killed)\s*$|: killed {2,}|\bKilled {1,}python/,
    message: say('The training was killed by the system, most likely because the machine ran out of memory.'),
    fix: 'Load less data at once (fewer workers, no caching in RAM), or rent a machine with more memory.',
  },
  {
    code: 'missing-module',
    pattern: /No module named '?([\w.]{1,100})'?|the package (\w{1,100}) seems to be not installed/,
    message: ([, module, name = module ?? '']) =>
      `The Python module ${name} is not installed in the environment of the training.`,
    fix: 'Add the package to the requirements of the recipe and run again.',
  },
  {
    code: 'missing-library',
    pattern: /\b(lib(?!cu|nv|nccl)[\w+.-]{1,80}\.so[\w.]{0,20}): cannot open shared object file/,
    message: ([, name = '']) => `The system library ${name} is not installed on the machine.`,
    fix: 'Use a machine image that has it; for libGL, install opencv-python-headless instead of opencv-python.',
  },
  {
    code: 'import-failed',
    pattern: /cannot import name '([\w.]{1,100})' from '([\w.]{1,100})'/,
    message: ([, name = '', module = '']) =>
      `${module} has no ${name}: the installed version of a package does not fit.`,
    fix: 'Pin the version of the package that the script was written for.',
  },
  {
    code: 'cuda-mismatch',
    pattern:
      /lib(?:cu|nv|nccl)[\w+.-]{1,80}: cannot open shared object file|no kernel image is available|sm_\d+ is not compatible|driver version is insufficient|NVIDIA driver on your system is too old|forward compatibility was attempted|unsupported display driver/,
    message: say('The installed CUDA build of the framework does not fit the GPU or its driver.'),
    fix: 'Install a build for this GPU and driver (newer GPUs need a newer PyTorch), or rent another GPU.',
  },
  {
    code: 'no-gpu',
    pattern:
      /Torch not compiled with CUDA enabled|No CUDA GPUs are available|Found no NVIDIA driver|not compiled with (?:GPU|CUDA) support|no CUDA-capable device|invalid device ordinal|CUDA unavailable, invalid device|Invalid CUDA 'device=/,
    message: say('The program wants a GPU and finds none that it can use.'),
    fix: 'Rent a machine with an NVIDIA GPU, install the CUDA build of the framework, or set the device to cpu.',
  },
  {
    code: 'label-range',
    pattern:
      /device-side assert triggered|Target -?\d+ is out of bounds|label must be in \[0,\s?1\]|Label class \d+ exceeds|Invalid classes inferred|t >= 0 && t < n_classes/,
    message: say('A label is outside the classes that the model knows.'),
    fix: 'Number the classes from 0 without gaps and set the number of classes to match the data.',
  },
  {
    code: 'nccl',
    pattern:
      /ncclUnhandledCudaError|ncclSystemError|ncclInternalError|ncclRemoteError|NCCL (?:error|timeout|communicator was aborted)|Watchdog caught collective operation timeout|ProcessGroupNCCL/,
    standsAlone: /Watchdog caught collective operation timeout|NCCL error in: /,
    message: say('The GPUs or machines could not talk to each other (NCCL).'),
    fix: 'Check that every process is alive and the network between them is open; run again with NCCL_DEBUG=INFO, or on one GPU.',
  },
  {
    code: 'gpu-fault',
    pattern:
      /uncorrectable ECC error|GPU is lost|fallen off the bus|CUDA error: (?:unknown error|hardware stack error)/,
    standsAlone: /GPU has fallen off the bus|Unable to determine the device handle.{0,80}GPU is lost/,
    message: say('The GPU of the machine is faulty.'),
    fix: 'Rent another machine, and resume from the newest checkpoint.',
  },
  {
    code: 'wandb-key',
    pattern:
      /wandb(?:\.errors)?.{0,60}(?:api_key not configured|No API key configured)|api_key not configured \(no-tty\)/,
    message: say('Weights & Biases asks for a key, and nobody can type one.'),
    fix: 'Set WANDB_API_KEY, or WANDB_MODE to disabled.',
  },
  {
    code: 'gated-model',
    pattern:
      /GatedRepoError|Cannot access gated repo|gated repo|401 Client Error|Access to model .{1,100} is restricted|Invalid user token/,
    message: say('The model needs an accepted licence and a Hugging Face token.'),
    fix: 'Accept the licence on the page of the model and add a Hugging Face token.',
  },
  {
    code: 'model-not-found',
    pattern:
      /RepositoryNotFoundError|is not a local folder and is not a valid model identifier|404 Client Error.{0,60}huggingface\.co/,
    message: say('The model or dataset was not found on Hugging Face.'),
    fix: 'Check the spelling of its name; a private one needs a token.',
  },
  {
    code: 'dataset-missing',
    pattern:
      /Dataset '([^']{1,500})'.{0,40}(?:not found|missing path|does not exist)|images not found,? missing path/,
    standsAlone: /^Dataset '[^']{1,500}' not found/,
    message: say('The dataset, or the images it names, were not found.'),
    fix: 'Check the paths in the data file: they are seen from the machine that trains.',
  },
  {
    code: 'dataset-invalid',
    pattern:
      /No labels found in|Dataset '[^']{1,500}' error|could not convert string to float|contains NaN|contains? missing values|Input X contains infinity|contains only one class|least populated class|inconsistent numbers of samples|No columns to parse from file|Error tokenizing data|Unknown label type|DataFrame\.dtypes for data must be|requires equal numbers of boxes and segments|No (?:valid )?images found/,
    message: say('The dataset does not fit what the training expects.'),
    fix: 'Run the dataset check; it names the file and line.',
  },
  {
    code: 'port-in-use',
    pattern: /Address already in use|EADDRINUSE/,
    message: say('The port of the distributed training is taken by another process.'),
    fix: 'Stop the other training, or set another MASTER_PORT.',
  },
  {
    code: 'bf16-unsupported',
    pattern: /doesn't support bf16|bf16.{0,40}(?:not supported|unsupported)|Bfloat16 is only supported/i,
    message: say('The GPU cannot compute in bf16.'),
    fix: 'Set bf16 to false and fp16 to true.',
  },
  {
    code: 'tokenizer',
    pattern:
      /tokenizer does not have a padding token|chat_template is not set|Cannot use chat template|jinja2\.exceptions\.|Tokenizer class \S{1,80} does not exist|Can't load tokenizer|Couldn't instantiate the backend tokenizer|apply_chat_template/,
    message: say('The tokenizer or its chat template does not fit the model or the data.'),
    fix: 'Use the tokenizer of the same model, set a padding token, and give a chat template when the data are chats.',
  },
  {
    code: 'bad-argument',
    pattern:
      /is not a valid YOLO argument|unrecognized arguments|got an unexpected keyword argument|the following arguments are required|invalid choice: /,
    message: say('The program was given an argument it does not know or lacks one.'),
    fix: 'Check the spelling of the parameters against the installed version.',
  },
  {
    code: 'network',
    pattern:
      /Max retries exceeded|Name or service not known|Temporary failure in name resolution|Could not resolve host|Connection (?:refused|reset by peer|timed out)|LocalEntryNotFoundError|We couldn't connect to|Download failure/,
    message: say('Something could not be downloaded.'),
    fix: 'Check the network of the machine and the address, and run again.',
  },
  {
    code: 'permission-denied',
    pattern: /PermissionError|Permission denied/,
    message: say('The training may not read or write a file.'),
    fix: 'Write to the output folder, and check who owns the files it reads.',
  },
  {
    code: 'file-missing',
    pattern:
      /(?:No such file or directory|Not a directory)(?::? '?([^'\n]{1,500})'?)?|FileNotFoundError|NotADirectoryError/,
    message: ([, path]) => (path === undefined ? 'A file was not found.' : `The file ${path} was not found.`),
    fix: 'Check the path: it is seen from the machine that trains, inside the uploaded folder.',
  },
  {
    code: 'encoding',
    pattern: /Unicode(?:De|En)codeError/,
    message: say('A text is not UTF-8.'),
    fix: 'Save the file as UTF-8, or name its encoding where it is read.',
  },
  {
    code: 'missing-column',
    pattern: /^(?:.{0,20})?KeyError: (.{1,100})/,
    message: ([, name = '']) => `There is no column or key ${name}.`,
    fix: 'Check the names of the columns and keys that the script uses.',
  },
  {
    code: 'shape-mismatch',
    pattern:
      /shapes? cannot be multiplied|size mismatch for|must match the size of tensor|shape '.{1,80}' is invalid for input|Input and hidden tensors|expected input.{0,60}to have \d+ channels/,
    message: say('The shapes of the data and the model do not fit together.'),
    fix: 'Check the size of the input, the number of classes, and that a checkpoint belongs to this model.',
  },
  {
    code: 'interrupted',
    pattern: /\bKeyboardInterrupt\b|DUE TO (?:TIME LIMIT|PREEMPTION)|CANCELLED AT/,
    standsAlone: /^KeyboardInterrupt\b|Detected KeyboardInterrupt|DUE TO (?:TIME LIMIT|PREEMPTION)/,
    message: say('The training was interrupted.'),
    fix: 'Resume it from its newest checkpoint.',
  },
  {
    code: 'crash',
    pattern:
      /Segmentation fault|access violation|illegal memory access was encountered|3221225477|0xC0000005|Aborted \(core dumped\)|Illegal instruction|Fatal Python error|terminate called after throwing|SIGSEGV|SIGABRT/,
    standsAlone:
      /^.{0,200}Segmentation fault|Aborted \(core dumped\)|^Illegal instruction|^Fatal Python error|^terminate called after throwing|exit status 3221225477/,
    message: say('The program crashed in native code.'),
    fix: 'Check that the versions of the framework, CUDA and driver fit together, and run again.',
  },
];

/** The cause that a text names, best first; undefined when it names none. */
export function findCause(text: string): { readonly failure: Failure; readonly rank: number } | undefined {
  for (const [rank, { code, pattern, message, fix }] of causes.entries()) {
    const match = pattern.exec(text);
    if (match) {
      return { failure: { code, message: message(match), fix }, rank };
    }
  }
  return undefined;
}

/** Whether a single line, without a traceback, says that the training failed. */
export function isFailureByItself(text: string): boolean {
  return causes.some(({ standsAlone }) => standsAlone?.test(text));
}

export const lossIsNan: Failure = {
  code: 'loss-nan',
  message: 'The loss became NaN or infinite, so nothing was learned from there on.',
  fix: 'Lower the learning rate, clip the gradients, and look for NaN in the data; fp16 may need bf16.',
};

export const lossIsZero: Failure = {
  code: 'loss-zero',
  message: 'The loss is exactly 0 at every step, so nothing is learned.',
  fix: 'Check that the data have labels, that something is trainable, and that the precision fits the GPU.',
};

/** A traceback whose last line is missing or tells nothing that we know. */
export function unknownFailure(exceptionLine: string | undefined): Failure {
  return {
    code: 'exception',
    message:
      exceptionLine === undefined
        ? 'The program ended with an error; its last line is not in the log.'
        : `The program ended with ${exceptionLine}.`,
    fix: 'Read the end of the log; the last frames name the line of the script.',
  };
}

/** What a process's end means when its output says nothing: `undefined` for exit code 0. */
export function failureOfExit(code: number | null, signal: string | null): Failure | undefined {
  if (code === 0) {
    return undefined;
  }
  return (
    exits.find(
      ({ codes, signals }) => codes.includes(code ?? -1) || (signal !== null && signals.includes(signal)),
    )?.failure ?? otherExit(code, signal)
  );
}

const exits: readonly { codes: readonly number[]; signals: readonly string[]; failure: Failure }[] = [
  {
    codes: [130],
    signals: ['SIGINT'],
    failure: {
      code: 'interrupted',
      message: 'The training was interrupted.',
      fix: 'Resume it from its newest checkpoint.',
    },
  },
  {
    codes: [137],
    signals: ['SIGKILL'],
    failure: {
      code: 'killed',
      message: 'The training was killed, most likely because the machine or its container ran out of memory.',
      fix: 'Load less data at once (fewer workers, no caching in RAM), or rent a machine with more memory.',
    },
  },
  {
    codes: [143],
    signals: ['SIGTERM'],
    failure: {
      code: 'stopped',
      message: 'The training was stopped, or the machine was shut down.',
      fix: 'Resume it from its newest checkpoint.',
    },
  },
  {
    codes: [134],
    signals: ['SIGABRT'],
    failure: {
      code: 'crash',
      message: 'The program aborted in native code; a full disk while saving does that too.',
      fix: 'Check the free space on the disk, and that the versions of the framework, CUDA and driver fit together.',
    },
  },
  {
    codes: [139, 3221225477, -1073741819],
    signals: ['SIGSEGV', 'SIGBUS'],
    failure: {
      code: 'crash',
      message: 'The program crashed in native code (segmentation fault).',
      fix: 'Check that the versions of the framework, CUDA and driver fit together, and run again.',
    },
  },
];

function otherExit(code: number | null, signal: string | null): Failure {
  if (signal !== null) {
    return {
      code: 'signal',
      message: `The training was ended by ${signal}.`,
      fix: 'Read the end of the log, and resume it from its newest checkpoint.',
    };
  }
  if (code === null) {
    return {
      code: 'unknown',
      message: 'Nobody saw how the training ended.',
      fix: 'Look at the process and the log on the machine.',
    };
  }
  return {
    code: 'exit-code',
    message: `The program ended with exit code ${code} and said no more.`,
    fix: 'Read the end of the log.',
  };
}
