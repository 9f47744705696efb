import { resolve } from 'node:path';
import { InputError, type ExitCode } from '../errors.js';
import { launch, launchOptions, parametersOf } from './launch.js';
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
    recipe: {
      type: 'string',
      value: 'R',
      help: 'how: script, sklearn, xgboost, lightgbm, flux-lora, llm, yolo (default: what fits the folder best)',
    },
    set: launchOptions.set,
    'max-hours': { type: 'string', value: 'H', help: 'stop the training after this many hours' },
    to: { type: 'string', value: 'DIR', help: 'folder for the model (default: models)' },
    detach: launchOptions.detach,
    yes: launchOptions.yes,
    spot: { type: 'boolean', help: 'for rented machines: interruptible and cheaper' },
    gpu: { type: 'string', value: 'NAME', help: 'for rented machines: GPU model' },
    vram: { type: 'string', value: 'GB', help: 'for rented machines: least GPU memory' },
    gpus: { type: 'string', value: 'N', help: 'for rented machines: number of GPUs' },
    nodes: { type: 'string', value: 'N', help: 'for rented machines: number of machines' },
    'max-price': { type: 'string', value: '$/h', help: 'for rented machines: highest price' },
    budget: { type: 'string', value: '$', help: 'for rented machines: highest cost' },
  },
  async run(given, door, signal): Promise<ExitCode> {
    refuseRentalOptions(given);
    const request = {
      path: given.positional(0),
      recipe: given.text('recipe'),
      parameters: parametersOf(given),
      provider: given.text('provider'),
      identityFiles: given.texts('identity').map((path) => resolve(path)),
      hours: given.positiveNumber('max-hours'),
      to: given.text('to'),
      defaultTo: resolve('models'),
    };
    return launch(request, given, door, signal);
  },
};

function refuseRentalOptions(given: Given): void {
  const used =
    rentalOptions.find((name) => given.text(name) !== undefined) ?? (given.flag('spot') ? 'spot' : undefined);
  if (used === undefined) return;
  throw new InputError(
    `--${used} chooses a rented machine, and this version trains on this computer and on SSH hosts. Leave it out.`,
  );
}
