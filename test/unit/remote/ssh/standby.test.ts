import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { abortable } from '../../../../src/abortable.js';
import type { Program } from '../../../../src/remote/host.js';
import { LocalHost } from '../../../../src/remote/localHost.js';
import { Standby } from '../../../../src/remote/ssh/standby.js';
import { tempDir } from '../../../support/tempDir.js';
import { never } from '../../../support/transferFixture.js';

const patient: Program = {
  name: 'patient',
  source: 'import sys\nprint("here", flush=True)\nsys.stdin.read()',
  request: 1,
};

async function standby(t: Parameters<typeof tempDir>[0]): Promise<Standby> {
  const host = new LocalHost({ root: await tempDir(t) });
  const standby = new Standby((program, signal) => abortable(host.python(program, signal), signal));
  t.after(() => {
    standby.dispose();
    return Promise.resolve();
  });
  return standby;
}

test('as many stand by as are wanted, without a warning of Node', async (t) => {
  const all = await standby(t);
  const warned = once(process, 'warning', { signal: t.signal }).then(([warning]) => String(warning));
  await all.have(patient, 12);
  assert.equal(await Promise.race([warned, setImmediate('none')]), 'none');
});

test('what stands by is taken once, and only for the request it has had', async (t) => {
  const all = await standby(t);
  await all.have(patient, 1);
  assert.equal(await all.take({ ...patient, request: 2 }, never), undefined);
  const taken = await all.take({ ...patient }, never);
  taken?.kill();
  assert.ok(taken !== undefined);
  assert.equal(await all.take(patient, never), undefined);
});

test('what stands by with another request ends', async (t) => {
  const all = await standby(t);
  await all.have(patient, 1);
  await all.have({ ...patient, request: 2 }, 1);
  assert.equal(await all.take(patient, never), undefined);
  (await all.take({ ...patient, request: 2 }, never))?.kill();
});
