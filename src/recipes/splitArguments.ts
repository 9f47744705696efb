import { InputError } from '../errors.js';

/**
 * Arguments as a person types them, split as a POSIX shell would: blanks part them, quotes keep them together, a
 * backslash takes the next character as it is. Nothing is expanded.
 * @throws {InputError} a quote is never closed, or a backslash stands at the end
 */
export function splitArguments(text: string): string[] {
  const args: string[] = [];
  let rest = text.trimStart();
  while (rest !== '') {
    let arg = '';
    while (rest !== '' && !/^\s/.test(rest)) {
      const piece = firstPiece(rest, text);
      arg += piece.value;
      rest = rest.slice(piece.length);
    }
    args.push(arg);
    rest = rest.trimStart();
  }
  return args;
}

interface Piece {
  /** What it says. */
  readonly value: string;
  /** How many characters it takes. */
  readonly length: number;
}

const plain = /^[^\s'"\\]+/;
const singleQuoted = /^'([^']*)'/;
const doubleQuoted = /^"((?:[^"\\]|\\[^])*)"/;
const escaped = /^\\([^])/;

function firstPiece(rest: string, whole: string): Piece {
  for (const pattern of [plain, singleQuoted, escaped]) {
    const match = pattern.exec(rest);
    if (match) return { value: match[1] ?? match[0], length: match[0].length };
  }
  const match = doubleQuoted.exec(rest);
  if (match) return { value: unescape(match[1] ?? ''), length: match[0].length };
  throw new InputError(
    rest.startsWith('\\')
      ? `The arguments end with a backslash: ${whole}; write it twice to mean one.`
      : `The arguments have a quote that is never closed: ${whole}; close it, or write \\${rest.charAt(0)} for a quote itself.`,
  );
}

/** Inside double quotes a backslash is special only before these. */
function unescape(quoted: string): string {
  return quoted.replace(/\\([\\"$`])/g, '$1').replace(/\\\n/g, '');
}
