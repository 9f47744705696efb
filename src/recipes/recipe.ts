import type { Problem } from './datasets/problem.js';
import type { DatasetFolder } from './datasets/datasetFolder.js';

/** How to train: what a folder must hold, what the user may set, what runs, where the model lands. */
export interface Recipe {
  readonly id: string;
  /** `scikit-learn on a table` */
  readonly title: string;
  /** One plain sentence for the picker. */
  readonly summary: string;
  /** Most important first. */
  readonly parameters: readonly Parameter[];
  /** Parameters of other names are accepted too and reach the training as they are given. */
  readonly freeParameters?: boolean;
  /**
   * What a rented machine starts with, where its provider has images to choose from: `pytorch` when the training uses
   * PyTorch or may use it, so that it need not be installed; else `python`, which is smaller and boots sooner.
   */
  readonly image: 'pytorch' | 'python';
  /** The whole number that sets how many examples are learned from at once: halved when a GPU's memory is too small. */
  readonly batchParameter?: string;

  /** How well this recipe fits the folder and why; `undefined` when it does not fit at all. */
  detect(folder: DatasetFolder, signal: AbortSignal): Promise<Fit | undefined>;

  /** Everything that would make the training fail or disappoint, found before anything is started. */
  check(
    folder: DatasetFolder,
    parameters: Parameters,
    signal: AbortSignal,
    onProgress?: OnCheckProgress,
  ): Promise<CheckResult>;

  /** What the machine must have; absent when any will do. Rough, and on the safe side. */
  estimate?(folder: DatasetFolder, parameters: Parameters, signal: AbortSignal): Promise<Estimate>;

  /** Keys of the user's own accounts that the training needs, so that a missing one is said before anything starts. */
  secrets?(parameters: Parameters): readonly SecretNeed[];

  /** What must be installed where the training runs. */
  environment(folder: DatasetFolder, parameters: Parameters, signal: AbortSignal): Promise<Environment>;

  /** The program to start, as data; paths are filled in on the machine. */
  command(parameters: Parameters): Command;
}

/** Called now and then while a large dataset is looked at. */
export type OnCheckProgress = (done: number, total: number) => void;

export interface Estimate {
  /** Memory of one GPU; `null` when it trains well without one. */
  readonly vramGb: number | null;
  /** Free disk beside the dataset: packages, weights, caches, checkpoints, results. */
  readonly diskGb: number;
  /** Absent where nobody can tell, as for a script of the user's. */
  readonly hours?: TrainingHours;
}

/** How long a training takes: a guess that may be wrong by half, and rather long than short. */
export interface TrainingHours {
  /** On one NVIDIA V100, which published times are mostly for; a faster GPU takes less. */
  readonly gpu: number;
  /** Whatever GPU there is: files are opened, models loaded, trees grown by the processors. */
  readonly other: number;
}

/** A key that travels to the training's environment and is written down nowhere. */
export interface SecretNeed {
  /** The name of its environment variable: `HF_TOKEN`. */
  readonly name: string;
  /** Without it the training cannot begin; else it is only passed on when there is one. */
  readonly required: boolean;
  /** One sentence: what it is needed for, and where to get it. */
  readonly why: string;
}

export interface Fit {
  /** 0..1, comparable between recipes. */
  readonly score: number;
  /** `has a train.py`, `one CSV with 1,797 rows` */
  readonly why: string;
}

export interface CheckResult {
  readonly problems: readonly Problem[];
  /** What was found, for people and for `validate --json`: `{ rows: 1797, target: 'digit' }`. */
  readonly summary: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

export type ParameterValue = string | number | boolean;
export type Parameters = Readonly<Record<string, ParameterValue>>;

interface ParameterBase {
  readonly name: string;
  /** One plain sentence: what it does and when to change it. */
  readonly help: string;
  /** Shown only under *more…*. */
  readonly advanced?: boolean;
}
export type Parameter =
  | (ParameterBase & {
      readonly type: 'integer' | 'number';
      readonly minimum?: number;
      readonly maximum?: number;
      readonly default?: number;
    })
  | (ParameterBase & { readonly type: 'string'; readonly default?: string })
  | (ParameterBase & { readonly type: 'boolean'; readonly default?: boolean })
  | (ParameterBase & {
      readonly type: 'choice';
      readonly choices: readonly string[];
      readonly default?: string;
    });

/** What pip or uv must install. Equal content is one environment on a machine, whoever asks. */
export interface Environment {
  /**
   * Requirement specifiers, as in requirements.txt; empty means Python's standard library is enough. A recipe with a
   * lock states here the ranges it works with.
   */
  readonly requirements: readonly string[];
  /** Name of a file in `runtime/locks/`, without `.txt`: the versions the recipe was tested with, all of them. */
  readonly lock?: string;
  /**
   * The requirements hold PyTorch: the one of the machine's image is used when it sees the GPU, else the build that
   * fits the driver is installed.
   */
  readonly torch?: boolean;
  /** Version limits for whatever is installed, as in a pip constraints file. */
  readonly constraints?: readonly string[];
  /** `3.10`: the lowest Python the requirements work with. */
  readonly minimumPython: string;
}

/**
 * What the supervisor starts, with the environment's python:
 * `recipe` is a file of `runtime/recipes/`, driven by job.json;
 * `script` is a file of the dataset folder, run in a working copy of it.
 */
export type Command =
  | { readonly kind: 'recipe'; readonly file: string }
  | {
      readonly kind: 'script';
      readonly file: string;
      readonly args: readonly string[];
      /** What job.json calls `params`: without those that only say how to start it. */
      readonly params: Parameters;
    };
