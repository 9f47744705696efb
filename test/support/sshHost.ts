import { join } from 'node:path';
import type { Disposable } from '../../src/disposable.js';
import { silentLogger } from '../../src/logger.js';
import type { HostProcess, SshEndpoint } from '../../src/remote/host.js';
import { type ConnectionOptions, SshConnection } from '../../src/remote/ssh/connection.js';
import { HostKeys } from '../../src/remote/ssh/hostKeys.js';
import { type AskPassphrase, KeyRing } from '../../src/remote/ssh/keyRing.js';
import { SshHost } from '../../src/remote/ssh/sshHost.js';
import './arrayBufferTransfer.js';
import { type CleanUp, tempDir } from './tempDir.js';

export interface TestHostOptions {
  /** Believed known_hosts files; the pin file is a fresh one unless given. */
  readonly trustedFiles?: readonly string[];
  readonly pinFile?: string;
  readonly onFirstSight?: (fingerprint: string) => void;
  readonly askPassphrase?: AskPassphrase;
  /** Where the agent is. By default there is none. */
  readonly env?: NodeJS.ProcessEnv;
  readonly silenceLimitMs?: number;
  readonly root?: string;
}

/** A host at an endpoint that knows nothing of the keys and agent of whoever runs the tests; ends with the test. */
export async function openSshHost(
  test: CleanUp,
  endpoint: SshEndpoint,
  options: TestHostOptions = {},
): Promise<SshHost> {
  const { root = '~/.trainyard' } = options;
  const host = new SshHost({ root, ...(await connectionOptions(test, endpoint, options)) });
  endWith(test, host);
  return host;
}

/** One connection of such a host, by itself. */
export async function openSshConnection(test: CleanUp, endpoint: SshEndpoint): Promise<SshConnection> {
  const options = await connectionOptions(test, endpoint, {});
  const connection = await SshConnection.open(options, new AbortController().signal);
  endWith(test, connection);
  return connection;
}

async function connectionOptions(
  test: CleanUp,
  endpoint: SshEndpoint,
  options: TestHostOptions,
): Promise<ConnectionOptions> {
  const folder = await tempDir(test, 'trainyard-ssh-');
  const { trustedFiles = [], pinFile = join(folder, 'known_hosts'), onFirstSight } = options;
  const { askPassphrase, env = {}, silenceLimitMs } = options;
  return {
    endpoint,
    hostKeys: new HostKeys({ trustedFiles, pinFile, ...(onFirstSight ? { onFirstSight } : {}) }),
    keyRing: new KeyRing({ userHome: folder, env, ...(askPassphrase ? { askPassphrase } : {}) }),
    logger: silentLogger,
    ...(silenceLimitMs === undefined ? {} : { silenceLimitMs }),
  };
}

/** A program that answers what Python evaluates `expression` to, as text. */
export function evaluating(expression: string): { name: string; source: string; request: unknown } {
  return { name: 'evaluate.py', source: `import os, sys, json\nprint(${expression})\n`, request: {} };
}

/** Everything a program wrote to stdout. */
export async function outputOf(process: HostProcess): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function endWith(test: CleanUp, item: Disposable): void {
  test.after(() => {
    item.dispose();
    return Promise.resolve();
  });
}
