import { join } from 'node:path';

/**
 * A path with `/` between its parts, as bytes: each character stands for one byte of the name. So a name that is not
 * UTF-8, or in an unusual normal form, survives JSON, and the order of strings is the order of bytes.
 */
export type BytePath = string;

/**
 * Bytes that are not UTF-8 arrive in text from the machine as lone surrogates U+DC80 to U+DCFF, the way Python writes
 * them; they become the bytes they stand for.
 */
export function toBytePath(text: string): BytePath {
  return text.replace(/[\u{DC80}-\u{DCFF}]|[^\u{DC80}-\u{DCFF}]+/gu, (part) => {
    const code = part.charCodeAt(0);
    const isByte = part.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    return isByte ? String.fromCharCode(code - 0xdc00) : Buffer.from(part, 'utf8').toString('latin1');
  });
}

/** Most names; their bytes are their text. */
const plain = /^[\0-\x7f]*$/;

/** For people: what is not UTF-8 shows as `�`. */
export function textOf(path: BytePath): string {
  if (plain.test(path)) return path;
  return Buffer.from(path, 'latin1').toString('utf8');
}

/** Of these characters JSON escapes none. */
const plainInJson = /^[\x20\x21\x23-\x5b\x5d-\xff]*$/;

/** In JSON. */
export function quoted(path: BytePath): string {
  return plainInJson.test(path) ? `"${path}"` : JSON.stringify(path);
}

/** The path below a folder of this computer, in the form its file system wants: bytes, but text on Windows. */
export function localPath(folder: string, path: BytePath): string | Buffer {
  if (process.platform === 'win32') return join(folder, textOf(path));
  if (plain.test(path)) return `${folder}/${path}`;
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')]);
}

export function joinBytePath(folder: BytePath, name: BytePath): BytePath {
  return folder === '' ? name : `${folder}/${name}`;
}

export function parentOf(path: BytePath): BytePath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** What Windows reads as a separator, a drive, a stream or a wildcard. */
const windowsSpecial = /[\\:*?"<>|]/;

/** Whether a relative path stays below its folder by its letters alone: no `..`, not absolute, no empty part. */
export function staysInside(path: BytePath): boolean {
  if (path.includes('\0') || (process.platform === 'win32' && windowsSpecial.test(path))) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Where a relative link leads, from the folder's top, or `undefined` when that is above the top. */
export function followLink(link: BytePath, target: BytePath): BytePath | undefined {
  const parts = parentOf(link).split('/').filter(Boolean);
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
