import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { test } from 'node:test';
import type {
  ReaderInput,
  ReaderOutput,
  ThreadRequest,
} from '../../../../src/remote/transfer/readerMessages.js';
import { readingRequest } from '../../../../src/remote/transfer/uploadRequest.js';
import { transferFixture } from '../../../support/transferFixture.js';

/** The thread's program, from its sources. */
const program = `
  import('tsx/esm/api').then(({ register }) => {
    register();
    return import(require('node:worker_threads').workerData);
  });
`;
const workerData = pathToFileURL(resolve('src/remote/transfer/folderReader.ts')).href;

test('an upload that begins while its thread gets ready loses nothing of what the machine says', async (t) => {
  const fixture = await transferFixture(t);
  await mkdir(join(fixture.here, 'many'));
  for (let i = 0; i < 3_000; i += 1) await writeFile(join(fixture.here, 'many', `${i}`), String(i));
  const reading = readingRequest(fixture.host, fixture.source, undefined);
  const thread = new Worker(program, { eval: true, execArgv: [], workerData });
  t.after(async () => void (await thread.terminate()));
  const say = (input: ThreadRequest | ReaderInput): void => thread.postMessage(input);
  let contents = 0;
  const files = new Promise<number>((told, fail) => {
    thread.on('error', fail);
    thread.on('message', (output: ReaderOutput) => {
      if (output.kind === 'content') contents += output.files;
      if (output.kind === 'tree') told(output.files);
    });
  });
  say({ kind: 'prepare', reading });
  say({ kind: 'read', reading });
  say({ kind: 'greeted', isEmpty: true });
  assert.equal(await files, 3_000);
  assert.equal(contents, 3_000);
});
