import { readFile, stat } from 'node:fs/promises';
import { InputError, messageOf } from '../../errors.js';

/** A private key as it lies on disk, locked or not. */
export interface KeyFile {
  readonly path: string;
  readonly text: string;
  /** It takes a passphrase to sign with it. */
  readonly encrypted: boolean;
  /** The public half in SSH's wire format, where the file tells it without a passphrase. */
  readonly publicBlob: Buffer | undefined;
}

/** @throws {InputError} it is missing, unreadable, or readable by others */
export async function readKeyFile(path: string): Promise<KeyFile> {
  const text = await readPrivately(path);
  const publicBlob = openSshPublicBlob(text) ?? (await publicSibling(path));
  return { path, text, encrypted: isEncrypted(text), publicBlob };
}

async function readPrivately(path: string): Promise<string> {
  try {
    const { mode, uid } = await stat(path);
    const mine = process.getuid?.() === uid;
    if (mine && (mode & 0o077) !== 0)
      throw new InputError(
        `The key file ${path} can be read by others, so SSH servers and Trainyard do not trust it. Run \`chmod 600 ${path}\`.`,
      );
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      throw new InputError(`The key file ${path} does not exist. Name the file of your private key.`, {
        cause,
      });
    throw new InputError(`The key file ${path} cannot be read (${messageOf(cause)}).`, { cause });
  }
}

function isEncrypted(text: string): boolean {
  const openSsh = openSshBody(text);
  if (openSsh) return readStrings(openSsh, 1)[0]?.toString('latin1') !== 'none';
  return /^Proc-Type: 4,ENCRYPTED|^-----BEGIN ENCRYPTED|^Encryption: (?!none)/m.test(text);
}

/** OpenSSH's own format keeps the public half readable: cipher, kdf, its options, a count, then the public keys. */
function openSshPublicBlob(text: string): Buffer | undefined {
  const body = openSshBody(text);
  if (!body) return undefined;
  const headerLength = readStrings(body, 3).reduce((length, part) => length + 4 + part.length, 0);
  return readStrings(body.subarray(headerLength + 4), 1)[0];
}

function openSshBody(text: string): Buffer | undefined {
  const base64 = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1];
  if (base64 === undefined) return undefined;
  const magic = 'openssh-key-v1\0';
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('latin1', 0, magic.length) === magic ? bytes.subarray(magic.length) : undefined;
}

/** The first strings of a buffer in SSH's wire format: four bytes of length, then the bytes. */
function readStrings(bytes: Buffer, count: number): Buffer[] {
  const strings: Buffer[] = [];
  let at = 0;
  while (strings.length < count && at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at);
    strings.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return strings;
}

/** The `.pub` file that ssh-keygen puts beside a private key. */
async function publicSibling(path: string): Promise<Buffer | undefined> {
  try {
    const [, base64] = (await readFile(`${path}.pub`, 'utf8')).trim().split(/\s+/);
    return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
  } catch {
    return undefined;
  }
}
