import { createHash, createHmac } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError, messageOf } from '../../errors.js';
import { matchesHostPatterns } from './hostPattern.js';

/** One key of a known_hosts file that is about the host asked for. */
export interface KnownHostKey {
  readonly type: string;
  readonly key: Buffer;
  readonly revoked: boolean;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * The keys a known_hosts file holds under a name (`gpu1`, `[gpu1]:2222`): plain, by pattern or hashed.
 * Certificate authorities are not supported and skipped. A file that does not exist holds nothing.
 */
export async function readKnownHosts(file: string, name: string): Promise<KnownHostKey[]> {
  const lines = (await readText(file)).split(/\r?\n/);
  return lines.flatMap((text, index) => {
    const entry = parseLine(text);
    if (!entry || entry.marker === '@cert-authority' || !isAbout(entry.hosts, name)) return [];
    const key = Buffer.from(entry.base64, 'base64');
    return [{ type: entry.type, key, revoked: entry.marker === '@revoked', file, line: index + 1 }];
  });
}

/** Adds a key under a name; the file is replaced as a whole, so a reader never sees half a line. */
export async function addKnownHost(file: string, name: string, key: Buffer): Promise<void> {
  const before = await readText(file);
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  const line = `${name} ${keyType(key)} ${key.toString('base64')}\n`;
  const temporary = `${file}.${process.pid}.new`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(temporary, `${before}${separator}${line}`, { mode: 0o600, flush: true });
    await rename(temporary, file);
  } catch (cause) {
    throw new InputError(
      `The host key of ${name} cannot be kept in ${file} (${messageOf(cause)}). Make the file writable.`,
      { cause },
    );
  }
}

/** `SHA256:…`, as OpenSSH prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** `ssh-ed25519`: the name a key in SSH's wire format begins with. */
export function keyType(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  return key.subarray(4, 4 + length).toString('latin1');
}

interface KnownHostsLine {
  readonly marker: string | undefined;
  readonly hosts: string;
  readonly type: string;
  readonly base64: string;
}

function parseLine(text: string): KnownHostsLine | undefined {
  const match = /^\s*(?:(@\S+)\s+)?([^\s#@]\S*)\s+(\S+)\s+(\S+)/.exec(text);
  if (!match) return undefined;
  const [, marker, hosts = '', type = '', base64 = ''] = match;
  return { marker, hosts, type, base64 };
}

function isAbout(hosts: string, name: string): boolean {
  return hosts.startsWith('|') ? isHashOf(hosts, name) : matchesHostPatterns(hosts.split(','), name);
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, so that a stolen file does not tell where its owner goes. */
function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = hashed.split('|');
  if (version !== '1') return false;
  const hmac = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return hmac.equals(Buffer.from(hash, 'base64'));
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw new InputError(
      `The known hosts in ${file} cannot be read (${messageOf(cause)}). Make the file readable.`,
      { cause },
    );
  }
}
