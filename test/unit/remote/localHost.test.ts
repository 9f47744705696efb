import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MachineError } from '../../../src/errors.js';
import type { HostProcess, Program } from '../../../src/remote/host.js';
import { LocalHost } from '../../../src/remote/localHost.js';

const never = new AbortController().signal;
const host = new LocalHost({ root: '/anywhere' });

function program(source: string, request: unknown = null): Program {
  return { name: 'test.py', source, request };
}

async function outputOf(process: HostProcess): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

test('a program gets its request and then what is written to it', async () => {
  const source = `
import sys, json
request = json.loads(sys.stdin.buffer.readline())
rest = sys.stdin.buffer.read()
sys.stdout.write(request["say"] + str(len(rest)) + __name__)
`;
  const say = 'quotes " \' ünï\n';
  const process = await host.python(program(source, { say }), never);
  process.stdin.end(Buffer.alloc(1 << 20));
  assert.equal(await outputOf(process), `${say}1048576__main__`);
  assert.deepEqual(await process.exit, { kind: 'code', code: 0 });
});

test('the exit tells code and last words', async () => {
  const process = await host.python(
    program('import sys\nsys.stderr.write("x" * 9000 + "last words")\nsys.exit(3)\n'),
    never,
  );
  assert.deepEqual(await process.exit, { kind: 'code', code: 3 });
  assert.equal(process.stderrTail().length, 4096);
  assert.match(process.stderrTail(), /xlast words$/);
});

test('an error in a program names its line', async () => {
  const process = await host.python(program('\n\nraise ValueError("no")\n'), never);
  assert.deepEqual(await process.exit, { kind: 'code', code: 1 });
  assert.match(process.stderrTail(), /File "trainyard", line 3[\s\S]*ValueError: no/);
});

test('kill ends a program, twice without harm', async () => {
  const process = await host.python(program('import signal\nsignal.pause()\n'), never);
  process.kill();
  process.kill();
  assert.deepEqual(await process.exit, { kind: 'signal', signal: 'SIGTERM' });
});

test('writing to a program that has ended harms nobody', async () => {
  const process = await host.python(program('pass\n'), never);
  await process.exit;
  process.stdin.write('too late');
});

test('disposing the host ends what it runs', async () => {
  const own = new LocalHost({ root: '/anywhere' });
  const process = await own.python(program('import signal\nsignal.pause()\n'), never);
  own.dispose();
  assert.deepEqual(await process.exit, { kind: 'signal', signal: 'SIGTERM' });
});

test("a user's Python settings do not reach our programs", async () => {
  process.env.PYTHONPATH = '/user/packages';
  try {
    const running = await host.python(program('import sys\nprint("/user/packages" in sys.path)\n'), never);
    assert.equal(await outputOf(running), 'False\n');
  } finally {
    delete process.env.PYTHONPATH;
  }
});

test('a Python that does not exist is named with the remedy', async () => {
  const none = new LocalHost({ root: '/anywhere', python: '/nowhere/python3' });
  await assert.rejects(
    none.python(program('pass\n'), never),
    (error) => error instanceof MachineError && error.message.startsWith('There is no /nowhere/python3'),
  );
});

test('nothing is started for who gave up already', async () => {
  await assert.rejects(host.python(program('pass\n'), AbortSignal.abort()), { name: 'AbortError' });
});
