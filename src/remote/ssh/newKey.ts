import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { hasCode } from '../../errors.js';
import { loadSsh2 } from './ssh2.js';

/**
 * The public half of the ed25519 key in `file`, as a line of authorized_keys without a comment. The key is made when
 * it is not there; of several processes that make it at once, one wins and all get its key.
 */
export async function ensureKey(file: string): Promise<string> {
  const known = await readPublic(file);
  if (known !== undefined) return known;
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, newPrivateKey(), { mode: 0o600 });
  try {
    await link(temporary, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  const made = await readPublic(file);
  if (made === undefined) throw new Error(`The key ${file} was taken away while it was made.`);
  return made;
}

const keyType = 'ssh-ed25519';

/**
 * A new ed25519 key without a passphrase, as OpenSSH keeps it (PROTOCOL.key of OpenSSH). Written here because ssh2
 * 1.17 makes one in some hundred keys that nobody can read.
 */
export function newPrivateKey(): string {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    string(keyType),
    string(point),
    string(Buffer.concat([seed, point])),
    string(''),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    string('none'),
    string('none'),
    string(''),
    uint32(1),
    string(Buffer.concat([string(keyType), string(point)])),
    string(Buffer.concat([secret, padding])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
}

/** As SSH writes it: its length, then its bytes (RFC 4251, 5). */
function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

async function readPublic(file: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const { utils } = await loadSsh2();
  const key = utils.parseKey(text);
  if (key instanceof Error) throw key;
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}
