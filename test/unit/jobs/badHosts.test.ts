import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type BadHost, BadHosts, type HostTraits, spentOnBad } from '../../../src/jobs/badHosts.js';
import { silentLogger } from '../../../src/logger.js';
import { RecordingLogger } from '../../support/recordingLogger.js';
import { tempDir } from '../../support/tempDir.js';

const hour = 3_600_000;
const noon = Date.parse('2026-05-04T12:00:00Z');

const vast: HostTraits = { provider: 'vast', hostKey: '24680', region: 'DE', gpu: 'RTX 4090' };
const runpod: HostTraits = { provider: 'runpod', hostKey: null, region: 'US-KS-2', gpu: 'RTX 4090' };
const sick = (traits: HostTraits, usd = 0.02): Omit<BadHost, 'at'> => ({
  ...traits,
  why: 'It has no GPU.',
  usd,
});

async function badFile(t: TestContext): Promise<string> {
  return join(await tempDir(t), 'home', 'bad-hosts.json');
}

/** The list as one process sees it, at a time that the test moves. */
function at(path: string, clock: { now: number }, logger = silentLogger): BadHosts {
  return new BadHosts(path, logger, () => clock.now);
}

test('a machine with a name is avoided for a day, wherever it is offered', async (t) => {
  const clock = { now: noon };
  const hosts = at(await badFile(t), clock);
  await hosts.add(sick(vast));
  const isBad = await hosts.recent();
  assert.equal(isBad({ ...vast, region: 'elsewhere', gpu: 'RTX 4090 x2' }), true);
  assert.equal(isBad({ ...vast, hostKey: '1' }), false);
  assert.equal(isBad({ ...vast, provider: 'lambda' }), false);
  clock.now += 23 * hour;
  assert.equal((await hosts.recent())(vast), true);
  clock.now += 2 * hour;
  assert.equal((await hosts.recent())(vast), false);
});

test('where machines have no names, their kind and region are avoided for an hour', async (t) => {
  const clock = { now: noon };
  const hosts = at(await badFile(t), clock);
  await hosts.add(sick(runpod));
  const isBad = await hosts.recent();
  assert.equal(isBad(runpod), true);
  assert.equal(isBad({ ...runpod, region: 'EU-RO-1' }), false);
  assert.equal(isBad({ ...runpod, gpu: 'L4' }), false);
  clock.now += hour + 1;
  assert.equal((await hosts.recent())(runpod), false);
  assert.equal((await hosts.list()).length, 1);
});

test('another process sees what was added', async (t) => {
  const path = await badFile(t);
  await at(path, { now: noon }).add(sick(vast));
  assert.equal((await at(path, { now: noon }).recent())(vast), true);
});

test('many that add at once lose nothing, and leave nothing else behind', async (t) => {
  const path = await badFile(t);
  const processes = [0, 1, 2, 3].map(() => at(path, { now: noon }));
  const named = (name: string): Omit<BadHost, 'at'> => sick({ ...vast, hostKey: name });
  await Promise.all(
    processes.flatMap((hosts, index) => [0, 1, 2].map((n) => hosts.add(named(`${index}-${n}`)))),
  );
  // Two that look in the same moment may still miss one another; whoever writes next makes it whole.
  for (const [index, hosts] of processes.entries()) await hosts.add(named(`${index}-last`));
  assert.equal((await at(path, { now: noon }).list()).length, 16);
  assert.deepEqual(await readdir(dirname(path)), ['bad-hosts.json']);
});

test('what is older than a day leaves the file with the next that is added', async (t) => {
  const clock = { now: noon };
  const path = await badFile(t);
  const hosts = at(path, clock);
  await hosts.add(sick(vast));
  clock.now += 25 * hour;
  await hosts.add(sick(runpod));
  const written = JSON.parse(await readFile(path, 'utf8')) as BadHost[];
  assert.deepEqual(
    written.map(({ provider }) => provider),
    ['runpod'],
  );
});

test('a file that cannot be read is a warning and no reason to stop', async (t) => {
  const path = await badFile(t);
  const logger = new RecordingLogger();
  const hosts = at(path, { now: noon }, logger);
  await hosts.add(sick(vast));
  await writeFile(path, '[{"provider": "vas');
  const other = at(path, { now: noon }, logger);
  assert.deepEqual(await other.list(), []);
  assert.match(logger.lines.join('\n'), /bad hosts read .*bad-hosts\.json/);
  await other.add(sick(runpod));
  assert.equal((await at(path, { now: noon }).list()).length, 1);
});

test('a folder that cannot be written is a warning; this process still knows', async (t) => {
  const inTheWay = join(await tempDir(t), 'file');
  await writeFile(inTheWay, '');
  const logger = new RecordingLogger();
  const hosts = at(join(inTheWay, 'bad-hosts.json'), { now: noon }, logger);
  await hosts.add(sick(vast));
  assert.match(logger.lines.join('\n'), /bad hosts write/);
  assert.equal((await hosts.recent())(vast), true);
});

test('what tries with bad machines have cost is one sum', async (t) => {
  const hosts = at(await badFile(t), { now: noon });
  await hosts.add(sick(vast, 0.25));
  await hosts.add(sick(runpod, 0.5));
  assert.equal(spentOnBad(await hosts.list()), 0.75);
});
