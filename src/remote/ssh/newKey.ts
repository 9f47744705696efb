import { randomUUID } from 'node:crypto';
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
  const { utils } = await loadSsh2();
  const pair = utils.generateKeyPairSync('ed25519');
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, pair.private, { mode: 0o600 });
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
