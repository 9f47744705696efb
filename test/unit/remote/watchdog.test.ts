import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { test, type TestContext } from 'node:test';
import * as v from 'valibot';
import { Agent } from '../../../src/remote/agent.js';
import { LocalHost } from '../../../src/remote/localHost.js';
import { RuntimeFiles } from '../../../src/remote/runtimeFiles.js';
import { bootLine, type EndAttempt, type WatchdogRequest } from '../../../src/remote/watchdog.js';
import { tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';

const runtime = new RuntimeFiles(fileURLToPath(new URL('../../../runtime/', import.meta.url)));
const source = await runtime.read('watchdog.py');
process.env.TRAINYARD_TIME_SCALE = '0.05';
const never = new AbortController().signal;
const shells = ['sh', 'bash', 'dash', 'zsh', 'ksh'];
const installed = shells.filter((shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0);

const json = { 'Content-Type': 'application/json' };
const runpodKey = { Authorization: 'Bearer ${RUNPOD_API_KEY}' };
const runpod: readonly EndAttempt[] = [
  {
    method: 'POST',
    url: 'https://api.runpod.io/graphql',
    headers: { ...runpodKey, ...json },
    body: '{"query":"mutation{podTerminate(input:{podId:\\"${RUNPOD_POD_ID}\\"})}"}',
    find: null,
  },
  {
    method: 'DELETE',
    url: 'https://api.runpod.io/v2/pods/${RUNPOD_POD_ID}',
    headers: runpodKey,
    body: null,
    find: null,
  },
];
const vast: EndAttempt = {
  method: 'DELETE',
  url: 'https://console.vast.ai/api/v0/instances/${CONTAINER_ID}/',
  headers: { Authorization: 'Bearer ${CONTAINER_API_KEY}', ...json },
  body: '{}',
  find: null,
};

const request = (attempts: readonly EndAttempt[], deadline = 1_790_000_000): WatchdogRequest => ({
  version: 1,
  deadline,
  end: { attempts },
});

/** A cloud that notes what it is asked, as `DELETE /path body`. */
async function startCloud(t: TestContext): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((message, answer) => {
    void textOf(message).then((body) => {
      asked.push(`${message.method} ${message.url} ${body}`);
      answer.end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function textOf(message: IncomingMessage): Promise<string> {
  return (await message.setEncoding('utf8').toArray()).join('');
}

const ending = (url: string): EndAttempt => ({
  method: 'DELETE',
  url: `${url}/machines/\${MACHINE}`,
  headers: json,
  body: '{"say":"it\'s \\"over\\""}',
  find: null,
});

/** A folder for a machine. What stands guard there is ended before it is removed. */
async function machineFolder(t: TestContext, watched = ''): Promise<string> {
  const removals: (() => Promise<void>)[] = [];
  const folder = await tempDir({ after: (remove) => void removals.push(remove) });
  t.after(async () => {
    process.kill(await watchdogOf(join(folder, watched)), 'SIGKILL');
    await Promise.all(removals.map((remove) => remove()));
  });
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function watchdogOf(folder: string): Promise<number> {
  const lock: unknown = JSON.parse(await readFile(join(folder, 'watchdog', 'lock'), 'utf8'));
  return v.parse(v.object({ pid: v.number() }), lock).pid;
}

void test('a boot line of RunPod or Vast leaves room for the rest of their hooks', () => {
  for (const attempts of [runpod, [vast]]) {
    const { length } = bootLine(source, request(attempts));
    assert.ok(length <= 3400, `${length} characters`);
  }
});

void test('a boot line holds nothing that a shell, JSON or YAML takes for something else', () => {
  const line = bootLine(source, request(runpod));
  assert.match(line, /^\(echo [A-Za-z0-9+/=]+ \| base64 -d \| gzip -d \| python3 -I -X utf8 &\)$/);
});

void test('a boot line is the watchdog without its comments, and its request', () => {
  const packed = /echo (\S+)/.exec(bootLine(source, request([vast])))?.[1] ?? '';
  const compare = `
import ast, json, sys
def bare(text):
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not isinstance(getattr(part, "value", None), ast.Constant)
                         or not isinstance(part, ast.Expr)] or [ast.Pass()]
    return tree
whole, packed = (bare(text) for text in json.load(sys.stdin))
request = ast.literal_eval(packed.body.pop(0).value)
print(json.dumps([ast.dump(whole) == ast.dump(packed), request]))`;
  const input = JSON.stringify([source, gunzipSync(Buffer.from(packed, 'base64')).toString('utf8')]);
  const output = execFileSync('python3', ['-c', compare], { input, encoding: 'utf8' });
  const [isSame, kept] = v.parse(v.tuple([v.boolean(), v.unknown()]), JSON.parse(output));
  assert.equal(isSame, true);
  const { find, ...attempt } = vast;
  assert.equal(find, null);
  assert.deepEqual(kept, { version: 1, deadline: 1_790_000_000, end: { attempts: [attempt] } });
});

for (const shell of installed) {
  void test(`a boot line works under ${shell}`, async (t) => {
    const cloud = await startCloud(t);
    const home = await machineFolder(t, '.trainyard');
    const line = bootLine(source, request([ending(cloud.url)], 0));
    const env = { PATH: process.env.PATH, HOME: home, MACHINE: 'm-1', TRAINYARD_TIME_SCALE: '0.05' };
    const nested = `${shell} -c '${line}; echo goes on'`;
    assert.equal(execFileSync('sh', ['-ec', nested], { env, encoding: 'utf8' }), 'goes on\n');
    await waitFor('a request', () => cloud.asked.length > 0);
    assert.equal(cloud.asked[0], 'DELETE /machines/m-1 {"say":"it\'s \\"over\\""}');
  });
}

void test('a boot line is refused for a time that is not one', () => {
  for (const deadline of [Date.now(), Number.NaN, -1])
    assert.throws(() => bootLine(source, request([vast], deadline)), v.ValiError);
});

void test('the agent guards a machine, says what is missing, and moves its end', async (t) => {
  const cloud = await startCloud(t);
  const root = await machineFolder(t);
  const host = new LocalHost({ root });
  t.after(() => host.dispose());
  const agent = await Agent.start(host, runtime, never);
  assert.equal(await agent.machineLimits(never), null);
  const deadline = Date.now() / 1000 + 3600;
  const order = { deadline, keepMinutes: 30, end: { attempts: [ending(cloud.url)] }, source };
  const unable = await agent.guard({ ...order, secrets: {} }, never);
  assert.deepEqual(unable.missing, ['MACHINE']);
  const able = await agent.guard({ ...order, secrets: { MACHINE: 'm-2' } }, never);
  assert.deepEqual([able.missing, able.deadline, able.skewSeconds], [[], deadline, 0]);
  assert.equal(able.pid, await watchdogOf(root));
  await waitFor('the end of the one before', () => !isAlive(unable.pid));
  await agent.attend(never);
  const limits = await agent.machineLimits(never);
  assert.deepEqual(
    { ...limits, attended: null },
    {
      deadline,
      keepMinutes: 30,
      trainingEnded: null,
      attended: null,
    },
  );
  assert.ok(Math.abs((limits?.attended ?? 0) - Date.now() / 1000) < 60);
  await agent.guard({ ...order, deadline: Date.now() / 1000, secrets: {} }, never);
  await waitFor('the end', () => cloud.asked[0] === 'DELETE /machines/m-2 {"say":"it\'s \\"over\\""}');
});
