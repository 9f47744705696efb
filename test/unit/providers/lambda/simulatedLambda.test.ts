import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as v from 'valibot';
import { SimulatedLambda } from '../../../clouds/lambda/simulatedLambda.js';
import { waitFor } from '../../../support/waitFor.js';

/** So fast that its limits do not count; no machine boots here. */
const cloud = await new SimulatedLambda({ timeScale: 0.001 }).start({ after });
const laptop = cloud.addKeyByHand('laptop', 'ssh-ed25519 AAAA');

const good = { region_name: 'us-west-1', instance_type_name: 'gpu_1x_a10', ssh_key_names: ['laptop'] };
const refusal = v.object({ error: v.object({ code: v.string(), message: v.string() }) });

const instanceIds = (...ids: readonly string[]): object => ({ instance_ids: ids });

interface Answer {
  readonly status: number;
  readonly json: unknown;
  /** Of a refusal. */
  readonly code: string | undefined;
}

async function ask(method: string, path: string, body?: unknown, key = cloud.accountKey): Promise<Answer> {
  return send(method, path, body, `Bearer ${key}`);
}

async function send(method: string, path: string, body: unknown, authorization: string): Promise<Answer> {
  const answer = await fetch(`${cloud.endpoint}/api/v1${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const json: unknown = await answer.json();
  const refused = v.safeParse(refusal, json);
  return { status: answer.status, json, code: refused.success ? refused.output.error.code : undefined };
}

for (const [what, changes, status, code] of [
  ['two keys', { ssh_key_names: ['laptop', 'laptop'] }, 400, 'global/invalid-parameters'],
  ['no key', { ssh_key_names: [] }, 400, 'global/invalid-parameters'],
  ['a key that nobody registered', { ssh_key_names: ['phone'] }, 404, 'global/object-does-not-exist'],
  ['a name that is too long', { name: 'x'.repeat(65) }, 400, 'global/invalid-parameters'],
  ['a host name with capitals', { hostname: 'Box' }, 400, 'global/invalid-parameters'],
  ['a reserved tag', { tags: [{ key: 'lambda-ai-x', value: '' }] }, 400, 'global/invalid-parameters'],
  ['a field of an older version', { quantity: 1 }, 400, 'global/invalid-parameters'],
  ['an unknown type', { instance_type_name: 'gpu_1x_b9' }, 404, 'global/object-does-not-exist'],
  ['an unknown region', { region_name: 'moon-1' }, 404, 'global/object-does-not-exist'],
  ['an unknown filesystem', { file_system_names: ['x'] }, 404, 'global/object-does-not-exist'],
  [
    'a filesystem of another region',
    { file_system_names: ['datasets'] },
    400,
    'instance-operations/launch/file-system-in-wrong-region',
  ],
  [
    'a region that has none',
    { region_name: 'us-south-1' },
    400,
    'instance-operations/launch/insufficient-capacity',
  ],
] as const) {
  test(`a launch with ${what} is refused`, async () => {
    const answer = await ask('POST', '/instance-operations/launch', { ...good, ...changes });
    assert.deepEqual([answer.status, answer.code], [status, code]);
    assert.deepEqual(cloud.liveMachines, []);
  });
}

test('a key is asked for, as bearer or as the user of a basic login', async () => {
  const wrong = await ask('GET', '/regions', undefined, 'wrong');
  assert.deepEqual([wrong.status, wrong.code], [401, 'global/invalid-api-key']);
  const basic = Buffer.from(`${cloud.accountKey}:`).toString('base64');
  assert.equal((await send('GET', '/regions', undefined, `Basic ${basic}`)).status, 200);
});

test('a path that is not there and a body that is no JSON are refused', async () => {
  assert.equal((await ask('GET', '/machines')).code, 'global/not-found');
  assert.equal((await ask('POST', '/ssh-keys', '{')).code, 'global/invalid-parameters');
});

test('a name names one key', async () => {
  const again = await ask('POST', '/ssh-keys', { name: 'laptop', public_key: 'ssh-ed25519 BBBB' });
  assert.deepEqual([again.status, again.code], [400, 'global/duplicate']);
  assert.equal((await ask('POST', '/ssh-keys', { name: 'x', public_key: 'no key' })).status, 400);
  assert.equal((await ask('DELETE', '/ssh-keys/unknown')).status, 404);
  assert.ok(cloud.resources.some(({ id }) => id === laptop));
});

test('one unknown machine keeps the others from their end', async () => {
  const id = cloud.addByHand('box');
  const refused = await ask('POST', '/instance-operations/terminate', instanceIds(id, 'unknown'));
  assert.deepEqual([refused.status, refused.code], [404, 'global/object-does-not-exist']);
  assert.equal(cloud.instances.get(id)?.state, 'active');
  assert.deepEqual(cloud.touches, []);
});

test('a machine that is terminated costs nothing more, is shown for a minute, and vanishes', async () => {
  const id = cloud.addByHand('box');
  const answer = await ask('POST', '/instance-operations/terminate', instanceIds(id));
  assert.match(JSON.stringify(answer.json), /"status":"terminating"/);
  assert.ok(!cloud.billing.open.some(({ resourceId }) => resourceId === id));
  assert.ok(cloud.touches.some((touch) => touch.id === id));
  await waitFor('it has vanished', async () => (await ask('GET', `/instances/${id}`)).status === 404);
});

test('an end that is answered and ignored comes later, or never', async () => {
  const [later, never] = [cloud.addByHand('later'), cloud.addByHand('never')];
  for (const [id, seconds] of [
    [later, 60],
    [never, Infinity],
  ] as const) {
    cloud.faults.next('terminate', { kind: 'ignored', seconds });
    assert.equal((await ask('POST', '/instance-operations/terminate', instanceIds(id))).status, 200);
  }
  await waitFor('the first is gone', () => cloud.instances.get(later)?.isGone);
  assert.equal(cloud.instances.get(never)?.state, 'active');
});

test('a list can be behind', async () => {
  const id = cloud.addByHand('box');
  cloud.faults.next('list', { kind: 'stale', seconds: 1_000_000 });
  assert.ok(!JSON.stringify((await ask('GET', '/instances')).json).includes(id));
  assert.ok(JSON.stringify((await ask('GET', '/instances')).json).includes(id));
});

test('only a machine that runs can be restarted', async () => {
  const id = cloud.addByHand('box');
  assert.equal((await ask('POST', '/instance-operations/restart', instanceIds(id))).status, 200);
  await ask('POST', '/instance-operations/terminate', instanceIds(id));
  assert.equal((await ask('POST', '/instance-operations/restart', instanceIds(id))).status, 409);
});

test('who asks twice within a second is refused', async (t) => {
  const strict = await new SimulatedLambda().start(t);
  const headers = { authorization: `Bearer ${strict.accountKey}` };
  const asked = [1, 2, 3].map(() => fetch(`${strict.endpoint}/api/v1/regions`, { headers }));
  const statuses = (await Promise.all(asked)).map(({ status }) => status).sort();
  assert.deepEqual([statuses[0], statuses[2]], [200, 429]);
});
