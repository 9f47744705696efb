import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CloudUnavailableError } from '../../../src/errors.js';
import type { RentedInstance } from '../../../src/providers/cloud.js';
import { SharedList } from '../../../src/providers/sharedList.js';
import { waitFor } from '../../support/waitFor.js';

const never = new AbortController().signal;
// Many callers wait with it at once.
setMaxListeners(0, never);
const now = (): number => performance.now();

/** A cloud whose list comes when the test says so. */
class Cloud {
  calls = 0;
  readonly begun: number[] = [];
  #answer: (() => void) | undefined;
  #fail: ((error: Error) => void) | undefined;
  held = false;

  readonly list = (signal: AbortSignal): Promise<readonly RentedInstance[]> => {
    this.calls += 1;
    this.begun.push(now());
    if (!this.held) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#answer = () => resolve([]);
      this.#fail = reject;
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  };

  answer(): void {
    this.#answer?.();
  }

  fail(error: Error): void {
    this.#fail?.(error);
  }
}

describe('SharedList', () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown): unknown => unhandled.push(error);
  beforeEach(() => process.on('unhandledRejection', onUnhandled));
  afterEach(() => process.off('unhandledRejection', onUnhandled));

  const setUp = (gapMs = 0, patienceMs?: number): { cloud: Cloud; shared: SharedList } => {
    const cloud = new Cloud();
    const { list } = cloud;
    const options = { title: 'Cloud', gapMs, list, ...(patienceMs === undefined ? {} : { patienceMs }) };
    return { cloud, shared: new SharedList(options) };
  };

  it('asks once for all who come at once', async () => {
    const { cloud, shared } = setUp();
    const since = now();
    const lists = await Promise.all(Array.from({ length: 20 }, () => shared.get(since, never)));
    assert.equal(cloud.calls, 1);
    assert.ok(lists.every((list) => list === lists[0]));
  });

  it('gives a list that is new enough again, and asks for one that is not', async () => {
    const { cloud, shared } = setUp();
    const first = await shared.get(now(), never);
    assert.equal(await shared.get(first.asked, never), first);
    const second = await shared.get(now(), never);
    assert.notEqual(second, first);
    assert.equal(cloud.calls, 2);
  });

  it('does not take a list that was asked for before for one of now', async () => {
    const { cloud, shared } = setUp();
    cloud.held = true;
    const before = shared.get(now(), never);
    const since = now() + 0.001;
    const after = Promise.all([shared.get(since, never), shared.get(since, never)]);
    cloud.held = false;
    cloud.answer();
    await before;
    for (const { asked } of await after) assert.ok(asked >= since);
    assert.equal(cloud.calls, 2);
  });

  it('keeps the gap between two calls, also after one that failed', async () => {
    const { cloud, shared } = setUp(40);
    await shared.get(now(), never);
    cloud.held = true;
    const failing = assert.rejects(shared.get(now(), never), /no list/);
    await waitFor('the second call', () => cloud.calls === 2);
    cloud.fail(new Error('no list'));
    await failing;
    cloud.held = false;
    await shared.get(now(), never);
    const [a = 0, b = 0, c = 0] = cloud.begun;
    assert.ok(b - a >= 39.5 && c - b >= 39.5, cloud.begun.join(' '));
  });

  it('fails for all who wait for a call that fails, and is asked anew by the next', async () => {
    const { cloud, shared } = setUp();
    cloud.held = true;
    const since = now();
    const waiting = Array.from({ length: 3 }, () => assert.rejects(shared.get(since, never), /no list/));
    cloud.fail(new Error('no list'));
    await Promise.all(waiting);
    cloud.held = false;
    assert.deepEqual((await shared.get(now(), never)).machines, []);
    assert.equal(cloud.calls, 2);
  });

  it('goes on for the others when the one who asked gives up', async () => {
    const { cloud, shared } = setUp();
    cloud.held = true;
    const leaving = new AbortController();
    const since = now();
    const left = assert.rejects(shared.get(since, leaving.signal), { name: 'AbortError' });
    const staying = shared.get(since, never);
    leaving.abort();
    await left;
    cloud.answer();
    assert.deepEqual((await staying).machines, []);
    assert.equal(cloud.calls, 1);
  });

  it('leaves no rejection that nobody handles when all give up and the call then fails', async () => {
    const { cloud, shared } = setUp();
    cloud.held = true;
    const leaving = new AbortController();
    const left = assert.rejects(shared.get(now(), leaving.signal), { name: 'AbortError' });
    leaving.abort();
    await left;
    cloud.fail(new Error('no list'));
    cloud.held = false;
    await shared.get(now(), never);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(unhandled, []);
  });

  it('refuses who has given up before', async () => {
    const { cloud, shared } = setUp();
    await assert.rejects(shared.get(0, AbortSignal.abort()), { name: 'AbortError' });
    assert.equal(cloud.calls, 0);
  });

  it('calls a list that does not come in time a trouble of the provider, which passes', async (t) => {
    // As the connection would, in place of which nothing waits here.
    const alive = setInterval(() => undefined, 1000);
    t.after(() => clearInterval(alive));
    const { cloud, shared } = setUp(0, 20);
    cloud.held = true;
    await assert.rejects(shared.get(now(), never), (error) => {
      assert.ok(error instanceof CloudUnavailableError);
      assert.equal(error.message, 'Cloud did not tell in time which machines there are.');
      return true;
    });
  });
});
