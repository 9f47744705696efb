import { resolve } from 'node:path';
import { exitCodes, type ExitCode } from '../errors.js';
import { formatBytes, formatFraction } from '../format.js';
import { parseSshUrl } from '../remote/ssh/destination.js';
import { fetchFile } from '../remote/transfer/fetch.js';
import type { Verb } from './verb.js';

export const fetch: Verb = {
  name: 'fetch',
  usage: 'ssh://user@host:port/abs/file LOCAL [--identity KEY]',
  summary: 'Brings a file from a machine: resumable, compared by sha256, never over another file.',
  positionals: { least: 2, most: 2 },
  options: { identity: { type: 'string', value: 'KEY', multiple: true, help: 'private key file' } },
  async run(given, { engine, terminal }, signal): Promise<ExitCode> {
    const { destination, path } = parseSshUrl(given.positional(0));
    const localPath = resolve(given.positional(1));
    const host = await engine.openSshHost(destination, given.texts('identity'), signal);
    try {
      const { bytes, seconds, sha256 } = await fetchFile(
        host,
        engine.runtime,
        { remotePath: path, localPath },
        {
          onProgress: ({ bytes: done, totalBytes }) =>
            terminal.status(
              `${formatBytes(done)}${totalBytes === null ? '' : ` ${formatFraction(done / Math.max(1, totalBytes))}`}`,
            ),
          onNotice: (sentence) => terminal.remark(sentence),
        },
        signal,
      );
      terminal.record({ bytes, seconds, sha256 });
      if (!terminal.json)
        terminal.say(`${localPath}: ${formatBytes(bytes)} in ${seconds.toFixed(1)} s, sha256 ${sha256}`);
      return exitCodes.good;
    } finally {
      host.dispose();
    }
  },
};
