import * as v from 'valibot';
import { MachineError } from '../../errors.js';
import { type BytePath, followLink, parentOf, staysInside, textOf, toBytePath } from './bytePath.js';
import type { Host } from '../host.js';
import type { RuntimeFiles } from '../runtimeFiles.js';
import { TransferProcess } from './transferProcess.js';

const entrySchema = v.variant('kind', [
  v.object({ kind: v.literal('folder'), path: v.string() }),
  v.object({ kind: v.literal('file'), path: v.string(), mode: v.number(), size: v.number() }),
  v.object({ kind: v.literal('link'), path: v.string(), target: v.string() }),
]);
const answer = v.variant('event', [
  v.object({ event: v.literal('entries'), entries: v.array(entrySchema) }),
  v.object({ event: v.literal('end') }),
]);

export type RemoteEntry = v.InferOutput<typeof entrySchema>;

/**
 * What stands below a folder of a machine, a folder before what is in it. Every path and link stays inside by its
 * letters, and no two are one on this computer, whatever the machine says.
 * @throws {MachineError} no such folder, or an entry that does not keep to that
 */
export async function listRemoteTree(
  host: Host,
  runtime: RuntimeFiles,
  remotePath: string,
  signal: AbortSignal,
): Promise<RemoteEntry[]> {
  const request = { op: 'list', path: toBytePath(remotePath) };
  const transfer = await TransferProcess.start(host, runtime, request, signal);
  const entries: RemoteEntry[] = [];
  try {
    for (;;) {
      const told = await transfer.message(answer);
      if (told.event === 'end') break;
      entries.push(...told.entries);
    }
  } finally {
    transfer.close();
  }
  requireHarmless(entries, `${remotePath} on ${host.name}`);
  return entries;
}

/** @throws {MachineError} an entry would come to be outside the folder, or two in one place */
export function requireHarmless(entries: readonly RemoteEntry[], where: string): void {
  const folders = new Set<BytePath>(['']);
  const seen = new Set<string>();
  for (const entry of entries) {
    if (!staysInside(entry.path) || !folders.has(parentOf(entry.path)))
      throw refused(where, entry, 'does not stay inside the folder');
    if (entry.kind === 'link' && !linkStaysInside(entry.path, entry.target))
      throw refused(where, entry, `is a link to ${textOf(entry.target)}, outside the folder`);
    const name = nameHere(entry.path);
    if (seen.has(name)) throw refused(where, entry, 'has the name of another entry on this computer');
    seen.add(name);
    if (entry.kind === 'folder') folders.add(entry.path);
  }
}

/**
 * Only targets that go up first and then down: so what is said by letters is what happens, also where a part of the
 * way down is itself a link.
 */
function linkStaysInside(link: BytePath, target: BytePath): boolean {
  const down = target.replace(/^(\.\.?\/)*(\.\.?$)?/, '');
  const isPlain = down === '' || staysInside(down);
  return isPlain && target !== '' && followLink(link, target) !== undefined;
}

function nameHere(path: BytePath): string {
  const foldsCase = process.platform === 'win32' || process.platform === 'darwin';
  return foldsCase ? textOf(path).normalize('NFC').toLowerCase() : path;
}

function refused(where: string, entry: RemoteEntry, why: string): MachineError {
  return new MachineError(
    `${textOf(entry.path)} in ${where} ${why}; nothing was fetched. Remove it there and try again.`,
  );
}
