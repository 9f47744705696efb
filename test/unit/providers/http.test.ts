import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import * as v from 'valibot';
import { CloudUnavailableError } from '../../../src/errors.js';
import {
  HttpClient,
  HttpFailure,
  NoAnswerError,
  type Call,
  type HttpOptions,
} from '../../../src/providers/http.js';
import { RecordingLogger } from '../../support/recordingLogger.js';

const key = 'k-3f9a-secret';
const never = new AbortController().signal;
// Many tests wait with it at once.
setMaxListeners(0, never);

type Reply = (response: ServerResponse, request: IncomingMessage) => void;

const answer =
  (status: number, body = '{"ok":true}', headers: Record<string, string> = {}): Reply =>
  (response) =>
    response.writeHead(status, headers).end(body);

const reset: Reply = (response) => void response.socket?.destroy();

/** A server that gives its replies in turn, the last one again and again, and a client of it. */
class Bench {
  readonly logger = new RecordingLogger();
  readonly requests: { readonly line: string; readonly at: number; readonly headers: IncomingHttpHeaders }[] =
    [];
  readonly #server: Server;
  #replies: readonly Reply[] = [answer(200)];

  private constructor() {
    this.#server = createServer((request, response) => {
      const line = `${request.method} ${request.url}`;
      this.requests.push({ line, at: performance.now(), headers: request.headers });
      const [reply = answer(200), ...rest] = this.#replies;
      if (rest.length > 0) this.#replies = rest;
      reply(response, request);
    });
  }

  static async start(t: TestContext, ...replies: Reply[]): Promise<Bench> {
    const bench = new Bench();
    bench.#replies = replies;
    await new Promise<void>((resolve) => bench.#server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      bench.#server.closeAllConnections();
      bench.#server.close();
    });
    return bench;
  }

  get base(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  client(options: Partial<HttpOptions> = {}): HttpClient {
    return new HttpClient({
      name: 'Cloud',
      base: this.base,
      headers: { authorization: `Bearer ${key}` },
      secrets: [key],
      logger: this.logger,
      timeScale: 0.01,
      ...options,
    });
  }

  send(call: Partial<Call<typeof anything>> = {}, signal = never): Promise<unknown> {
    return this.client().send({ ...get, ...call }, signal);
  }
}

const anything = v.unknown();
const get = { method: 'GET', path: '/v1/things', answer: anything, repeat: 'safe' } as const;
const once = { method: 'POST', repeat: 'once', body: { a: 1 } } as const;

const thrownBy = async (work: Promise<unknown>): Promise<Error> => {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  return assert.fail('nothing was thrown');
};

describe('HttpClient', { concurrency: true }, () => {
  it('sends key, query and body, and gives back what the schema makes of the answer', async (t) => {
    const bodies: string[] = [];
    const bench = await Bench.start(t, (response, request) => {
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
      request.on('end', () => response.end('{"id":"7","more":1}'));
    });
    const call = {
      ...get,
      method: 'PUT',
      query: { page: '2 b', none: undefined },
      body: { x: 'ü' },
    } as const;
    const given = await bench.client().send({ ...call, answer: v.object({ id: v.string() }) }, never);
    assert.deepEqual(given, { id: '7' });
    assert.deepEqual(
      bench.requests.map(({ line }) => line),
      ['PUT /v1/things?page=2+b'],
    );
    assert.deepEqual(bodies, ['{"x":"ü"}']);
    assert.equal(bench.requests[0]?.headers.authorization, `Bearer ${key}`);
  });

  it('takes an answer without a body for null', async (t) => {
    const bench = await Bench.start(t, answer(204, ''));
    assert.equal(await bench.client().send({ ...get, answer: v.null() }, never), null);
  });

  for (const [what, reply] of [
    ['429', answer(429)],
    ['408', answer(408)],
    ['500', answer(500)],
    ['503', answer(503)],
    ['a connection that is reset', reset],
    [
      'an answer that is cut short',
      (response) =>
        void response
          .writeHead(200, { 'content-length': '99' })
          .write('{"ok":', () => response.socket?.destroy()),
    ],
  ] as readonly (readonly [string, Reply])[]) {
    it(`asks again after ${what} where that is safe, and once where it is not`, async (t) => {
      const bench = await Bench.start(t, reply, reply, answer(200));
      assert.deepEqual(await bench.send(), { ok: true });
      assert.equal(bench.requests.length, 3);
      const other = await Bench.start(t, reply, answer(200));
      const error = await thrownBy(other.send(once));
      assert.ok(error instanceof HttpFailure || error instanceof NoAnswerError);
      assert.equal(other.requests.length, 1);
    });
  }

  for (const status of [400, 401, 402, 403, 404, 409, 422])
    it(`does not ask again after ${status}`, async (t) => {
      const bench = await Bench.start(t, answer(status, '{"detail":"no"}'));
      const error = await thrownBy(bench.send());
      assert.ok(error instanceof HttpFailure);
      assert.equal(error.status, status);
      assert.deepEqual(error.json, { detail: 'no' });
      assert.equal(bench.requests.length, 1);
    });

  it('gives up in the end, and says who is in trouble', async (t) => {
    const bench = await Bench.start(t, answer(502));
    const error = await thrownBy(bench.send());
    assert.ok(error instanceof CloudUnavailableError);
    assert.match(error.message, /^Cloud is in trouble \(502\): GET \/v1\/things\.$/);
    assert.equal(bench.requests.length, 7);
  });

  it('waits as long as it is told, in seconds or until a date', async (t) => {
    for (const text of ['20', new Date(Date.now() + 40_000).toUTCString()]) {
      const bench = await Bench.start(t, answer(429, '', { 'retry-after': text }), answer(200));
      await bench.send();
      const [first, second] = bench.requests;
      assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 190, text);
    }
  });

  it('waits as long as a body says', async (t) => {
    const bench = await Bench.start(t, answer(429, '{"wait":20}'), answer(200));
    const waitOf = ({ json }: HttpFailure): number =>
      1000 * v.parse(v.object({ wait: v.number() }), json).wait;
    await bench.client({ waitOf }).send(get, never);
    const [first, second] = bench.requests;
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 195);
  });

  it('does not keep a caller waiting for an hour without a word', async (t) => {
    const bench = await Bench.start(t, answer(429, '', { 'retry-after': '3600' }));
    const error = await thrownBy(bench.send());
    assert.ok(error instanceof CloudUnavailableError);
    assert.match(error.message, /asked too often/);
    assert.equal(bench.requests.length, 1);
  });

  it('keeps off while an allowance is used up, without being refused first', async (t) => {
    const bench = await Bench.start(t, answer(200, 'null', { ratelimit: '"minute";r=0;t=20' }), answer(200));
    const client = bench.client();
    await client.send(get, never);
    await client.send(get, never);
    const [first, second] = bench.requests;
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 195);
  });

  it('keeps calls of a lane apart however many come at once, and lets other lanes pass', async (t) => {
    const bench = await Bench.start(t, answer(200));
    const client = bench.client({ lanes: { slow: 30_000, general: 0 } });
    const began = performance.now();
    const slow = [1, 2, 3].map(() => client.send({ ...get, path: '/slow', lane: 'slow' }, never));
    await Promise.all([...slow, client.send({ ...get, path: '/quick' }, never)]);
    const lines = bench.requests.map(({ line }) => line);
    assert.deepEqual(lines.slice(2).sort(), ['GET /slow', 'GET /slow']);
    assert.ok((bench.requests[3]?.at ?? 0) - began >= 2 * 299.5);
  });

  it('does not wait for ever for an answer', async (t) => {
    const silent: Reply = (response) => void response.writeHead(200).write('{');
    const bench = await Bench.start(t, silent);
    const error = await thrownBy(bench.send({ ...once, deadlineMs: 1 }));
    assert.ok(error instanceof NoAnswerError);
    assert.match(error.message, /Cloud did not answer POST \/v1\/things \(no answer within 3 s\)/);
    assert.equal(bench.requests.length, 1);
  });

  it('does not follow a redirect: the key goes nowhere else', async (t) => {
    const elsewhere = await Bench.start(t, answer(200));
    for (const status of [301, 302, 307, 308]) {
      const location = `${elsewhere.base}/catch`;
      const bench = await Bench.start(t, answer(status, '', { location }));
      const error = await thrownBy(bench.send());
      assert.ok(error instanceof HttpFailure && error.status === status);
    }
    assert.deepEqual(elsewhere.requests, []);
  });

  for (const [what, body] of [
    ['what is no JSON', '<html>Down for maintenance</html>'],
    ['something else than it should', '{"id":7}'],
    ['nothing', ''],
  ] as const) {
    it(`says what it cannot read when the answer is ${what}`, async (t) => {
      const bench = await Bench.start(t, answer(200, body));
      const call = { ...get, answer: v.object({ id: v.string() }) };
      const error = await thrownBy(bench.client().send(call, never));
      assert.ok(error instanceof CloudUnavailableError);
      assert.match(error.message, /^Cloud answered GET \/v1\/things with something Trainyard cannot read/);
      assert.equal(bench.requests.length, 1);
    });
  }

  it('ends at once when the caller gives up: before, while it asks and while it waits', async (t) => {
    const aborted = { name: 'AbortError' };
    const bench = await Bench.start(t, () => undefined);
    await assert.rejects(bench.send({}, AbortSignal.abort()), aborted);
    assert.equal(bench.requests.length, 0);
    const asking = new AbortController();
    const silent = await Bench.start(t, () => asking.abort());
    await assert.rejects(silent.send(once, asking.signal), aborted);
    const waiting = new AbortController();
    const refusing = await Bench.start(t, (response) => {
      response.once('finish', () => setImmediate(() => waiting.abort()));
      answer(503, '', { 'retry-after': '250' })(response, response.req);
    });
    await assert.rejects(refusing.client({ timeScale: 1 }).send(get, waiting.signal), aborted);
    assert.equal(refusing.requests.length, 1);
  });

  it('keeps secrets out of everything that is thrown or logged', async (t) => {
    const body = `{"detail":"bad key ${key}","jupyter_token":"tok-1","env":[["A","env-1"],["B","env-2"]]}`;
    const secrets = [key, 'tok-1', 'env-1', 'env-2'];
    for (const reply of [answer(400, body), answer(500, body), answer(200, body), reset]) {
      const bench = await Bench.start(t, reply);
      for (const repeat of ['once', 'safe'] as const) {
        const call = { ...get, repeat, answer: v.object({ id: v.string() }) };
        const error = await thrownBy(bench.client().send(call, never));
        const all = [inspect(error, { depth: 9 }), JSON.stringify(error), ...bench.logger.lines].join('\n');
        for (const secret of secrets) assert.ok(!all.includes(secret), `${secret} in ${all}`);
      }
    }
  });
});
