import assert from 'node:assert/strict';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Rehearsal } from '../../../../src/remote/transfer/rehearsal.js';
import { readingRequest } from '../../../../src/remote/transfer/uploadRequest.js';
import { transferFixture } from '../../../support/transferFixture.js';
import { noise, sha256 } from '../../../support/trees.js';

test('a rehearsal leaves hashes behind, and the upload is as without it', async (t) => {
  const fixture = await transferFixture(t);
  const path = join(fixture.here, 'file');
  await writeFile(path, noise(10_000));
  await utimes(path, 1000, 1000);
  const request = readingRequest(fixture.host, fixture.source, undefined);
  await new Rehearsal(request).run();
  assert.ok((await readFile(request.ledgerFile, 'utf8')).includes(sha256(noise(10_000))));
  assert.equal((await fixture.dataset()).sent, 1);
  await new Rehearsal(request).run();
  assert.equal((await fixture.dataset()).sent, 0);
});

test('a rehearsal waits for no answer', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'first'), 'x');
  await fixture.dataset();
  for (let i = 0; i < 40; i += 1) await writeFile(join(fixture.here, `new${i}`), noise(500_000, i));
  await new Rehearsal(readingRequest(fixture.host, fixture.source, undefined)).run();
  assert.equal((await fixture.dataset()).sent, 40);
});

test('a rehearsal ends at once when it is stopped, and quietly where there is nothing to read', async (t) => {
  const fixture = await transferFixture(t);
  await mkdir(join(fixture.here, 'many'));
  for (let i = 0; i < 2_000; i += 1) await writeFile(join(fixture.here, 'many', `${i}`), String(i));
  const request = readingRequest(fixture.host, fixture.source, undefined);
  const stopped = new Rehearsal(request);
  const running = stopped.run();
  stopped.stop();
  await running;
  await rm(fixture.here, { recursive: true });
  await new Rehearsal(request).run();
});
