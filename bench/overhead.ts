/**
 * Time from `trainyard train` to the first point, against a bare `ssh host python3 train.py` on the same server, in
 * turn, with everything in place on the machine. The budget is 1.5 s more than the bare command.
 *
 * npm run bench overhead
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSshd } from '../test/support/sshd.js';

const rounds = 7;
const repository = join(import.meta.dirname, '..');

/** Milliseconds until a process prints a line that fits; the process is then left to end by itself. */
function timeToLine(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  fits: RegExp,
): Promise<number> {
  const started = performance.now();
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  let elapsedMs: number | undefined;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (elapsedMs === undefined && fits.test(text)) elapsedMs = performance.now() - started;
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (elapsedMs === undefined)
        reject(new Error(`${program} ended with ${code ?? 'a signal'} and no point: ${text}`));
      else resolve(elapsedMs);
    });
  });
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const cleanUps: (() => Promise<void>)[] = [];
const base = await mkdtemp(join(tmpdir(), 'trainyard-bench-'));
try {
  const sshd = await startSshd({ after: (done) => void cleanUps.push(done) });
  const dataset = join(base, 'data');
  await cp(join(repository, 'samples/digits'), dataset, { recursive: true });
  await rm(join(dataset, 'trainyard.yaml'));
  await writeFile(
    join(dataset, 'train.py'),
    'print(\'{"type":"progress","data":{"epoch":1,"total_epochs":1,"metrics":{"loss":1.0}}}\', flush=True)\n',
  );
  await cp(dataset, join(sshd.home, 'data'), { recursive: true });
  const env = { ...process.env, HOME: base, SSH_AUTH_SOCK: '', TRAINYARD_HOME: join(base, 'trainyard') };
  const bareArgs = [
    ...['-i', sshd.keyFile, '-p', String(sshd.port), '-F', '/dev/null'],
    ...['-o', 'StrictHostKeyChecking=no', '-o', `UserKnownHostsFile=${join(base, 'known_hosts')}`],
    ...['-o', 'LogLevel=ERROR', `${sshd.user}@${sshd.host}`, `cd ${sshd.home}/data && python3 -u train.py`],
  ];
  const oursArgs = [
    ...[join(repository, 'dist/cli.js'), 'train', dataset, '--json', '--to', join(base, 'models')],
    ...['--provider', `ssh://${sshd.user}@${sshd.host}:${sshd.port}`, '--identity', sshd.keyFile],
  ];
  const bare = (): Promise<number> => timeToLine('ssh', bareArgs, env, /"type":"progress"/);
  const ours = (): Promise<number> => timeToLine(process.execPath, oursArgs, env, /"event":"point"/);
  await bare();
  await ours();
  const times = { bare: [] as number[], ours: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    times.bare.push(await bare());
    times.ours.push(await ours());
  }
  const differences = times.ours.map((value, round) => value - (times.bare[round] ?? 0));
  console.log(`ssh host python3 train.py   ${median(times.bare).toFixed(0)} ms to the first line`);
  console.log(`trainyard train             ${median(times.ours).toFixed(0)} ms to the first point`);
  console.log(
    `overhead                    ${median(differences).toFixed(0)} ms (budget 1500), median of ${rounds}`,
  );
} finally {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  await rm(base, { recursive: true, force: true });
}
