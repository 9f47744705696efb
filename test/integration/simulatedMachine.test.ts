import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from 'ssh2';
import { Agent } from '../../src/remote/agent.js';
import type { Host } from '../../src/remote/host.js';
import { RuntimeFiles } from '../../src/remote/runtimeFiles.js';
import { virtualMachineAddress } from '../clouds/base/machineAddress.js';
import { type MachineOptions, SimulatedMachine } from '../clouds/base/simulatedMachine.js';
import { endOwned, spawnOwned } from '../support/ownedProcess.js';
import { evaluating, openSshHost, outputOf } from '../support/sshHost.js';
import { makeSshKey } from '../support/sshKeys.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';
import { waitFor } from '../support/waitFor.js';

const never = new AbortController().signal;
const runtime = new RuntimeFiles(fileURLToPath(new URL('../../runtime/', import.meta.url)));
const l4 = { name: 'NVIDIA L4', count: 2, memoryMib: 23_034 };

/** A machine of root's with two GPUs unless said otherwise, and the private key that it lets in. */
async function boot(
  t: CleanUp,
  options: Partial<MachineOptions> = {},
): Promise<{ machine: SimulatedMachine; keyFile: string }> {
  const keyFile = join(await tempDir(t), 'key');
  const authorizedKeys = [await makeSshKey(keyFile)];
  const machine = await SimulatedMachine.boot(t, {
    ...{ user: 'root', authorizedKeys, environment: {}, gpus: l4 },
    ...options,
  });
  return { machine, keyFile };
}

async function evaluate(host: Host, expression: string): Promise<string> {
  return (await outputOf(await host.python(evaluating(expression), never))).trim();
}

/** What a shell command on the machine prints. */
function shell(host: Host, command: string): Promise<string> {
  return evaluate(host, `os.popen(${JSON.stringify(command)}).read()`);
}

test('a machine is a virtual machine of ubuntu, with GPUs and a home of its own', async (t) => {
  const address = await virtualMachineAddress();
  const { machine, keyFile } = await boot(t, { user: 'ubuntu', address });
  assert.equal(machine.address.port, 22);
  const host = await openSshHost(t, machine.endpoint(keyFile));
  const agent = await Agent.start(host, runtime, never);
  const facts = await agent.probe(never);
  agent.dispose();
  assert.equal(facts.home, '/home/ubuntu');
  assert.equal(facts.user, 'ubuntu');
  const gpu = { name: 'NVIDIA L4', memoryBytes: 23_034 * 2 ** 20, driver: '550.54.15' };
  assert.deepEqual(facts.gpus, [gpu, gpu]);
  assert.equal(facts.gpuProblem, null);
  assert.equal(facts.rootWritable, true);
});

test('PID 1 has what the cloud injected and nothing else, logins have none of it', async (t) => {
  const environment = { CONTAINER_API_KEY: 'scoped', PUBLIC_IPADDR: '203.0.113.7' };
  const { machine, keyFile } = await boot(t, { environment });
  const host = await openSshHost(t, machine.endpoint(keyFile));
  assert.deepEqual(
    JSON.parse(await evaluate(host, "json.dumps(open('/proc/1/environ').read().split(chr(0)))")),
    ['CONTAINER_API_KEY=scoped', 'PUBLIC_IPADDR=203.0.113.7', ''],
  );
  assert.equal(await evaluate(host, "os.environ.get('CONTAINER_API_KEY'), os.environ['HOME']"), 'None /root');
});

test('what is written outside of its home stays on the machine', async (t) => {
  const { machine, keyFile } = await boot(t);
  const host = await openSshHost(t, machine.endpoint(keyFile));
  const before = await readFile('/etc/hosts', 'utf8');
  const own = `/tmp/trainyard-own-${process.pid}`;
  const said = await shell(host, `echo own | sudo tee -a /etc/hosts; touch /usr/mine 2>&1; touch ${own}`);
  assert.match(said, /^own\n.*Read-only file system$/);
  assert.equal(await readFile('/etc/hosts', 'utf8'), before);
  assert.equal(existsSync(own), false);
});

test('the start script runs at every boot with what the cloud injected, and files outlive a reboot', async (t) => {
  const codes: number[] = [];
  const { machine, keyFile } = await boot(t, {
    environment: { WORD: 'sesame' },
    startScript: 'echo "$WORD in $HOME"; exit 7',
    onStartScriptEnd: (code) => codes.push(code),
  });
  await waitFor('the end of the start script', () => codes.length === 1);
  const before = machine.address;
  const { address } = (await boot(t)).machine;
  await machine.reboot({ address: { ...address, port: address.port + 1 } });
  await waitFor('the start script again', () => codes.length === 2);
  assert.deepEqual(codes, [7, 7]);
  assert.equal(await machine.console(), 'sesame in /root\nsesame in /root\n');
  assert.notDeepEqual(machine.address, before);
  assert.equal(await evaluate(await openSshHost(t, machine.endpoint(keyFile)), '6 * 7'), '42');
});

test('a machine that is shut down from inside ends, and its cloud hears of it', async (t) => {
  const ends: string[] = [];
  const { machine, keyFile } = await boot(t, { onEnd: (end) => ends.push(end) });
  const host = await openSshHost(t, machine.endpoint(keyFile));
  await host.python(evaluating("os.system('sudo shutdown -h now')"), never);
  await waitFor('its end', () => ends.length === 1);
  await machine.reboot();
  await host.python(evaluating("os.system('reboot')"), never);
  await waitFor('its end', () => ends.length === 2);
  assert.deepEqual(ends, ['off', 'reboot']);
});

test('the end of a machine ends all its processes and removes its files', async (t) => {
  const { machine } = await boot(t, { startScript: 'setsid sleep 600 & trap "" TERM HUP; sleep 600' });
  const processes = await waitFor('its processes', async () => {
    const all = await machine.processes();
    return all.length >= 5 && all;
  });
  await machine.kill();
  assert.deepEqual(
    processes.filter((pid) => existsSync(`/proc/${pid}`)),
    [],
  );
  assert.equal(existsSync(machine.files), false);
  await machine.kill();
});

test('a machine ends when the process that simulates it is killed', async (t) => {
  const module = new URL('../clouds/base/simulatedMachine.ts', import.meta.url).href;
  const source = `
    import { SimulatedMachine } from ${JSON.stringify(module)};
    const owner = { after: () => undefined };
    const options = { user: 'root', authorizedKeys: [], environment: {}, gpus: 'none' };
    const machine = await SimulatedMachine.boot(owner, { ...options, startScript: 'sleep 600' });
    console.log(JSON.stringify(await machine.processes()));`;
  const folder = await tempDir(t);
  const simulator = spawnOwned(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: folder },
  });
  t.after(() => endOwned(simulator));
  assert.ok(simulator.stdout);
  const [line] = (await once(createInterface(simulator.stdout), 'line')) as [string];
  const processes = JSON.parse(line) as number[];
  assert.ok(processes.length >= 2, line);
  simulator.kill('SIGKILL');
  await waitFor('the end of the machine', () => processes.every((pid) => !existsSync(`/proc/${pid}`)));
});

test('a secret is found in a file, an environment and a command line', async (t) => {
  const { machine, keyFile } = await boot(t);
  const host = await openSshHost(t, machine.endpoint(keyFile));
  assert.equal(await machine.containsSecret('open sesame'), false);

  await shell(
    host,
    'mkdir -p ~/.cache; echo "key: open sesame 1" > ~/.cache/settings; echo open sesame 2 > /etc/motd',
  );
  assert.match(String(await machine.findSecret('open sesame 1')), /\/root\/\.cache\/settings$/);
  assert.match(String(await machine.findSecret('open sesame 2')), /\/etc\/motd$/);
  await shell(host, 'SECRET="open sesame 3" setsid sleep 600 >/dev/null 2>&1 &');
  assert.match(String(await machine.findSecret('open sesame 3')), /^\/proc\/\d+\/environ$/);
  await shell(host, 'setsid sh -c "sleep 600; : open sesame 4" >/dev/null 2>&1 &');
  assert.match(String(await machine.findSecret('open sesame 4')), /^\/proc\/\d+\/cmdline$/);
});

test('the way in is shut, silent or open while the machine goes on', async (t) => {
  const { machine, keyFile } = await boot(t, { ssh: 'shut', startScript: 'exec sleep 600' });
  const sleeper = await waitFor('the start script', () => findProcess(machine, 'sleep'));
  assert.equal(await bannerOf(machine), 'refused');
  await machine.setSsh('open');
  assert.match(await bannerOf(machine), /^SSH-2\.0-OpenSSH/);
  const host = await openSshHost(t, machine.endpoint(keyFile));
  const open = await host.python(evaluating('sys.stdin.read()'), never);

  await machine.setSsh('silent');
  const silent = bannerOf(machine);
  await machine.setSsh('shut');
  assert.equal((await open.exit).kind, 'lost');
  assert.equal(await silent, 'refused');
  assert.equal(await bannerOf(machine), 'refused');

  await machine.setSsh('silent');
  await machine.setSsh('open');
  assert.equal(await evaluate(host, '6 * 7'), '42');
  assert.equal(await findProcess(machine, 'sleep'), sleeper);
});

async function findProcess(machine: SimulatedMachine, name: string): Promise<number | undefined> {
  for (const pid of await machine.processes())
    if ((await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === name) return pid;
  return undefined;
}

/** The first line that sshd says, or that the connection is refused or broken before. */
async function bannerOf(machine: SimulatedMachine): Promise<string> {
  const socket = connect(machine.address);
  try {
    const [data] = (await once(socket, 'data')) as [Buffer];
    return data.toString();
  } catch {
    return 'refused';
  } finally {
    socket.destroy();
  }
}

test('a machine may be without a GPU or have a broken driver, from one question to the next', async (t) => {
  const { machine, keyFile } = await boot(t, { gpus: 'broken' });
  const host = await openSshHost(t, machine.endpoint(keyFile));
  const agent = await Agent.start(host, runtime, never);
  t.after(() => agent.dispose());
  assert.match((await agent.probe(never)).gpuProblem ?? '', /Failed to initialize NVML/);
  await machine.setGpus('none');
  const { gpus, gpuProblem } = await agent.probe(never);
  assert.deepEqual({ gpus, gpuProblem }, { gpus: [], gpuProblem: null });
  await machine.setGpus(l4);
  assert.equal((await agent.probe(never)).gpus.length, 2);
  const fields = 'name,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw';
  const line = await shell(host, `nvidia-smi --query-gpu=${fields} --format=csv,noheader,nounits`);
  assert.match(line, /^NVIDIA L4, \d+, \d+, 23034, \d+, \d+\.\d+$/m);
});

test('another key is let in once it is authorized, a password where the machine has one', async (t) => {
  const { machine } = await boot(t, { password: 'correct horse' });
  const other = join(await tempDir(t), 'other');
  const line = await makeSshKey(other);
  const host = await openSshHost(t, machine.endpoint(other));
  await assert.rejects(evaluate(host, '1'), { name: 'AuthError' });
  await machine.authorize(line);
  assert.equal(await evaluate(await openSshHost(t, machine.endpoint(other)), '1'), '1');
  await loginByPassword(machine, 'correct horse');
  await assert.rejects(loginByPassword(machine, 'battery staple'), /authentication methods failed/);
});

async function loginByPassword(machine: SimulatedMachine, password: string): Promise<void> {
  // sshd may break the connection when it has refused.
  const client = new Client().on('error', () => undefined);
  const ready = once(client, 'ready');
  client.connect({ ...machine.address, username: machine.user, password });
  try {
    await ready;
  } finally {
    client.end();
  }
}
