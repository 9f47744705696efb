import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatEventLine, parseEventLine } from '../../../src/jobs/eventParser.js';
import type { JobEvent, NewEvent } from '../../../src/jobs/job.js';
import { dated, intended, launched, rentedSpec, wholeLife } from './builders.js';

const resource = {
  provider: 'vast',
  kind: 'ssh-key',
  name: 'trainyard-k3x9-x',
  id: null,
  details: { region: 'eu' },
} as const;

/** One of each kind, with and without what may be left out. */
const rented: readonly NewEvent[] = [
  { type: 'planned', spec: rentedSpec() },
  { type: 'launch.intended', label: 'trainyard-x' },
  intended(1, { region: 'eu', hostKey: 'h7', spot: true }),
  { type: 'launch.refused', label: 'l', why: 'none left' },
  launched('m1'),
  { type: 'repriced', provider: 'vast', id: 'm1', usdPerHour: 0.5 },
  { type: 'instance.rejected', why: 'no GPU' },
  { type: 'instance.rejected', why: 'slow', lineWasSlow: true },
  { type: 'instance.lost', why: 'gone', mirrored: { log: 10, gpu: 0 } },
  { type: 'instance.gone', provider: 'vast', id: 'm1' },
  { type: 'resource.intended', resource },
  { type: 'resource.made', resource: { ...resource, kind: 'ip', id: '7' } },
  { type: 'resource.gone', resource: { ...resource, kind: 'volume' } },
  { type: 'agreed', usdPerHour: 3 },
  { type: 'budget.reached', percent: 80 },
  { type: 'release.overdue', message: 'It is still there.' },
  { type: 'fetched', files: [] },
  {
    type: 'gave-up',
    outcome: 'failed',
    reason: { code: 'install', message: 'No.', fix: null, lines: ['a', 'b'] },
  },
  { type: 'stop.requested' },
  { type: 'extended', hours: 1.5 },
  { type: 'resumed' },
  { type: 'resumed', mirrored: { log: 10, gpu: 0 } },
];

const parsed = (line: string): JobEvent => {
  const result = parseEventLine(line);
  return result.kind === 'event' ? result.event : assert.fail(JSON.stringify(result));
};

describe('lines of a journal', () => {
  it('come back as they were written, whatever they tell', () => {
    for (const event of dated([...wholeLife, ...rented])) {
      const line = formatEventLine(event);
      assert.ok(line.endsWith('\n') && !line.slice(0, -1).includes('\n'));
      assert.deepEqual(parsed(line.trimEnd()), event);
    }
  });

  it('of before machines could be rented say that nothing is rented and nothing limits the cost', () => {
    const line =
      '{"v":1,"type":"planned","at":"2025-01-01T00:00:00.000Z","spec":{"id":"digits-abc234","name":"digits",' +
      '"created":"2025-01-01T00:00:00.000Z","dataset":"/data","recipe":"script","parameters":{},' +
      '"place":{"provider":"ssh","destination":"gpu1","identityFiles":[]},' +
      '"limits":{"hours":null,"stallMinutes":null,"graceSeconds":30},"results":{"to":"/models","checkpoints":true}}}';
    const event = parsed(line);
    assert.ok(event.type === 'planned');
    assert.equal(event.spec.rent, null);
    assert.equal(event.spec.limits.budgetUsd, null);
    assert.equal(event.spec.limits.keepMinutes, 120);
    for (const [type, rest] of [
      ['launch.intended', '"label":"trainyard-x"'],
      ['resumed', '"x":0'],
    ])
      parsed(`{"v":1,"type":"${type}","at":"2025-01-01T00:00:00.000Z",${rest}}`);
  });

  it('cut anywhere are torn or complete, never something else', () => {
    for (const event of dated(rented)) {
      const line = formatEventLine(event).trimEnd();
      for (let length = 0; length < line.length; length += 1)
        assert.equal(parseEventLine(line.slice(0, length)).kind, 'torn');
    }
  });

  it('of a newer version, and of what cannot be, are told apart', () => {
    assert.deepEqual(parseEventLine('{"v":2,"type":"planned"}'), { kind: 'newer', version: 2 });
    for (const line of ['{}', '7', '{"v":1,"at":"x","type":"extended","hours":null}'])
      assert.equal(parseEventLine(line).kind, 'invalid', line);
  });
});
