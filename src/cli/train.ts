import { resolve } from 'node:path';
import { InputError, type ExitCode } from '../errors.js';
import { isOwn } from '../jobs/place.js';
import type { Wish } from '../jobs/wish.js';
import { launch, launchOptions, parametersOf } from './launch.js';
import { machineOptions } from './offers.js';
import type { Given, Verb } from './verb.js';

/** Options that mean nothing for a machine of the user's own, and say so. */
const rentalOptions = [
  'gpu',
  'vram',
  'gpus',
  'nodes',
  'spot',
  'max-price',
  'budget',
  'region',
  'disk',
  'offer',
  'keep-minutes',
] as const;

export const train: Verb = {
  name: 'train',
  usage: '<folder or trainyard.yaml> [options]',
  summary: 'Trains on a dataset folder, or runs what a trainyard.yaml says, and brings the model here.',
  positionals: { least: 1, most: 1 },
  options: {
    provider: {
      type: 'string',
      value: 'P',
      multiple: true,
      help: 'where: local, ssh:HOST, ssh://user@host:port, or one that rents machines; may be repeated',
    },
    identity: { type: 'string', value: 'KEY', multiple: true, help: 'private key file for an SSH host' },
    recipe: {
      type: 'string',
      value: 'R',
      help: 'how: script, sklearn, xgboost, lightgbm, flux-lora, llm, yolo (default: what fits the folder best)',
    },
    set: launchOptions.set,
    ...machineOptions,
    disk: { type: 'string', value: 'GB', help: 'least disk of a rented machine' },
    nodes: { type: 'string', value: 'N', help: 'number of machines; only 1 is possible' },
    offer: { type: 'string', value: 'ID', help: 'rent this one of "trainyard offers"' },
    budget: { type: 'string', value: '$', help: 'most that the job may cost' },
    'max-hours': {
      type: 'string',
      value: 'H',
      help: 'stop the training after this many hours; a rented machine ends by then',
    },
    'keep-minutes': {
      type: 'string',
      value: 'M',
      help: 'how long a rented machine waits for its results to be collected (default: 120)',
    },
    to: { type: 'string', value: 'DIR', help: 'folder for the model (default: models)' },
    detach: launchOptions.detach,
    yes: launchOptions.yes,
  },
  async run(given, door, signal): Promise<ExitCode> {
    refuseRentalOptions(given);
    const request = {
      path: given.positional(0),
      recipe: given.text('recipe'),
      parameters: parametersOf(given),
      providers: some(given.texts('provider')),
      identityFiles: given.texts('identity').map((path) => resolve(path)),
      ...wishOf(given),
      nodes: given.wholeNumber('nodes'),
      offerId: given.text('offer'),
      hours: given.positiveNumber('max-hours'),
      budget: given.positiveNumber('budget'),
      keepMinutes: given.numberFromZero('keep-minutes'),
      to: given.text('to'),
      defaultTo: resolve('models'),
    };
    return launch(request, given, door, signal);
  },
};

function wishOf(given: Given): Wish {
  return {
    gpu: some(given.texts('gpu')),
    vram: given.positiveNumber('vram'),
    gpus: given.wholeNumber('gpus'),
    spot: given.flag('spot') ? true : undefined,
    maxPrice: given.positiveNumber('max-price'),
    regions: some(given.texts('region')),
    disk: given.positiveNumber('disk'),
  };
}

const some = (texts: readonly string[]): readonly string[] | undefined =>
  texts.length > 0 ? texts : undefined;

function refuseRentalOptions(given: Given): void {
  const places = given.texts('provider');
  const used = rentalOptions.find((name) => given.has(name));
  if (used === undefined || places.length === 0 || !places.every((text) => isOwn(text))) return;
  throw new InputError(
    `--${used} chooses a rented machine, and --provider ${places.join(', ')} is a machine of your own. Leave one of them out.`,
  );
}
