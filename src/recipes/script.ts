import { l10n } from '../l10n.js';
import { nearestName } from '../nearest.js';
import type { DatasetFolder } from './datasets/datasetFolder.js';
import { folderProblems } from './datasets/folderProblems.js';
import { problem, type Problem } from './datasets/problem.js';
import { pyprojectName, readPyproject } from './datasets/pyproject.js';
import { importedPackages } from './datasets/pythonImports.js';
import { readRequirements } from './datasets/requirements.js';
import { textOf } from './parameterValues.js';
import type {
  CheckResult,
  Command,
  Environment,
  Fit,
  Parameter,
  Parameters,
  ParameterValue,
  Recipe,
  SecretNeed,
} from './recipe.js';
import { splitArguments } from './splitArguments.js';

const requirementsName = 'requirements.txt';
const usualEntries = ['train.py', 'main.py', 'run.py'];
/** What runtime/trainyard.py itself needs. */
const oldestPython = '3.8';

export const huggingFaceToken = 'HF_TOKEN';
/** No other key can be asked for: a run file is often somebody else's. */
export const tokenParameter = 'hfToken';

const parameters: readonly Parameter[] = [
  { name: 'entry', type: 'string', default: 'train.py', help: 'The Python file of the folder to run.' },
  {
    name: 'args',
    type: 'string',
    default: '',
    help: 'Arguments for it as you would type them; other parameters are added as --name value.',
  },
  {
    name: tokenParameter,
    type: 'boolean',
    default: false,
    advanced: true,
    help: 'Gives the script your Hugging Face token as HF_TOKEN, for models and data that need one.',
  },
];

export const script: Recipe = {
  id: 'script',
  get title() {
    return l10n.t('Your own Python script');
  },
  get summary() {
    return l10n.t('Runs train.py of the folder with the packages it asks for.');
  },
  image: 'pytorch',
  parameters,
  freeParameters: true,
  detect,
  check,
  environment: async (folder, _parameters, signal) => (await readEnvironment(folder, signal)).environment,
  secrets,
  command,
};

async function detect(folder: DatasetFolder, signal: AbortSignal): Promise<Fit | undefined> {
  const scripts = await topLevelScripts(folder, signal);
  const entry = usualEntries.find((name) => scripts.includes(name)) ?? scripts[0];
  if (entry === undefined) return undefined;
  return { score: entry === usualEntries[0] ? 0.9 : 0.2, why: `has a ${entry}` };
}

async function check(folder: DatasetFolder, given: Parameters, signal: AbortSignal): Promise<CheckResult> {
  const { environment, source, problems } = await readEnvironment(folder, signal);
  const entry = toPosix(textOf(given, 'entry'));
  return {
    problems: [
      ...(await folderProblems(folder, signal)),
      ...(await entryProblems(folder, entry, source === undefined, signal)),
      ...windowsPathProblems(given),
      ...problems,
    ],
    summary: {
      entry,
      files: (await folder.files(signal)).length,
      arguments: toArguments(given),
      requirements: environment.requirements,
    },
  };
}

function secrets(given: Parameters): readonly SecretNeed[] {
  if (given[tokenParameter] !== true) return [];
  const why = 'Make a token with read access at https://huggingface.co/settings/tokens.';
  return [{ name: huggingFaceToken, required: false, why }];
}

function command(given: Parameters): Command {
  const params = Object.fromEntries(freeOf(given));
  return { kind: 'script', file: toPosix(textOf(given, 'entry')), args: toArguments(given), params };
}

/** `args` first, then every free parameter, so that one of these overrides what `args` says. */
function toArguments(given: Parameters): string[] {
  return [
    ...splitArguments(textOf(given, 'args')),
    ...freeOf(given).flatMap(([name, value]) => toOption(name, value)),
  ];
}

function freeOf(given: Parameters): [name: string, value: ParameterValue][] {
  return Object.entries(given).filter(([name]) => !parameters.some((parameter) => parameter.name === name));
}

/** `true` is a flag, `false` its absence; a value that looks like an option is joined to its name. */
function toOption(name: string, value: ParameterValue): string[] {
  const text = String(value);
  if (text === 'true') return [`--${name}`];
  if (text === 'false') return [];
  return text.startsWith('-') ? [`--${name}=${text}`] : [`--${name}`, text];
}

interface ScriptEnvironment {
  readonly environment: Environment;
  /** The file that lists the packages. */
  readonly source: string | undefined;
  readonly problems: readonly Problem[];
}

/** requirements.txt says more precisely what to install than pyproject.toml and goes before it. */
async function readEnvironment(folder: DatasetFolder, signal: AbortSignal): Promise<ScriptEnvironment> {
  const project = (await folder.find(pyprojectName, signal))
    ? await readPyproject(folder, signal)
    : undefined;
  const minimumPython = project?.minimumPython ?? oldestPython;
  if (await folder.find(requirementsName, signal)) {
    const { requirements, constraints, problems } = await readRequirements(folder, requirementsName, signal);
    const environment = { ...toEnvironment(requirements, minimumPython), constraints };
    return { environment, source: requirementsName, problems };
  }
  return {
    environment: toEnvironment(project?.requirements ?? [], minimumPython),
    source: project && project.requirements.length > 0 ? pyprojectName : undefined,
    problems: project?.problems ?? [],
  };
}

/** PyTorch comes in builds for drivers, so that the machine says which one is taken. */
function toEnvironment(requirements: readonly string[], minimumPython: string): Environment {
  const torch = requirements.some((line) => /^torch(vision|audio)?(?![\w.-])/i.test(line));
  return { requirements, minimumPython, ...(torch && { torch }) };
}

async function entryProblems(
  folder: DatasetFolder,
  entry: string,
  withoutPackages: boolean,
  signal: AbortSignal,
): Promise<Problem[]> {
  const file = await folder.find(entry, signal);
  if (!file) return [await entryMissing(folder, entry, signal)];
  const source = await folder.text(entry, signal);
  if (source.trim() === '') {
    return [
      problem('error', 'script.entry-empty', `${entry} is empty; there is nothing to run.`, { file: entry }),
    ];
  }
  return withoutPackages ? undeclaredImports(entry, source) : [];
}

async function entryMissing(folder: DatasetFolder, entry: string, signal: AbortSignal): Promise<Problem> {
  const scripts = (await folder.files(signal))
    .map((file) => file.path)
    .filter((path) => path.endsWith('.py'));
  const near =
    nearestName(entry, scripts) ?? usualEntries.find((name) => scripts.includes(name)) ?? scripts[0];
  const fix =
    near === undefined ? `Add a ${entry}, or choose another recipe.` : `Set entry=${near} to run that file.`;
  return problem('error', 'script.entry-missing', `The folder has no ${entry} to run.`, { fix });
}

/** Without a list of packages the machine's own Python is used, and it has only what somebody installed there. */
function undeclaredImports(entry: string, source: string): Problem[] {
  const packages = importedPackages(source);
  if (packages.length === 0) return [];
  const message = `${entry} imports ${packages.join(', ')}, but the folder has no ${requirementsName}; the machine's own Python must have them.`;
  const fix = `List them in ${requirementsName} to have them installed.`;
  return [problem('warning', 'script.undeclared-import', message, { file: entry, fix })];
}

function windowsPathProblems(given: Parameters): Problem[] {
  return toArguments(given)
    .filter((argument) => /^(?:--[\w.-]+=)?[A-Za-z]:[\\/]/.test(argument))
    .map((argument) => {
      const message = `The argument ${argument} is a path of Windows, and the training runs on Linux.`;
      return problem('error', 'script.windows-path', message, {
        fix: 'Give the path inside the folder, with /.',
      });
    });
}

async function topLevelScripts(folder: DatasetFolder, signal: AbortSignal): Promise<string[]> {
  return (await folder.files(signal)).map((file) => file.path).filter((path) => /^[^/]+\.py$/.test(path));
}

function toPosix(path: string): string {
  return path.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
}
