import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasCode } from '../../src/errors.js';
import { TrainyardHome } from '../../src/home.js';
import { EnvironmentSecrets } from '../../src/jobs/secrets.js';
import { createHostOpener } from '../../src/lazyHosts.js';
import type { Logger } from '../../src/logger.js';
import { recipes } from '../../src/recipes/index.js';
import type { Recipe } from '../../src/recipes/recipe.js';
import { script } from '../../src/recipes/script.js';
import { RuntimeFiles } from '../../src/remote/runtimeFiles.js';
import { Trainyard } from '../../src/trainyard.js';
import { runCli } from '../support/cli.js';
import { startSshd } from '../support/sshd.js';
import { tempDir } from '../support/tempDir.js';
import { waitFor } from '../support/waitFor.js';

const runtime = new RuntimeFiles(fileURLToPath(new URL('../../runtime/', import.meta.url)));
const never = new AbortController().signal;

/** Everything that a script of the user can do, with a key. */
const keyed: Recipe = {
  ...script,
  id: 'keyed-script',
  secrets: () => [{ name: 'HF_TOKEN', required: true, why: 'The test asks for it.' }],
};

/** Says that it has the key without saying the key, and waits to be let go. */
const training = `
import hashlib, os, time, trainyard
print("it is", hashlib.sha256(os.environ["HF_TOKEN"].encode()).hexdigest(), flush=True)
while not os.path.exists(os.environ["TRAINYARD_OUTPUT"] + "/go"):
    time.sleep(0.05)
path = os.path.join(trainyard.output_dir(), "model.pt")
open(path, "w").write("x")
trainyard.model(path)
`;

test('a key reaches the training over SSH, and no file and no command line', async (t) => {
  const token = `hf_${createHash('sha256').update(String(Math.random())).digest('hex')}`;
  const base = await tempDir(t);
  const sshd = await startSshd(t);
  const folder = join(base, 'data');
  await mkdir(folder);
  await writeFile(join(folder, 'train.py'), training);
  const all = recipes as Recipe[];
  all.push(keyed);
  t.after(() => all.splice(all.indexOf(keyed), 1));

  const home = new TrainyardHome(join(base, 'home'));
  const logged: string[] = [];
  const note = (message: string): number => logged.push(message);
  const logger: Logger = { trace: note, debug: note, info: note, warn: note, error: note };
  const hosts = createHostOpener({ home, env: { HOME: base }, logger });
  const engine = new Trainyard({
    home,
    runtime,
    hosts,
    secrets: new EnvironmentSecrets({ HF_TOKEN: token }),
    cloudSettings: new EnvironmentSecrets({}),
    mayHoldKey: () => Promise.resolve(false),
    monthlyBudgetUsd: () => null,
    logger,
    pollMs: 50,
  });
  const request = {
    path: folder,
    recipe: keyed.id,
    providers: [`ssh://${sshd.user}@${sshd.host}:${sshd.port}`],
    identityFiles: [sshd.keyFile],
    defaultTo: join(base, 'models'),
  };
  const id = await engine.start(await engine.plan(request, never));
  const driven = engine.drive(id, never);
  const digest = createHash('sha256').update(token).digest('hex');
  const log = engine.folder(id).log;
  await waitFor('the key in the training', async () =>
    (await readFile(log, 'utf8')).includes(`it is ${digest}`),
  );

  assert.deepEqual(await commandLinesWith(token), []);
  assert.deepEqual(await filesWith(token, [base, sshd.home]), []);
  await writeFile(join(sshd.home, '.trainyard', 'runs', id, 'output', 'go'), '');
  assert.equal(await driven, 'ended');
  const { stage } = await engine.job(id);
  assert.equal(stage.state === 'ended' ? stage.outcome : stage.state, 'succeeded');
  assert.deepEqual(await filesWith(token, [base, sshd.home]), []);
  assert.ok(!logged.some((line) => line.includes(token)));
});

test('a key that is missing is said before anything is started', async (t) => {
  const base = await tempDir(t);
  const folder = join(base, 'chats');
  await mkdir(folder);
  const chat = JSON.stringify({
    messages: [
      { role: 'user', content: 'What does a siding do?' },
      { role: 'assistant', content: 'It lets one train wait while another passes.' },
    ],
  });
  await writeFile(join(folder, 'train.jsonl'), `${Array.from({ length: 20 }, () => chat).join('\n')}\n`);
  const args = ['train', folder, '--recipe', 'llm', '--set', 'model=meta-llama/Llama-3.2-1B', '--json'];
  const { code, stderr } = await runCli(args, {
    home: join(base, 'home'),
    env: { HOME: base, HF_TOKEN: '' },
  });
  assert.equal(code, 3, stderr);
  assert.match(stderr, /HF_TOKEN is missing\. .*licence/);
  assert.deepEqual(await readdir(join(base, 'home', 'jobs')), []);
});

async function commandLinesWith(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  assert.ok(
    lines.some((line) => line.includes('supervisor.py')),
    'the command lines can be read',
  );
  return lines.filter((line) => line.includes(text));
}

async function filesWith(text: string, folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((each) => each.isFile())) {
      const path = join(entry.parentPath, entry.name);
      if ((await contentOf(path)).includes(text)) found.push(path);
    }
  }
  return found;
}

/** Nothing of a file that is replaced while we look. */
async function contentOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return Buffer.alloc(0);
    throw error;
  }
}
