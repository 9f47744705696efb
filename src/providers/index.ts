import { InputError } from '../errors.js';
import type { Logger } from '../logger.js';
import { nearestName } from '../nearest.js';
import { canopywave } from './canopywave/entry.js';
import { LazyCloud, type CloudSettings } from './clouds.js';
import { lambda } from './lambda/entry.js';
import { LocalProvider } from './local.js';
import type { OwnMachines, Provider } from './provider.js';
import { runpod } from './runpod/entry.js';
import { SshProvider } from './ssh.js';
import type { SshHosts } from './sshHosts.js';
import { vast } from './vast/entry.js';

/** The clouds, in the order people see them. A new one is an entry here. */
const cloudEntries = [canopywave, runpod, vast, lambda];

/** What a file may name to train at, without an address. */
export const namedPlaces: readonly { readonly id: string; readonly title: string }[] = [
  { id: 'local', title: 'This computer' },
  ...cloudEntries.map(({ id, title }) => ({ id, title })),
];

/** What people call a cloud; its id where this version does not know it. */
export const cloudTitle = (id: string): string => cloudEntries.find((entry) => entry.id === id)?.title ?? id;

export interface ProvidersOptions {
  readonly sshHosts: SshHosts;
  /** Keys and endpoints of the clouds. */
  readonly settings: CloudSettings;
  readonly logger: Logger;
  readonly timeScale: number;
}

/** Every provider there is, in the order people see them. */
export class Providers {
  /** Machines of the user's own. */
  readonly own: readonly OwnMachines[];
  readonly clouds: readonly LazyCloud[];

  constructor({ sshHosts, settings, logger, timeScale }: ProvidersOptions) {
    this.own = [new LocalProvider(), new SshProvider(sshHosts)];
    this.clouds = cloudEntries.map((entry) => new LazyCloud(entry, { settings, logger, timeScale }));
  }

  get all(): readonly Provider[] {
    return [...this.own, ...this.clouds];
  }

  /** @throws {InputError} there is no provider of that id */
  get(id: string): Provider {
    const provider = this.all.find((candidate) => candidate.id === id);
    if (provider) return provider;
    throw unknownProvider(id, this.all);
  }

  /** @throws {InputError} there is no cloud of that id */
  cloud(id: string): LazyCloud {
    const cloud = this.clouds.find((candidate) => candidate.id === id);
    if (cloud) return cloud;
    throw unknownProvider(id, this.clouds);
  }

  /** The clouds the user has a key for. */
  async usableClouds(): Promise<readonly LazyCloud[]> {
    const usable = await Promise.all(
      this.clouds.map(async (cloud) => ((await cloud.hasKey()) ? [cloud] : [])),
    );
    return usable.flat();
  }
}

function unknownProvider(id: string, among: readonly { readonly id: string }[]): InputError {
  const known = among.map((candidate) => candidate.id);
  const near = nearestName(id, known);
  const hint = near === undefined ? `Providers are: ${known.join(', ')}.` : `Did you mean "${near}"?`;
  return new InputError(`There is no provider "${id}". ${hint}`);
}
