import { chmod, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode, InputError, messageOf } from '../../errors.js';
import type { SshEndpoint } from '../host.js';
import { jumps } from './jumps.js';

/** A machine under a name of its own, for programs that read ssh_config. */
export interface NamedMachine {
  readonly alias: string;
  readonly endpoint: SshEndpoint;
  /** known_hosts files that hold its key. */
  readonly knownHosts: readonly string[];
}

export interface SshIncludeOptions {
  /** A file of ours, which nobody else writes. */
  readonly file: string;
  /** The user's own: only the line that includes ours is added to it. */
  readonly userConfig: string;
}

const remark = '# Written by Trainyard: machines of its jobs. Each goes when its machine does.\n';

/** The machines of jobs in a file that the user's own ssh configuration includes. */
export class SshInclude {
  readonly #file: string;
  readonly #userConfig: string;

  constructor({ file, userConfig }: SshIncludeOptions) {
    this.#file = file;
    this.#userConfig = userConfig;
  }

  /** The line of the user's file. First in it, because behind a `Host` it would hold for that host alone. */
  get line(): string {
    return `Include ${quoted(this.#file)}`;
  }

  async isIncluded(): Promise<boolean> {
    return (await readText(this.#userConfig)).split(/\r?\n/).some((line) => line.trim() === this.line);
  }

  /** Adds the line to the user's file, unless it is there. */
  async include(): Promise<void> {
    if (await this.isIncluded()) return;
    await replace(this.#userConfig, `${this.line}\n\n${await readText(this.#userConfig)}`);
  }

  /** Adds a machine, or replaces the one of that name. */
  async put(machine: NamedMachine): Promise<void> {
    const others = (await this.#blocks()).filter((block) => aliasOf(block) !== machine.alias);
    await this.#write([...others, blockOf(machine)]);
  }

  /** Forgets every machine but these. */
  async keepOnly(aliases: ReadonlySet<string>): Promise<void> {
    const blocks = await this.#blocks();
    const kept = blocks.filter((block) => aliases.has(aliasOf(block)));
    if (kept.length < blocks.length) await this.#write(kept);
  }

  async #blocks(): Promise<string[]> {
    const text = await readText(this.#file);
    return text.split(/^(?=Host )/m).filter((block) => block.startsWith('Host '));
  }

  #write(blocks: readonly string[]): Promise<void> {
    return replace(this.#file, [remark, ...blocks].join(''));
  }
}

const aliasOf = (block: string): string => /^Host (\S+)/.exec(block)?.[1] ?? '';

function blockOf({ alias, endpoint, knownHosts }: NamedMachine): string {
  const { host, port, user, identityFiles, identitiesOnly, identityAgent, hostKeyAlias, via } = endpoint;
  const settings = [
    `HostName ${host}`,
    `Port ${port}`,
    `User ${quoted(user)}`,
    ...identityFiles.map((file) => `IdentityFile ${quoted(file)}`),
    ...(identitiesOnly === true ? ['IdentitiesOnly yes'] : []),
    ...(identityAgent === undefined ? [] : [`IdentityAgent ${quoted(identityAgent)}`]),
    ...(hostKeyAlias === undefined ? [] : [`HostKeyAlias ${hostKeyAlias}`]),
    `UserKnownHostsFile ${knownHosts.map(quoted).join(' ')}`,
    'StrictHostKeyChecking yes',
    ...(via === undefined ? [] : [`ProxyJump ${jumps(via)}`]),
  ];
  return [`Host ${alias}`, ...settings.map((line) => `    ${line}`), ''].join('\n');
}

/** Windows' own OpenSSH takes forward slashes, and a backslash would be an escape. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '/').replaceAll('"', '')}"`;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return '';
    throw new InputError(`The SSH configuration ${file} cannot be read (${messageOf(cause)}).`, { cause });
  }
}

/** As a whole, with the rights it had; a link of the user's stays a link. */
async function replace(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const target = await realpath(file).catch(() => file);
    const mode = await stat(target).then(
      (stats) => stats.mode & 0o777,
      () => 0o600,
    );
    const temporary = `${target}.${process.pid}.new`;
    await writeFile(temporary, text, { mode, flush: true });
    await chmod(temporary, mode);
    await rename(temporary, target);
  } catch (cause) {
    throw new InputError(
      `The SSH configuration ${file} cannot be written (${messageOf(cause)}). Make it writable.`,
      { cause },
    );
  }
}
