import { resolve } from 'node:path';
import { exitCodes, type ExitCode } from '../errors.js';
import { formatBytes, formatFraction } from '../format.js';
import { parseSshUrl } from '../remote/ssh/destination.js';
import { syncFolder } from '../remote/transfer/sync.js';
import type { Verb } from './verb.js';

export const sync: Verb = {
  name: 'sync',
  usage: '<folder> ssh://user@host:port/abs/dir [--identity KEY]',
  summary: 'Makes a folder on a machine a mirror of a folder here; only what differs is sent.',
  positionals: { least: 2, most: 2 },
  options: { identity: { type: 'string', value: 'KEY', multiple: true, help: 'private key file' } },
  async run(given, { engine, terminal }, signal): Promise<ExitCode> {
    const { destination, path } = parseSshUrl(given.positional(1));
    const host = await engine.openSshHost(destination, given.texts('identity'), signal);
    try {
      const { files, sent, bytes, seconds } = await syncFolder(
        host,
        engine.runtime,
        { folder: resolve(given.positional(0)), cacheDir: engine.home.cache },
        path,
        {
          onProgress: ({ phase, bytes: done, totalBytes }) =>
            terminal.status(
              `${phase} ${totalBytes === null ? '' : formatFraction(done / Math.max(1, totalBytes))}`,
            ),
          onNotice: (sentence) => terminal.remark(sentence),
        },
        signal,
      );
      terminal.record({ files, sent, bytes, seconds });
      if (!terminal.json) {
        terminal.say(`${files} files, ${sent} sent (${formatBytes(bytes)}) in ${seconds.toFixed(1)} s`);
      }
      return exitCodes.good;
    } finally {
      host.dispose();
    }
  },
};
