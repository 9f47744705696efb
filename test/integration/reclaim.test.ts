import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli, startCli, type Line } from '../support/cli.js';
import { startSshd } from '../support/sshd.js';
import { tempDir } from '../support/tempDir.js';
import { countingTraining } from '../support/trainings.js';

const kindsOf = (lines: readonly Line[]): unknown[] => lines.flatMap(({ kind }) => kind ?? []).sort();

test('what finished jobs left on a machine is listed, then deleted', async (t) => {
  const sshd = await startSshd(t);
  const base = await tempDir(t);
  const cli = { home: join(base, 'home'), env: { HOME: base, SSH_AUTH_SOCK: '' } };
  const place = ['--provider', `ssh://${sshd.user}@${sshd.host}:${sshd.port}`, '--identity', sshd.keyFile];
  const { folder } = await countingTraining(join(base, 'data'), { epochs: 2, secondsPerEpoch: 0.01 });
  const trained = await runCli(['train', folder, ...place, '--to', join(base, 'models'), '--json'], cli);
  assert.equal(trained.code, 0, trained.stderr);
  const root = join(sshd.home, '.trainyard');

  const unsaid = await runCli(['reclaim', ...place, '--json'], cli);
  assert.equal(unsaid.code, 2);
  assert.match(unsaid.stderr, /Nothing was deleted: say --yes/);
  const listed = await runCli(['reclaim', ...place, '--dry-run', '--json'], cli);
  assert.equal(listed.code, 0, listed.stderr);
  assert.deepEqual(kindsOf(listed.lines), ['dataset', 'run']);
  assert.equal((await readdir(join(root, 'datasets'))).length, 2, 'nothing was deleted yet');

  const deleted = await runCli(['reclaim', ...place, '--yes', '--json'], cli);
  assert.equal(deleted.code, 0, deleted.stderr);
  const end = deleted.lines.at(-1);
  assert.equal(end?.event, 'reclaimed');
  assert.equal(end.items, 2);
  assert.ok(Number(end.bytes) > 0);
  assert.deepEqual(await readdir(join(root, 'datasets')), []);
  assert.deepEqual(await readdir(join(root, 'runs')), []);

  const again = await runCli(['reclaim', ...place, '--json'], cli);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /There is nothing on/);
});

test('what a running job needs stays', async (t) => {
  const base = await tempDir(t);
  const cli = { home: join(base, 'home') };
  const { folder } = await countingTraining(join(base, 'data'), { epochs: 600, secondsPerEpoch: 0.1 });
  const run = startCli(['train', folder, '--to', join(base, 'models'), '--json'], cli);
  await run.until('an epoch', ({ event }) => event === 'point');
  const { code, lines, stderr } = await runCli(['reclaim', '--yes', '--json'], cli);
  assert.equal(code, 0, stderr);
  assert.deepEqual(lines, []);
  const stopped = await runCli(['stop', String(run.lines[0]?.job), '--json'], cli);
  assert.equal(stopped.code, 0, stopped.stderr);
  await run.ended;
});
