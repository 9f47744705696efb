import assert from 'node:assert/strict';
import { appendFile, utimes, writeFile } from 'node:fs/promises';
import { describe, it, type TestContext } from 'node:test';
import { JobFolder } from '../../../../src/home.js';
import { reduce, type NewEvent } from '../../../../src/jobs/job.js';
import { whyStuck, type Look } from '../../../../src/jobs/sweep/stuck.js';
import type { Agent } from '../../../../src/remote/agent.js';
import { tempDir } from '../../../support/tempDir.js';
import { dated, deadline, intended, launched, rentedSpec, wholeLife } from '../builders.js';

const planned: NewEvent = { type: 'planned', spec: rentedSpec() };
const training: readonly NewEvent[] = [planned, intended(), launched('m1'), ...wholeLife.slice(3, 7)];
/** The events are of the first minute of the year; the machine must be gone after an hour. */
const began = Date.UTC(2026, 0, 1);
const minutes = (count: number): number => began + count * 60_000;

interface Answer {
  readonly phase: 'running' | 'ended';
  readonly logBytes: number;
}

async function reason(
  t: TestContext,
  events: readonly NewEvent[],
  now: number,
  answer: Answer | 'nobody' = 'nobody',
  changes: Partial<Look> = {},
): Promise<string | null> {
  const folder = new JobFolder(await tempDir(t));
  for (const path of [folder.log, folder.journal]) {
    await writeFile(path, '');
    await appendFile(path, '12345');
    await utimes(path, began / 1000, began / 1000);
  }
  const status = () =>
    answer === 'nobody'
      ? Promise.reject(new Error('It does not answer.'))
      : Promise.resolve({ state: { phase: answer.phase }, logBytes: answer.logBytes });
  return whyStuck({
    job: reduce(dated(events)) ?? assert.fail(),
    driver: { kind: 'none' },
    folder,
    ask: (question) => question({ status } as unknown as Agent),
    now,
    graceMs: 300_000,
    timeScale: 1 / 6,
    ...changes,
  });
}

describe('whyStuck', () => {
  it('leaves a job that somebody drives, however late it is', async (t) => {
    const driver = { kind: 'driving', pid: 1, here: true, activity: null } as const;
    assert.equal(await reason(t, training, minutes(600), 'nobody', { driver }), null);
  });

  it('sees to what waits to be collected or given back', async (t) => {
    const ended: NewEvent = {
      type: 'training.ended',
      training: { exitCode: 0, signal: null, cause: 'exited', message: null },
    };
    assert.match((await reason(t, [...training, ended], minutes(1))) ?? '', /waits in collecting/);
  });

  it('sees to a job that is past its deadline', async (t) => {
    assert.ok(deadline * 1000 === minutes(60));
    assert.equal(await reason(t, training, minutes(64.9), { phase: 'running', logBytes: 9 }), null);
    assert.equal(await reason(t, training, minutes(66)), 'it is past its deadline');
  });

  it('sees to a job that nobody drives any more before it trains', async (t) => {
    assert.equal(await reason(t, [planned, intended()], minutes(15)), null);
    assert.match((await reason(t, [planned, intended()], minutes(25))) ?? '', /nothing has happened/);
  });

  it('fetches the results of a training that has ended, before its machine ends itself', async (t) => {
    const why = await reason(t, training, minutes(5), { phase: 'ended', logBytes: 5 });
    assert.equal(why, 'its training has ended, and its results wait');
  });

  it('leaves a training that goes on by itself, and ends one that is silent', async (t) => {
    assert.equal(await reason(t, training, minutes(30), { phase: 'running', logBytes: 6 }), null);
    assert.equal(await reason(t, training, minutes(5), { phase: 'running', logBytes: 5 }), null);
    assert.match(
      (await reason(t, training, minutes(30), { phase: 'running', logBytes: 5 })) ?? '',
      /printed nothing/,
    );
  });

  it('does not judge a machine that does not answer now, and says so when it has been silent for long', async (t) => {
    assert.equal(await reason(t, training, minutes(5)), null);
    await assert.rejects(reason(t, training, minutes(30)), /does not answer/);
  });
});
