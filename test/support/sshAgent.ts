import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endOwned, spawnOwned } from './ownedProcess.js';
import { type CleanUp, tempDir } from './tempDir.js';
import { waitFor } from './waitFor.js';

const run = promisify(execFile);

export interface SshAgent {
  readonly socket: string;
  /** Loads a key that needs no passphrase. */
  add(keyFile: string): Promise<void>;
}

/** Starts OpenSSH's own agent, empty; it ends with the test. */
export async function startSshAgent(test: CleanUp): Promise<SshAgent> {
  const socket = join(await tempDir(test, 'trainyard-agent-'), 'socket');
  const agent = spawnOwned('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  test.after(() => endOwned(agent));
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  // `ssh-add -l` exits 1 when the agent answers that it is empty, 2 when it does not answer.
  await waitFor('the agent answers', () =>
    run('ssh-add', ['-l'], { env }).catch((error: unknown) => hasCode(error, 1)),
  );
  return {
    socket,
    add: async (keyFile) => {
      await run('ssh-add', ['-q', keyFile], { env });
    },
  };
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
