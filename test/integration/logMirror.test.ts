import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { retryConnection } from '../../src/remote/backoff.js';
import { followRun } from '../../src/remote/transfer/followRun.js';
import { startCuttingProxy } from '../support/cuttingProxy.js';
import { RunFolder } from '../support/runFolder.js';
import { openSshHost } from '../support/sshHost.js';
import { startSshd } from '../support/sshd.js';
import { tempDir } from '../support/tempDir.js';
import { never, runtime } from '../support/transferFixture.js';

const lines = 200_000;
/** A training that prints numbered lines for some seconds, in bursts as trainings do, a bar among them. */
const training = `
import sys, time
for number in range(${lines}):
    sys.stdout.write("line %d\\n" % number)
    if number % 1000 == 0:
        sys.stdout.write("\\r%d%%" % (number * 100 // ${lines}))
        sys.stdout.flush()
        time.sleep(0.04)
`;

test('a log of 200,000 lines is here byte for byte, however often the connection is cut while it is written', async (t) => {
  const sshd = await startSshd(t);
  const proxy = await startCuttingProxy(t, sshd.port);
  const host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
  const run = await RunFolder.make(join(sshd.home, '.trainyard'));
  const dir = await tempDir(t);
  await run.state(1, 'running');

  const writer = spawn('sh', ['-c', 'exec python3 -c "$1" >> "$2"', 'sh', training, run.log]);
  const written = once(writer, 'exit').then(() => run.state(1, 'ended'));
  let cuts = 0;
  let received = 0;
  const listener = {
    onState: () => undefined,
    onBytes: (_file: string, count: number) => (received += count),
  };
  proxy.cutEvery(500, 1500);
  await retryConnection(() => followRun(host, runtime, { job: run.job, attempt: 1, dir }, listener, never), {
    signal: never,
    timeScale: 0.1,
    onRetry: () => (cuts += 1),
  });
  proxy.stopCutting();
  await written;

  const [there, here] = await Promise.all([readFile(run.log), readFile(join(dir, 'output.log'))]);
  assert.ok(there.equals(here), 'the mirror differs');
  assert.equal(here.toString('utf8').match(/line \d+\n/g)?.length, lines);
  assert.ok(cuts >= 3, `${cuts} cuts`);
  assert.equal(received, there.length, 'what has come once does not come again');
});
