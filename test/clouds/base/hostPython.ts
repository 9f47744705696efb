import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface HostPython {
  /** The interpreter itself, behind shims. */
  readonly program: string;
  /** Folders it needs to run. */
  readonly folders: readonly string[];
}

const question = `import json, sys
print(json.dumps([sys.executable, sorted({sys.prefix, sys.base_prefix})]))`;

let known: Promise<HostPython> | undefined;

/** The python3 of this computer, which is that of simulated machines too. Asked for once. */
export function hostPython(): Promise<HostPython> {
  known ??= ask();
  return known;
}

async function ask(): Promise<HostPython> {
  const { stdout } = await promisify(execFile)('python3', ['-c', question]);
  const [program, folders] = JSON.parse(stdout) as [string, string[]];
  return { program, folders };
}
