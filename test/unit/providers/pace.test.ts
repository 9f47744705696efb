import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pace } from '../../../src/providers/pace.js';

const never = new AbortController().signal;
const now = (): number => performance.now();

describe('Pace', () => {
  it('keeps callers apart that come at once, in the order in which they came', async () => {
    const pace = new Pace(20);
    const begun: { readonly caller: number; readonly at: number }[] = [];
    await Promise.all(
      [0, 1, 2, 3].map(async (caller) => {
        await pace.turn(never);
        begun.push({ caller, at: now() });
      }),
    );
    assert.deepEqual(
      begun.map(({ caller }) => caller),
      [0, 1, 2, 3],
    );
    for (const [index, { at }] of begun.entries())
      assert.ok(index === 0 || at - (begun[index - 1]?.at ?? 0) >= 19.5);
  });

  it('lets nobody wait who comes after the gap', async () => {
    const pace = new Pace(0);
    for (let call = 0; call < 100; call += 1) await pace.turn(never);
  });

  it('leaves the place of a caller that gives up to the next', async () => {
    const pace = new Pace(400);
    await pace.turn(never);
    const began = now();
    const leaving = new AbortController();
    const left = assert.rejects(pace.turn(leaving.signal), { name: 'AbortError' });
    const next = pace.turn(never);
    leaving.abort();
    await left;
    await next;
    assert.ok(now() - began < 800, 'one gap, not two');
  });

  it('tells a caller that gives up at once, however long those before it wait', async () => {
    const pace = new Pace(0);
    pace.pause(60_000);
    const first = new AbortController();
    const waiting = assert.rejects(pace.turn(first.signal), { name: 'AbortError' });
    const behind = new AbortController();
    const second = assert.rejects(pace.turn(behind.signal), { name: 'AbortError' });
    behind.abort();
    await second;
    first.abort();
    await waiting;
  });

  it('refuses a caller that has given up before', async () => {
    await assert.rejects(new Pace(0).turn(AbortSignal.abort()), { name: 'AbortError' });
  });

  it('lets nobody begin before a pause is over, not even who was waiting already', async () => {
    const pace = new Pace(10);
    await pace.turn(never);
    const began = now();
    const waiting = pace.turn(never);
    pace.pause(60);
    await waiting;
    assert.ok(now() - began >= 59.5);
  });
});
