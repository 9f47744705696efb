import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A run's folder on a machine as the supervisor keeps it, for tests that need no training. */
export class RunFolder {
  readonly job = 'digits-7f3k2a';
  readonly dir: string;

  constructor(root: string) {
    this.dir = join(root, 'runs', this.job);
  }

  static async make(root: string): Promise<RunFolder> {
    const run = new RunFolder(root);
    await mkdir(run.dir, { recursive: true });
    return run;
  }

  get log(): string {
    return join(this.dir, 'output.log');
  }

  get gpu(): string {
    return join(this.dir, 'gpu.jsonl');
  }

  write(content: string | Buffer): Promise<void> {
    return appendFile(this.log, content);
  }

  async state(attempt: number, phase: 'running' | 'ended', heartbeat = 1): Promise<void> {
    const file = join(this.dir, 'state.json');
    await writeFile(`${file}.new`, JSON.stringify({ version: 1, attempt, phase, heartbeat }));
    await rename(`${file}.new`, file);
  }
}
