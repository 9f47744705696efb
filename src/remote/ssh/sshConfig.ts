import { access } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { InputError } from '../../errors.js';
import { type Destination, parseDestination } from './destination.js';
import type { SshEndpoint } from '../host.js';
import { isPattern } from './hostPattern.js';
import { expandHome, readSshConfig, type Setting } from './sshConfigFile.js';
import { SshConfigLookup } from './sshConfigLookup.js';

const mostJumps = 8;

/** Who asks, and where their `.ssh` is. */
export interface SshConfigOptions {
  /** The folder that holds `.ssh`. */
  readonly userHome: string;
  /** The user on this computer: who logs in where nothing else is said. */
  readonly userName: string;
}

/**
 * Turns what a person wrote (`alias`, `user@host:port`, `ssh://…`) into where to connect, by their `~/.ssh/config`.
 * @param identityFiles keys the user named for this; they come before those of the configuration
 * @throws {InputError} it names no machine, or the configuration asks for what Trainyard cannot do
 */
export async function resolveDestination(
  destination: string,
  options: SshConfigOptions,
  identityFiles: readonly string[] = [],
): Promise<SshEndpoint> {
  const settings = await readSshConfig(configFile(options), options.userHome);
  const resolver = new Resolver(settings, options);
  const endpoint = await resolver.resolve(parseDestination(destination), undefined, 0);
  return { ...endpoint, identityFiles: [...identityFiles, ...endpoint.identityFiles] };
}

/** The machines that `~/.ssh/config` names one by one, in order. */
export async function listHostAliases(options: SshConfigOptions): Promise<string[]> {
  const settings = await readSshConfig(configFile(options), options.userHome);
  const aliases = settings
    .filter(({ keyword }) => keyword === 'host')
    .flatMap(({ value }) => value.split(' '))
    .filter((alias) => !isPattern(alias));
  return [...new Set(aliases)];
}

function configFile({ userHome }: SshConfigOptions): string {
  return join(userHome, '.ssh', 'config');
}

class Resolver {
  readonly #settings: readonly Setting[];
  readonly #options: SshConfigOptions;

  constructor(settings: readonly Setting[], options: SshConfigOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  /** @param via the jump before this one, where a list of jumps names it; it overrules the configuration */
  async resolve(destination: Destination, via: SshEndpoint | undefined, depth: number): Promise<SshEndpoint> {
    const found = this.#lookUp(destination);
    const alias = destination.host;
    const user = destination.user ?? found.first('user') ?? this.#options.userName;
    const port = destination.port ?? parsePort(found.first('port'), alias);
    const host = found.hostName;
    const expand = (path: string): string => this.#expand(path, { alias, host, port, user });

    const hostKeyAlias = found.first('hostkeyalias');
    const identityAgent = found.first('identityagent');
    const jump = via ?? (await this.#jump(found, alias, depth));
    return {
      kind: 'ssh',
      host,
      port,
      user,
      identityFiles: await existing(found.all('identityfile').filter(isGiven).map(expand)),
      ...(found.first('identitiesonly')?.toLowerCase() === 'yes' ? { identitiesOnly: true } : {}),
      ...(identityAgent === undefined ? {} : { identityAgent: expand(identityAgent) }),
      ...(hostKeyAlias === undefined ? {} : { hostKeyAlias }),
      ...(jump === undefined ? {} : { via: jump }),
    };
  }

  #lookUp(destination: Destination): SshConfigLookup {
    const lookup = new SshConfigLookup(destination, this.#options.userName);
    for (const setting of this.#settings) lookup.offer(setting);
    return lookup;
  }

  async #jump(found: SshConfigLookup, alias: string, depth: number): Promise<SshEndpoint | undefined> {
    const way = found.firstOf('proxyjump', 'proxycommand');
    if (way === undefined || !isGiven(way.value)) return undefined;
    if (way.keyword === 'proxycommand') {
      throw new InputError(
        `The SSH configuration reaches ${alias} by ProxyCommand, which Trainyard cannot do. Use ProxyJump for it.`,
      );
    }
    if (depth === mostJumps) {
      throw new InputError(`The SSH configuration reaches ${alias} by a ProxyJump that leads in a circle.`);
    }
    let via: SshEndpoint | undefined;
    for (const hop of way.value.split(',')) via = await this.resolve(parseDestination(hop), via, depth + 1);
    return via;
  }

  /** `~` and the tokens of ssh_config that can stand in the path of a key or socket. */
  #expand(path: string, of: { alias: string; host: string; port: number; user: string }): string {
    const { userHome, userName } = this.#options;
    const tokens = new Map([
      ['%', '%'],
      ['d', userHome],
      ['h', of.host],
      ['n', of.alias],
      ['p', String(of.port)],
      ['r', of.user],
      ['u', userName],
    ]);
    const filled = path.replace(/%(.)/g, (whole, token: string) => tokens.get(token) ?? whole);
    return expandHome(filled, userHome);
  }
}

function parsePort(text: string | undefined, alias: string): number {
  const port = Number(text ?? 22);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InputError(
    `The SSH configuration gives ${alias} the port "${text ?? ''}". Write a number up to 65535.`,
  );
}

function isGiven(value: string): boolean {
  return value.toLowerCase() !== 'none';
}

/** Keys that the configuration names but this computer does not have are passed over, as ssh does. */
async function existing(files: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    files.filter(isAbsolute).map(async (file) => {
      try {
        await access(file);
        return [file];
      } catch {
        return [];
      }
    }),
  );
  return found.flat();
}
