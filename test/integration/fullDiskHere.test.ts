import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DiskFullError } from '../../src/errors.js';
import { fetchFile, type FetchOptions, type FetchResult } from '../../src/remote/transfer/fetch.js';
import { startCuttingProxy } from '../support/cuttingProxy.js';
import { smallDisk } from '../support/smallDisk.js';
import { openSshHost } from '../support/sshHost.js';
import { startSshd } from '../support/sshd.js';
import { tempDir } from '../support/tempDir.js';
import { never, runtime } from '../support/transferFixture.js';
import { noise, sha256 } from '../support/trees.js';

for (const [where, roundTripMs] of [
  ['from nearby', 0],
  ['over several connections', 60],
] as const)
  test(`a disk here that fills up while a model comes ${where} is one sentence, and what came is kept`, async (t) => {
    const sshd = await startSshd(t);
    const proxy = await startCuttingProxy(t, sshd.port, { roundTripMs });
    const host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
    const [there, here] = [await tempDir(t), await smallDisk(t, 32_000_000)];
    const model = noise(24_000_000);
    const paths = { remotePath: join(there, 'model.pt'), localPath: join(here, 'model.pt') };
    await writeFile(paths.remotePath, model);
    await writeFile(join(here, 'earlier.pt'), 'an earlier model');
    const fetch = (options: FetchOptions): Promise<FetchResult> =>
      fetchFile(host, runtime, paths, options, never);

    let filled = false;
    const fillUp = ({ bytes }: { bytes: number }): void => {
      if (filled || bytes < 4_000_000) return;
      filled = true;
      writeFileSync(join(here, 'somebody-else'), Buffer.alloc(15_000_000));
    };
    await assert.rejects(
      fetch({ onProgress: fillUp }),
      (error) =>
        error instanceof DiskFullError &&
        /^The disk is too full for .*model\.pt.*: .* are needed and .* free; free some space/.test(
          error.message,
        ),
    );
    assert.deepEqual((await readdir(here)).toSorted(), ['earlier.pt', 'model.pt.part', 'somebody-else']);
    assert.equal(await readFile(join(here, 'earlier.pt'), 'utf8'), 'an earlier model');
    const kept = await readFile(`${paths.localPath}.part`);
    assert.ok(kept.length >= 4_000_000, `${kept.length} bytes were kept`);
    assert.ok(kept.equals(model.subarray(0, kept.length)), 'they are the beginning of the model');

    await assert.rejects(fetch({}), DiskFullError, 'said before anything comes');
    await rm(join(here, 'somebody-else'));
    let first = 0;
    const { sha256: received } = await fetch({ onProgress: ({ bytes }) => (first ||= bytes) });
    assert.equal(received, sha256(model));
    assert.equal(sha256(await readFile(paths.localPath)), sha256(model));
    assert.ok(first > 4_000_000, `went on at ${first}`);
    assert.deepEqual((await readdir(here)).toSorted(), ['earlier.pt', 'model.pt']);
  });
