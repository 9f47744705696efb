import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, type TestContext } from 'node:test';
import * as v from 'valibot';
import { ConnectionError, MachineError, NotFoundError, messageOf } from '../../../src/errors.js';
import { Agent } from '../../../src/remote/agent.js';
import { LocalHost } from '../../../src/remote/localHost.js';
import { RuntimeFiles } from '../../../src/remote/runtimeFiles.js';
import type { JobFile } from '../../../src/remote/supervisor.js';
import { tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';

const runtime = new RuntimeFiles(fileURLToPath(new URL('../../../runtime/', import.meta.url)));
// Heartbeats and samples of the machine's side, twenty times as often.
process.env.TRAINYARD_TIME_SCALE = '0.05';
const never = new AbortController().signal;
const job = 'digits-7f3k2a';

async function startAgent(t: TestContext, options: { python?: string } = {}): Promise<Agent> {
  const removals: (() => Promise<void>)[] = [];
  const root = await tempDir({ after: (remove) => void removals.push(remove) });
  const host = new LocalHost({ root, ...options });
  t.after(async () => {
    host.dispose();
    await Promise.all(removals.map((remove) => remove()));
  });
  return Agent.start(host, runtime, never);
}

/** A program that stands in for python3 and is a shell script. */
async function shellScript(t: TestContext, text: string): Promise<string> {
  const path = join(await tempDir(t), 'python3');
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

function jobFile(root: string, script: string, attempt = 1): JobFile {
  const run = `${root}/runs/${job}`;
  return {
    version: 1,
    job,
    attempt,
    recipe: 'script',
    params: { epochs: 3 },
    dataset: `${root}/datasets/d`,
    output: `${run}/output`,
    argv: ['/usr/bin/env', 'python3', '-c', script],
    cwd: `${run}/output`,
    env: {},
    limits: { hours: null, stallMinutes: null, graceSeconds: 5, endsAt: null, warnSeconds: null },
  };
}

async function install(agent: Agent, script: string, attempt?: number): Promise<void> {
  const names = ['supervisor.py', 'trainyard.py'];
  const files = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await runtime.read(name)] as const)),
  );
  await agent.install(job, files, jobFile(agent.root, script, attempt), never);
}

async function startTraining(agent: Agent, script: string): Promise<void> {
  await install(agent, script);
  await agent.startTraining(job, {}, never);
}

const ended = (agent: Agent) =>
  waitFor('the end of the training', async () => {
    const { state } = await agent.status(job, never);
    return state?.phase === 'ended' && state;
  });

void test('probe tells what the machine is and has', async (t) => {
  const agent = await startAgent(t);
  const facts = await agent.probe(never);
  assert.equal(facts.root, agent.root);
  assert.equal(facts.rootWritable, true);
  assert.ok(facts.cpuCount >= 1 && facts.memoryBytes > 0 && facts.disk.freeBytes > 0);
  assert.deepEqual(facts.python.slice(0, 1), [3]);
});

void test('a root below ~ is expanded on the machine', async (t) => {
  const host = new LocalHost({ root: '~/.trainyard-not-made-by-a-greeting' });
  t.after(() => host.dispose());
  const agent = await Agent.start(host, runtime, never);
  assert.match(agent.root, /^\/.*\/\.trainyard-not-made-by-a-greeting$/);
});

void test('a training runs from install to its results', async (t) => {
  const agent = await startAgent(t);
  await startTraining(
    agent,
    'import trainyard, os; p = os.path.join(trainyard.output_dir(), "model.json"); open(p, "w").write("{}"); trainyard.model(p)',
  );
  const state = await ended(agent);
  assert.deepEqual([state.reason, state.exitCode], ['exited', 0]);
  const [model, ...more] = await agent.results(job, ['model.json'], never);
  assert.deepEqual(more, []);
  assert.equal(model?.path, 'output/model.json');
  assert.equal(model.role, 'model');
  assert.equal(model.sha256, '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  assert.equal(await readFile(model.absolutePath, 'utf8'), '{}');
});

void test('stop ends a training and extend moves its deadline', async (t) => {
  const agent = await startAgent(t);
  await startTraining(agent, 'import time; time.sleep(60)');
  await agent.extend(job, 2, never);
  await waitFor('the deadline', async () => {
    const { state } = await agent.status(job, never);
    return state?.deadline && state.started && Math.abs(state.deadline - state.started - 7200) < 5;
  });
  await agent.stopTraining(job, 5, never);
  assert.equal((await ended(agent)).reason, 'stopped');
});

void test('answers find their questions whatever their order', async (t) => {
  const agent = await startAgent(t);
  const names = Array.from({ length: 20 }, (_, index) => `missing-${index}`);
  const errors = await Promise.all(
    names.map((name) => agent.status(name, new AbortController().signal).catch(messageOf)),
  );
  assert.deepEqual(
    errors,
    names.map((name) => `On this computer, there is no job ${name}.`),
  );
});

void test('a job that is not there is a NotFoundError that names it and the machine', async (t) => {
  const agent = await startAgent(t);
  await assert.rejects(agent.status('gone-1', never), (error) => {
    assert.ok(error instanceof NotFoundError);
    assert.equal(error.message, 'On this computer, there is no job gone-1.');
    return true;
  });
});

void test('a job name that leads elsewhere is refused', async (t) => {
  const agent = await startAgent(t);
  for (const name of ['../x', '/etc', '..', '.', 'a/b', '', '-rf', 'a\n', 'a\0b'])
    await assert.rejects(agent.remove(name, never), MachineError, JSON.stringify(name));
});

void test('a name that is not UTF-8 survives the way there and back', async (t) => {
  const agent = await startAgent(t);
  await startTraining(agent, String.raw`open(b"model-\xff.pt", "w").close()`);
  await ended(agent);
  const declared = 'model-\udcff.pt';
  const [model] = await agent.results(job, [declared], never);
  assert.equal(model?.path, `output/${declared}`);
});

void test('remove deletes an ended run, refuses a running one, and accepts none', async (t) => {
  const agent = await startAgent(t);
  await startTraining(agent, 'import time; time.sleep(60)');
  await assert.rejects(agent.remove(job, never), /still runs; stop it first/);
  await agent.stopTraining(job, 0, never);
  await ended(agent);
  await agent.remove(job, never);
  await agent.remove(job, never);
  await assert.rejects(agent.status(job, never), NotFoundError);
  await install(agent, '');
  await agent.startTraining(job, {}, never);
  await ended(agent);
});

void test('a file instead of a folder is a MachineError', async (t) => {
  const agent = await startAgent(t);
  await writeFile(join(agent.root, 'runs'), '');
  await assert.rejects(install(agent, ''), MachineError);
});

void test('an aborted question rejects and the next one is answered', async (t) => {
  const agent = await startAgent(t);
  const abort = new AbortController();
  const question = agent.probe(abort.signal);
  abort.abort();
  await assert.rejects(question, { name: 'AbortError' });
  assert.equal((await agent.disk(never)).freeBytes > 0, true);
});

void test('questions reject with a ConnectionError when the agent dies under them', async (t) => {
  const pidFile = join(await tempDir(t), 'pid');
  const python = await shellScript(t, `echo $$ > '${pidFile}'; exec python3 "$@"`);
  const agent = await startAgent(t, { python });
  process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGSTOP');
  const questions = [agent.probe(never), agent.disk(never)].map((question) =>
    assert.rejects(question, ConnectionError),
  );
  process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL');
  await Promise.all(questions);
  assert.equal(agent.isClosed, true);
  await assert.rejects(agent.disk(never), ConnectionError);
});

void test('questions reject after dispose', async (t) => {
  const agent = await startAgent(t);
  const question = assert.rejects(agent.probe(never), ConnectionError);
  agent.dispose();
  agent.dispose();
  await question;
  assert.equal(agent.isClosed, true);
});

void test('an answer of another shape is a MachineError that names the question', async (t) => {
  const agent = await startAgent(t);
  const parse = (value: unknown): string => v.parse(v.string(), value);
  await assert.rejects(agent.request('disk', {}, parse, never), (error) => {
    assert.ok(error instanceof MachineError);
    assert.match(error.message, /^this computer answered "disk" with something unexpected/);
    return true;
  });
});

void test('what login scripts print before the greeting is passed over', async (t) => {
  const python = await shellScript(t, 'echo "Welcome to gpu1"; printf "no newline"; exec python3 "$@"');
  const agent = await startAgent(t, { python });
  assert.ok((await agent.disk(never)).totalBytes > 0);
});

void test('a machine without python3 is told how to get one', async (t) => {
  const python = await shellScript(t, 'cat > /dev/null & exit 127');
  await assert.rejects(startAgent(t, { python }), (error) => {
    assert.ok(error instanceof MachineError);
    assert.match(
      error.message,
      /^No python3 on this computer: Trainyard needs Python 3\.8 or newer there\. Install/,
    );
    return true;
  });
});

void test('an old python3 is named with its version', async (t) => {
  const python = await shellScript(t, 'echo 3.6 >&2; exit 90');
  await assert.rejects(startAgent(t, { python }), (error) => {
    assert.ok(error instanceof MachineError);
    assert.match(error.message, /^this computer has Python 3\.6 as python3: Trainyard needs Python 3\.8/);
    return true;
  });
});

void test('a python3 that fails is quoted', async (t) => {
  const python = await shellScript(t, 'echo "Illegal instruction" >&2; exit 132');
  await assert.rejects(
    startAgent(t, { python }),
    /python3 on this computer could not run Trainyard's agent \(exit code 132\): Illegal instruction/,
  );
});

void test('a working copy keeps what a script changed', async (t) => {
  const agent = await startAgent(t);
  const dataset = join(agent.root, 'datasets', 'd');
  await mkdir(dataset, { recursive: true });
  await writeFile(join(dataset, 'train.py'), 'print(1)');
  await install(agent, '');
  await agent.workdir(job, dataset, never);
  const copy = join(agent.root, 'runs', job, 'work', 'train.py');
  await writeFile(copy, 'print(2)');
  await agent.workdir(job, dataset, never);
  assert.equal(await readFile(copy, 'utf8'), 'print(2)');
  assert.equal(await readFile(join(dataset, 'train.py'), 'utf8'), 'print(1)');
});
