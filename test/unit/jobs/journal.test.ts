import assert from 'node:assert/strict';
import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { InputError, NotFoundError } from '../../../src/errors.js';
import { formatEventLine } from '../../../src/jobs/eventParser.js';
import { reduce } from '../../../src/jobs/job.js';
import { Journal } from '../../../src/jobs/journal.js';
import { tempDir } from '../../support/tempDir.js';
import { dated, spec, wholeLife } from './builders.js';

describe('Journal', () => {
  const journalPath = async (test: TestContext): Promise<string> => join(await tempDir(test), 'job.jsonl');

  it('tells another reader what was appended', async (t) => {
    const path = await journalPath(t);
    const writer = await Journal.create(path, { type: 'planned', spec: spec() });
    const reader = await Journal.open(path);
    await writer.append({ type: 'launch.intended', label: 'x' });
    assert.equal(reader.job.stage.state, 'planned');
    assert.equal(await reader.refresh(), true);
    assert.equal(reader.job.stage.state, 'launching');
    assert.equal(await reader.refresh(), false);
  });

  it('reads back every kind of event as it was written', async (t) => {
    const path = await journalPath(t);
    await writeFile(path, dated(wholeLife).map(formatEventLine).join(''));
    const { job } = await Journal.open(path);
    assert.equal(job.stage.state, 'ended');
    assert.deepEqual(job.spec, spec());
  });

  it('survives a journal cut at any byte and goes on after it', async (t) => {
    const path = await journalPath(t);
    const events = dated(wholeLife);
    const lines = events.map(formatEventLine);
    const whole = lines.join('');
    const ends = lines.map((_, index) => lines.slice(0, index + 1).join('').length);
    const first = ends[0] ?? 0;
    const anywhere = Array.from({ length: whole.length - first + 1 }, (_, index) => first + index);
    const isNearEnd = (length: number): boolean => ends.some((end) => Math.abs(end - length) <= 2);
    // At each end of a line, and at every fifth byte between them.
    for (const length of anywhere.filter((at) => isNearEnd(at) || at % 5 === 0)) {
      await writeFile(path, whole);
      await truncate(path, length);
      const journal = await Journal.open(path);
      await journal.append({ type: 'stop.requested' });
      const written = (await readFile(path, 'utf8')).split('\n');
      assert.match(written.at(-2) ?? '', /"stop.requested"/);
      // A line that lacked nothing but its newline happened; half a line did not.
      const happened = events.filter((_, index) => (ends[index] ?? 0) <= length + 1);
      const again = await Journal.open(path);
      assert.deepEqual(again.job.timeline, reduce(happened)?.timeline, `cut at ${length}`);
    }
  });

  it('does not take half a line of another process for a whole one', async (t) => {
    const path = await journalPath(t);
    const journal = await Journal.create(path, { type: 'planned', spec: spec() });
    const line = formatEventLine({ type: 'launch.intended', label: 'x', at: '2026-01-01T00:00:00Z' });
    await appendFile(path, line.slice(0, 20));
    assert.equal(await journal.refresh(), false);
    await appendFile(path, line.slice(20));
    assert.equal(await journal.refresh(), true);
    assert.equal(journal.job.stage.state, 'launching');
  });

  it('keeps no line that makes all of it unreadable, and goes on', async (t) => {
    const path = await journalPath(t);
    const journal = await Journal.create(path, { type: 'planned', spec: spec() });
    await assert.rejects(journal.append({ type: 'extended', hours: NaN }), /extended cannot be kept/);
    await journal.append({ type: 'stop.requested' });
    assert.equal((await Journal.open(path)).job.stopRequested, true);
  });

  it('applies each line once when several read and write it at once', async (t) => {
    const path = await journalPath(t);
    const limited = spec({ limits: { ...spec().limits, hours: 1 } });
    const journal = await Journal.create(path, { type: 'planned', spec: limited });
    const other = await Journal.open(path);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => [
        (index % 2 === 0 ? journal : other).append({ type: 'extended', hours: 1 }),
        journal.refresh(),
        other.refresh(),
      ]).flat(),
    );
    await Promise.all([journal.refresh(), other.refresh()]);
    assert.equal(journal.job.hours, 21);
    assert.equal(other.job.hours, 21);
    assert.equal((await Journal.open(path)).job.hours, 21);
  });

  it('refuses a journal of a newer version with what to do', async (t) => {
    const path = await journalPath(t);
    await writeFile(path, '{"v":2,"at":"2027-01-01T00:00:00Z","type":"planned"}\n');
    await assert.rejects(Journal.open(path), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /newer Trainyard \(version 2; this one reads 1\). Update Trainyard/);
      return true;
    });
  });

  it('names the file when there is none', async (t) => {
    const path = await journalPath(t);
    await assert.rejects(Journal.open(path), (error: Error) => {
      assert.ok(error instanceof NotFoundError);
      assert.ok(error.message.includes(path));
      return true;
    });
  });
});
