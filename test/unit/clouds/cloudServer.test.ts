import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearerOf, CloudServer, json, retryAfter, unknownFields } from '../../clouds/base/cloudServer.js';
import { Faults } from '../../clouds/base/faults.js';
import type { CleanUp } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';

/** A server with one route that makes things, and what it has made. */
async function startServer(t: CleanUp): Promise<{ server: CloudServer; faults: Faults; made: unknown[] }> {
  const faults = new Faults();
  const made: unknown[] = [];
  const server = new CloudServer(
    {
      admit: (request) => (bearerOf(request) === 'key' ? undefined : json(401, { error: 'Unauthorized' })),
      unknownRoute: () => json(404, { error: 'no route' }),
      badJson: () => json(400, { error: 'not JSON' }),
      trouble: (fault) => ({ status: Number(fault.kind), text: 'slow down', headers: retryAfter(fault) }),
    },
    faults,
  );
  server.route(
    'POST',
    '/v1/things/:id',
    ({ params, body }) => {
      const [unknown] = unknownFields(body, ['name']);
      if (unknown !== undefined) return json(422, { error: `unknown field ${unknown}` });
      made.push([params.id, body]);
      return json(201, { id: params.id });
    },
    { point: 'create' },
  );
  t.after(() => server.close());
  await server.listen();
  return { server, faults, made };
}

function post(server: CloudServer, path: string, body: string, signal?: AbortSignal): Promise<Response> {
  const headers = { authorization: 'Bearer key', 'content-type': 'application/json' };
  return fetch(server.url + path, { method: 'POST', headers, body, ...(signal ? { signal } : {}) });
}

test('a route gets its parts and its body, and every request is written down without its key', async (t) => {
  const { server, made } = await startServer(t);
  const answer = await post(server, '/v1/things/a%40b?dry=no', '{"name":"x"}');
  assert.deepEqual([answer.status, await answer.json()], [201, { id: 'a@b' }]);
  assert.deepEqual(made, [['a@b', { name: 'x' }]]);
  const [record] = server.asked('POST', '/v1/things/:id');
  assert.ok(record);
  const { path, query, body, status } = record;
  assert.deepEqual(
    { path, query, body, status },
    {
      ...{ path: '/v1/things/a@b', query: { dry: 'no' } },
      ...{ body: { name: 'x' }, status: 201 },
    },
  );
  assert.match(record.authorization ?? '', /^[0-9a-f]{16}$/);
  assert.equal(JSON.stringify(server.requests).includes('Bearer'), false);
});

test('what a provider does not know is refused in its own words', async (t) => {
  const { server, made } = await startServer(t);
  const answers = [
    await fetch(`${server.url}/v1/things/a`, { method: 'POST' }),
    await post(server, '/v1/nothing', ''),
    await post(server, '/v1/things/a', '{'),
    await post(server, '/v1/things/a', '{"nmae":"x"}'),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 404, 400, 422],
  );
  assert.deepEqual(await answers[3]?.json(), { error: 'unknown field nmae' });
  assert.deepEqual(made, []);
});

for (const [fault, expected] of [
  [
    { kind: '429', retryAfterSeconds: 7 },
    { status: 429, retryAfter: '7', made: 0 },
  ],
  [{ kind: '429' }, { status: 429, retryAfter: null, made: 0 }],
  [{ kind: '500' }, { status: 500, retryAfter: null, made: 0 }],
  [
    { kind: '503', done: true },
    { status: 503, retryAfter: null, made: 1 },
  ],
  [
    { kind: 'slow', ms: 1 },
    { status: 201, retryAfter: null, made: 1 },
  ],
] as const) {
  test(`${JSON.stringify(fault)} is answered with ${expected.status}`, async (t) => {
    const { server, faults, made } = await startServer(t);
    faults.next('create', fault);
    const { status, headers } = await post(server, '/v1/things/a', '{}');
    assert.deepEqual({ status, retryAfter: headers.get('retry-after'), made: made.length }, expected);
    assert.equal((await post(server, '/v1/things/a', '{}')).status, 201);
  });
}

for (const [fault, isMade] of [
  [{ kind: 'lost-reply' }, true],
  [{ kind: 'refuse' }, false],
] as const) {
  test(`${fault.kind} breaks the connection when the thing was${isMade ? '' : ' not'} made`, async (t) => {
    const { server, faults, made } = await startServer(t);
    faults.next('create', fault);
    await assert.rejects(post(server, '/v1/things/a', '{}'), TypeError);
    assert.equal(made.length, isMade ? 1 : 0);
    assert.equal(server.requests[0]?.status, null);
  });
}

test('a request that hangs ends when the client gives up, or with the server', async (t) => {
  const { server, faults, made } = await startServer(t);
  faults.next('create', { kind: 'timeout', done: true, times: 2 });
  const patience = new AbortController();
  const first = post(server, '/v1/things/a', '{}', patience.signal);
  const second = post(server, '/v1/things/b', '{}');
  await waitFor('both requests', () => made.length === 2);
  patience.abort();
  await assert.rejects(first, { name: 'AbortError' });
  await Promise.all([assert.rejects(second, TypeError), server.close()]);
});

test('a mistake of a simulator is no fault of the cloud', async (t) => {
  const { server } = await startServer(t);
  server.route('GET', '/v1/bug', () => {
    throw new Error('a mistake');
  });
  const answer = await fetch(`${server.url}/v1/bug`, { headers: { authorization: 'Bearer key' } });
  assert.equal(answer.status, 599);
  assert.match(await answer.text(), /a mistake/);
});
