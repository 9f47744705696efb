import { deflateSync } from 'node:zlib';
import { NoProgramsError } from '../errors.js';
import type { Program } from './host.js';

/** Reads a packed program by length from stdin and becomes it; what follows on stdin is the program's own. */
const boot =
  'import sys,zlib;s=sys.stdin.buffer;exec(compile(zlib.decompress(s.read(int(s.readline()))),"trainyard","exec"))';

/** Isolated from the user's PYTHON* variables and packages; UTF-8 whatever the locale says. */
export const pythonArguments: readonly string[] = ['-I', '-X', 'utf8', '-c', boot];

/** Where python3 may be although the PATH of a login without a terminal does not name it. */
const morePython = '/usr/local/bin:/usr/bin:/bin:/opt/conda/bin:/opt/homebrew/bin';

/**
 * The one command line that is ever sent over SSH. The login shell, whichever it is (sh, bash, zsh, fish, csh),
 * sees `sh -c` and a single-quoted constant in which no shell finds anything to expand.
 */
export const pythonCommandLine = `sh -c 'PATH="$PATH:${morePython}" exec python3 -I -X utf8 -c "${boot.replaceAll('"', '\\"')}"'`;

/** What a program gets on stdin before the caller's own bytes: the length of its source, that, packed, and its request. */
export function bootPayload({ source, request }: Program): Buffer {
  const bytes = packed(source);
  return Buffer.concat([Buffer.from(`${bytes.length}\n`), bytes, requestLine({ request })]);
}

/** What a program that runs already gets before the caller's own bytes. */
export function requestLine({ request }: Pick<Program, 'request'>): Buffer {
  return Buffer.from(`${JSON.stringify(request)}\n`);
}

const packedSources = new Map<string, Buffer>();

/** A new connection carries 14 KB in its first round trip, so every source is packed, once. */
function packed(source: string): Buffer {
  const known = packedSources.get(source);
  if (known !== undefined) return known;
  const bytes = deflateSync(Buffer.from(source, 'utf8'), { level: 9 });
  packedSources.set(source, bytes);
  return bytes;
}

/** How {@link pythonCommandLine} exits when the machine has no python3. No program of ours exits with it. */
export const noPythonExitCode = 127;

export function noPythonError(hostName: string): NoProgramsError {
  return new NoProgramsError(
    `No python3 on ${hostName}: Trainyard needs Python 3.8 or newer there. Install it, for example \`sudo apt install python3\`.`,
    'it has no python3',
  );
}
