import { resolve } from 'node:path';
import { exitCodes, InputError, type ExitCode } from '../errors.js';
import { formatBytes } from '../format.js';
import { formatPlace, parsePlace } from '../jobs/place.js';
import type { KeptItem } from '../jobs/reclaim.js';
import type { Verb } from './verb.js';

export const reclaim: Verb = {
  name: 'reclaim',
  usage: '[--provider P] [--dry-run] [--yes]',
  summary: 'Deletes on a machine what Trainyard keeps there and no unfinished job needs.',
  positionals: { least: 0, most: 0 },
  options: {
    provider: {
      type: 'string',
      value: 'P',
      help: 'where: local, ssh:HOST or ssh://user@host:port (default: local)',
    },
    identity: { type: 'string', value: 'KEY', multiple: true, help: 'private key file for an SSH host' },
    'dry-run': { type: 'boolean', help: 'only say what would be deleted' },
    yes: { type: 'boolean', help: 'do not ask' },
  },
  async run(given, { engine, terminal }, signal): Promise<ExitCode> {
    const keys = given.texts('identity').map((path) => resolve(path));
    const place = parsePlace(given.text('provider') ?? 'local', await engine.sshHosts.list(), keys);
    const items = await engine.reclaimable(place, signal);
    for (const { kind, name, bytes, used } of items) {
      terminal.record({ kind, name, bytes, lastUse: new Date(used * 1000).toISOString() });
    }
    if (!terminal.json) for (const item of items) terminal.say(describe(item));
    const where = formatPlace(place);
    if (items.length === 0) terminal.remark(`There is nothing on ${where} to delete.`);
    if (items.length === 0 || given.flag('dry-run')) return exitCodes.good;
    if (!given.flag('yes')) {
      if (!terminal.interactive) {
        throw new InputError('Nothing was deleted: say --yes to delete it, or --dry-run to only look.');
      }
      const answer = await terminal.ask(`Delete all of this on ${where}? [y/n] `, signal);
      if (!answer.startsWith('y')) return exitCodes.good;
    }
    const deleted = await engine.reclaimDisk(place, signal, items);
    for (const refusal of deleted.refusals) terminal.remark(refusal);
    terminal.record({ event: 'reclaimed', items: deleted.items.length, bytes: deleted.bytes });
    terminal.remark(`${formatBytes(deleted.bytes)} are free again on ${where}.`);
    return exitCodes.good;
  },
};

const kinds: Readonly<Record<KeptItem['kind'], string>> = {
  environment: 'environment',
  dataset: 'dataset',
  run: 'finished job',
  cache: 'package cache',
  tool: 'program',
};

function describe({ kind, name, bytes, used }: KeptItem): string {
  const day = new Date(used * 1000).toISOString().slice(0, 10);
  return `${kinds[kind].padEnd(13)} ${name.padEnd(26)} ${formatBytes(bytes).padStart(9)}  last used ${day}`;
}
