import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.js';
import { tempDir } from '../support/tempDir.js';

/** The job is over in seconds. What it got ready for its dataset, and does not need, must not keep its process. */
const soon = { timeout: 120_000 };

test(
  'a package that cannot be installed is named, with what the installer said, and the job ends',
  soon,
  async (t) => {
    const base = await tempDir(t);
    const folder = join(base, 'data');
    await mkdir(folder);
    await writeFile(join(folder, 'train.py'), 'print("never")\n');
    await writeFile(join(folder, 'requirements.txt'), '--no-index\nno-such-yard==2.0\n');
    const cli = { home: join(base, 'home') };
    const { code, lines, stderr } = await runCli(
      ['train', folder, '--to', join(base, 'models'), '--json'],
      cli,
    );
    assert.equal(code, 1, stderr);
    assert.match(String(lines.at(-1)?.reason), /The package no-such-yard\S* could not be installed/);
    assert.match(stderr, /What the installer said last:\n(?: .*\n)*.*no-such-yard/);
    const shown = await runCli(['show', String(lines.at(-1)?.job), '--json'], cli);
    const { reason } = JSON.parse(shown.stdout) as { reason: { lines: string[] } };
    assert.ok(reason.lines.some((line) => line.includes('no-such-yard')));
  },
);
