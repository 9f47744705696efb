import { resolve } from 'node:path';
import { InputError, type ExitCode } from '../errors.js';
import { formatPlace } from '../jobs/place.js';
import { formatProblem, type Plan } from '../jobs/plan.js';
import { formatBytes } from '../format.js';
import { readSetOption } from '../recipes/parameters.js';
import { follow, isTrainingByItself } from './following.js';
import type { Terminal } from './terminal.js';
import type { Given, Verb } from './verb.js';

/** Options that choose a rented machine. They mean nothing for this computer or an SSH host, and say so. */
const rentalOptions = ['gpu', 'vram', 'gpus', 'nodes', 'max-price', 'budget'] as const;

export const train: Verb = {
  name: 'train',
  usage: '<folder or trainyard.yaml> [options]',
  summary: 'Trains on a dataset folder, or runs what a trainyard.yaml says, and brings the model here.',
  positionals: { least: 1, most: 1 },
  options: {
    provider: {
      type: 'string',
      value: 'P',
      help: 'where: local, ssh:HOST or ssh://user@host:port (default: local)',
    },
    identity: { type: 'string', value: 'KEY', multiple: true, help: 'private key file for an SSH host' },
    recipe: { type: 'string', value: 'R', help: 'how: script, sklearn (default: what fits the folder best)' },
    set: { type: 'string', value: 'k=v', multiple: true, help: 'a parameter of the recipe; may be repeated' },
    'max-hours': { type: 'string', value: 'H', help: 'stop the training after this many hours' },
    to: { type: 'string', value: 'DIR', help: 'folder for the model (default: models)' },
    detach: { type: 'boolean', help: 'leave when the training runs; "attach" comes back to it' },
    yes: { type: 'boolean', help: 'do not ask' },
    spot: { type: 'boolean', help: 'for rented machines: interruptible and cheaper' },
    gpu: { type: 'string', value: 'NAME', help: 'for rented machines: GPU model' },
    vram: { type: 'string', value: 'GB', help: 'for rented machines: least GPU memory' },
    gpus: { type: 'string', value: 'N', help: 'for rented machines: number of GPUs' },
    nodes: { type: 'string', value: 'N', help: 'for rented machines: number of machines' },
    'max-price': { type: 'string', value: '$/h', help: 'for rented machines: highest price' },
    budget: { type: 'string', value: '$', help: 'for rented machines: highest cost' },
  },
  async run(given, door, signal): Promise<ExitCode> {
    const { engine, terminal } = door;
    refuseRentalOptions(given);
    const plan = await engine.plan(
      {
        path: given.positional(0),
        recipe: given.text('recipe'),
        parameters: parametersOf(given.texts('set')),
        provider: given.text('provider'),
        identityFiles: given.texts('identity').map((path) => resolve(path)),
        hours: given.positiveNumber('max-hours'),
        to: given.text('to'),
        defaultTo: resolve('models'),
      },
      signal,
    );
    describePlan(plan, terminal);
    const id = await engine.start(plan);
    return follow(
      id,
      door,
      given.flag('detach') ? { leaveWhen: ({ stage }) => isTrainingByItself(stage) } : {},
      signal,
    );
  },
};

function parametersOf(options: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    options.map((option) => {
      const { name, value } = readSetOption(option);
      return [name, value];
    }),
  );
}

function refuseRentalOptions(given: Given): void {
  const used =
    rentalOptions.find((name) => given.text(name) !== undefined) ?? (given.flag('spot') ? 'spot' : undefined);
  if (used === undefined) return;
  throw new InputError(
    `--${used} chooses a rented machine, and this version trains on this computer and on SSH hosts. Leave it out.`,
  );
}

function describePlan({ spec, why, check, dataset, machine }: Plan, terminal: Terminal): void {
  const because = why === null ? '' : ` (${why})`;
  const files = `${dataset.files} ${dataset.files === 1 ? 'file' : 'files'}`;
  terminal.remark(
    `${spec.id}: ${spec.recipe}${because} on ${formatPlace(spec.place)}, ${files}, ${formatBytes(dataset.bytes)}`,
  );
  for (const gpu of machine.gpus) terminal.remark(`GPU: ${gpu.name}`);
  for (const problem of check.problems) {
    if (problem.severity === 'warning') terminal.remark(`warning: ${formatProblem(problem)}`);
  }
}
