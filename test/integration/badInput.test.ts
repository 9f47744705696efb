import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { runCli, type CliOptions } from '../support/cli.js';
import { startSshd } from '../support/sshd.js';
import { makeSshKey } from '../support/sshKeys.js';
import { tempDir } from '../support/tempDir.js';
import { countingTraining } from '../support/trainings.js';

const run = promisify(execFile);

interface Desk {
  readonly base: string;
  readonly folder: string;
  readonly cli: CliOptions;
}

async function desk(t: TestContext): Promise<Desk> {
  const base = await tempDir(t);
  const { folder } = await countingTraining(join(base, 'data'), { epochs: 1, secondsPerEpoch: 0 });
  const env = { HOME: base, SSH_AUTH_SOCK: '' };
  return { base, folder, cli: { home: join(base, 'trainyard'), env, cwd: base } };
}

/** Runs a wrong command: one sentence on stderr, the exit code, and nothing started. */
async function assertRefused(
  args: readonly string[],
  options: CliOptions,
  expected: { readonly code: number; readonly sentence: RegExp },
): Promise<void> {
  const { code, stderr, stdout } = await runCli(args, options);
  assert.equal(code, expected.code, `exit code of ${args.join(' ')}: ${stderr}${stdout}`);
  assert.match(stderr, expected.sentence);
  assert.ok(!stderr.includes('    at '), 'no stack is shown');
  const jobs = await runCli(['jobs', '--json'], options);
  assert.equal(jobs.stdout, '', 'no job was made');
}

describe('bad input gets one sentence and an exit code', () => {
  it('for folders', async (t) => {
    const { base, cli } = await desk(t);
    await mkdir(join(base, 'empty'));
    await writeFile(join(base, 'file.txt'), 'x');
    await mkdir(join(base, 'nothing-to-train'));
    await writeFile(join(base, 'nothing-to-train', 'notes.md'), 'x');
    await assertRefused(['train', 'missing'], cli, {
      code: 2,
      sentence: /There is no folder .*missing/,
    });
    await assertRefused(['train', 'empty'], cli, { code: 2, sentence: /empty/ });
    await assertRefused(['train', 'file.txt'], cli, {
      code: 2,
      sentence: /file\.txt.*(not a folder|is a file)/i,
    });
    await assertRefused(['train', 'nothing-to-train'], cli, { code: 2, sentence: /No recipe fits/ });
  });

  it('for what cannot be sent and where results cannot be put', async (t) => {
    const { base, folder, cli } = await desk(t);
    await symlink('/etc/hostname', join(folder, 'outside'));
    await assertRefused(['train', folder], cli, { code: 2, sentence: /outside/ });
    const { code, lines } = await runCli(['validate', folder, '--json'], cli);
    assert.equal(code, 2);
    assert.match(JSON.stringify(lines), /not-sendable/);
    await rm(join(folder, 'outside'));
    await writeFile(join(base, 'taken'), 'x');
    await assertRefused(['train', folder, '--to', join(base, 'taken', 'models')], cli, {
      code: 2,
      sentence: /results cannot be put into .*taken.*--to/,
    });
  });

  it('for recipes, parameters and options', async (t) => {
    const { folder, base, cli } = await desk(t);
    const table = join(base, 'table');
    await mkdir(table);
    const rows = Array.from({ length: 40 }, (_, row) => `${row},${(row * 7) % 13},${row % 2 ? 'yes' : 'no'}`);
    await writeFile(join(table, 'data.csv'), `a,b,label\n${rows.join('\n')}\n`);
    await assertRefused(['train', folder, '--recipe', 'scirpt'], cli, {
      code: 2,
      sentence: /'scirpt'.*'script'/,
    });
    await assertRefused(['train', table, '--set', 'tarrget=label'], cli, {
      code: 2,
      sentence: /tarrget.*target/,
    });
    await assertRefused(['train', table, '--set', 'seed=many'], cli, {
      code: 2,
      sentence: /seed must be a whole number.*'many'/,
    });
    await assertRefused(['train', table, '--set', 'testSize=7'], cli, {
      code: 2,
      sentence: /testSize must be.*7/,
    });
    await assertRefused(['train', table, '--set', 'testSize'], cli, { code: 2, sentence: /name=value/ });
    await assertRefused(['train', folder, '--max-hours', '-1'], cli, { code: 2, sentence: /--max-hours/ });
    await assertRefused(['train', folder, '--detatch'], cli, { code: 2, sentence: /Did you mean --detach/ });
    await assertRefused(['train', ''], cli, { code: 2, sentence: /argument of trainyard train is empty/ });
    await assertRefused(['train', folder, '--to', ''], cli, { code: 2, sentence: /--to needs a value/ });
    await assertRefused(['train'], cli, { code: 2, sentence: /trainyard train <folder/ });
    await assertRefused(['tarin', folder], cli, { code: 2, sentence: /'train'/ });
    await assertRefused(['train', folder, '--provider', 'mars'], cli, { code: 2, sentence: /"mars"/ });
  });

  it('for a log that is not there', async (t) => {
    const { cli } = await desk(t);
    await assertRefused(['parse', 'nope.log'], cli, {
      code: 2,
      sentence: /There is no log nope\.log; check/,
    });
  });

  it('for jobs', async (t) => {
    const { cli } = await desk(t);
    for (const verb of ['show', 'logs', 'attach', 'stop', 'resume', 'collect', 'metrics']) {
      await assertRefused([verb, 'nobody'], cli, { code: 2, sentence: /There is no job "nobody"/ });
    }
    await mkdir(join(cli.home, 'jobs', 'newer-aaaaaa'), { recursive: true });
    await writeFile(
      join(cli.home, 'jobs', 'newer-aaaaaa', 'job.jsonl'),
      '{"v":9,"at":"x","type":"planned"}\n',
    );
    const { code, stderr } = await runCli(['show', 'newer'], cli);
    assert.equal(code, 2);
    assert.match(stderr, /newer Trainyard \(version 9.*Update Trainyard/);
    await mkdir(join(cli.home, 'jobs', 'newer-bbbbbb'));
    const ambiguous = await runCli(['show', 'newer'], cli);
    assert.equal(ambiguous.code, 2);
    assert.match(ambiguous.stderr, /could be newer-\w+ or newer-\w+/);
  });

  it('for an unreadable home', async (t) => {
    const { base, folder, cli } = await desk(t);
    const home = join(base, 'not-a-folder');
    await writeFile(home, 'x');
    const { code, stderr } = await runCli(['train', folder], { ...cli, home });
    assert.equal(code, 2);
    assert.match(stderr, /not-a-folder.*TRAINYARD_HOME|not-a-folder/);
  });

  it('for SSH: unreachable, refused, keys that are missing or too open', async (t) => {
    const { base, folder, cli } = await desk(t);
    const sshd = await startSshd(t);
    const url = `ssh://${sshd.user}@${sshd.host}:${sshd.port}`;
    const stranger = join(base, 'stranger');
    await makeSshKey(stranger);
    await assertRefused(['train', folder, '--provider', url, '--identity', stranger], cli, {
      code: 3,
      sentence: /refused/,
    });
    await assertRefused(['train', folder, '--provider', url, '--identity', join(base, 'no-key')], cli, {
      code: 2,
      sentence: /no-key does not exist/,
    });
    await chmod(stranger, 0o644);
    await assertRefused(['train', folder, '--provider', url, '--identity', stranger], cli, {
      code: 2,
      sentence: /chmod 600/,
    });
    await sshd.stop();
    await assertRefused(['train', folder, '--provider', url, '--identity', sshd.keyFile], cli, {
      code: 2,
      sentence: new RegExp(`${sshd.port}`),
    });
  });

  it('for a machine without python3, and one whose host key changed', async (t) => {
    const { base, folder, cli } = await desk(t);
    const bare = await startSshd(t, { python3: 'absent' });
    await assertRefused(
      [
        'train',
        folder,
        '--provider',
        `ssh://${bare.user}@${bare.host}:${bare.port}`,
        '--identity',
        bare.keyFile,
      ],
      cli,
      { code: 2, sentence: /No python3 on .*Install it/ },
    );
    const sshd = await startSshd(t);
    const expected = sshd.fingerprint;
    await mkdir(join(base, '.ssh'), { mode: 0o700 });
    await writeFile(join(base, '.ssh', 'known_hosts'), `${sshd.knownHostsLine}\n`);
    await sshd.changeHostKey();
    const place = ['--provider', `ssh://${sshd.user}@${sshd.host}:${sshd.port}`, '--identity', sshd.keyFile];
    const { code, stderr } = await runCli(['train', folder, ...place], cli);
    assert.equal(code, 3);
    assert.ok(stderr.includes(expected) && stderr.includes(sshd.fingerprint), 'both fingerprints are named');
    assert.ok(!sshd.log.includes('Accepted'), 'nobody logged in');
  });

  it('for a disk that is too small', async (t) => {
    const { folder, cli } = await desk(t);
    const sshd = await startSshd(t, { homeBytes: 8 * 1024 * 1024 });
    await assertRefused(
      [
        'train',
        folder,
        '--provider',
        `ssh://${sshd.user}@${sshd.host}:${sshd.port}`,
        '--identity',
        sshd.keyFile,
      ],
      cli,
      {
        code: 2,
        sentence:
          /disk .* too small: the dataset needs \d+ MB under .*, and \d+ MB are free\. Free some space/,
      },
    );
  });

  it('for a run file, with its line', async (t) => {
    const { base, cli } = await desk(t);
    await writeFile(join(base, 'trainyard.yaml'), 'dataset: ./data\nrecipee: script\n');
    await assertRefused(['train', 'trainyard.yaml'], cli, {
      code: 2,
      sentence: /trainyard\.yaml:2: .*recipee.*"recipe"/,
    });
  });
});

describe('validate', () => {
  it('says which key of the user a training lacks', async (t) => {
    const { base, cli } = await desk(t);
    await writeFile(join(base, 'chat.jsonl'), '{"prompt":"2 plus 3?","completion":"5"}\n'.repeat(3));
    const gated = ['validate', base, '--recipe', 'llm', '--set', 'model=meta-llama/Llama-3.2-1B', '--json'];
    const codes = async (token: string): Promise<string[]> => {
      const { lines } = await runCli(gated, { ...cli, env: { ...cli.env, HF_TOKEN: token } });
      return ((lines.at(-1)?.problems ?? []) as { code: string }[]).map(({ code }) => code);
    };
    assert.ok((await codes('')).includes('secret.missing'));
    assert.ok(!(await codes('hf_something')).includes('secret.missing'));
  });

  it('prints one object, with the sentence of what cannot even be opened', async (t) => {
    const { folder, cli } = await desk(t);
    const good = await runCli(['validate', folder, '--json'], cli);
    assert.equal(good.code, 0, good.stderr);
    assert.deepEqual(
      good.lines.map(({ ok, recipe }) => ({ ok, recipe })),
      [{ ok: true, recipe: 'script' }],
    );
    const bad = await runCli(['validate', 'missing', '--json'], cli);
    assert.equal(bad.code, 2);
    assert.deepEqual(
      bad.lines.map(({ ok }) => ok),
      [false],
    );
  });
});

describe('a read-only home', () => {
  it('is refused before anything is sent', async (t) => {
    const { base, folder, cli } = await desk(t);
    const home = join(base, 'read-only');
    const undo = await makeReadOnlyFolder(home);
    try {
      const { code, stderr } = await runCli(['train', folder], { ...cli, home });
      assert.equal(code, 2);
      assert.match(stderr, /cannot write to its folder .*read-only.*TRAINYARD_HOME/);
    } finally {
      await undo();
    }
  });
});

/** Root may write into any folder, so for root it is a file system that nobody may write to. */
async function makeReadOnlyFolder(path: string): Promise<() => Promise<unknown>> {
  await mkdir(path, { mode: 0o500 });
  if (process.getuid?.() !== 0) return () => chmod(path, 0o700);
  await run('mount', ['-t', 'tmpfs', '-o', 'ro,size=64k', 'tmpfs', path]);
  return () => run('umount', [path]);
}
