import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { nodeTests } from '../../../scripts/testing/nodeTests.js';
import type { Counts } from '../../../scripts/testing/part.js';
import { table } from '../../../scripts/testing/table.js';
import { tempDir } from '../../support/tempDir.js';

const header = "import { test } from 'node:test'; import { existsSync, writeFileSync } from 'node:fs';\n";
const good = `${header}test('good', () => {}); test('later', { skip: true }, () => {});`;
const bad = `${header}test('bad', () => { throw new Error('always'); });`;
const moody = `${header}const mark = import.meta.filename + '.mark';
test('fine', () => {});
test('moody', () => { if (!existsSync(mark)) { writeFileSync(mark, ''); throw new Error('not yet'); } });`;

/** What a part counts that consists of these programs. */
async function counted(
  t: TestContext,
  programs: Readonly<Record<string, string>>,
  options: { secondTry?: boolean; filesPerProcess?: number } = {},
): Promise<Counts> {
  const folder = await tempDir(t);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [name, program] of Object.entries(programs))
    await writeFile(join(folder, `${name}.test.ts`), program);
  const part = nodeTests({ name: 'some', folder, concurrency: 2, timeoutMs: 60_000, ...options });
  const counts = await part.run(() => undefined);
  return {
    ...counts,
    ...(counts.atSecondTry && {
      atSecondTry: counts.atSecondTry.map((file) => file.slice(folder.length + 1)),
    }),
  };
}

describe('files of tests', () => {
  test('are counted together, each in a process or many in one', async (t) => {
    for (const filesPerProcess of [1, 10])
      assert.deepEqual(await counted(t, { bad, good, moody }, { filesPerProcess }), {
        passed: 2,
        failed: 2,
        skipped: 1,
      });
  });

  test('without a test in them fail', async (t) => {
    assert.deepEqual(await counted(t, { good, none: '' }), { passed: 1, failed: 1, skipped: 1 });
  });

  test('have a second try where that is wanted, and it is told', async (t) => {
    const counts = await counted(t, { good, moody }, { secondTry: true });
    assert.deepEqual(counts, { passed: 3, failed: 0, skipped: 1, atSecondTry: ['moody.test.ts'] });
    assert.match(table([{ name: 'some', seconds: 1, ...counts }]), /only at the second try: moody\.test\.ts/);
  });

  test('that fail twice have failed', async (t) => {
    const counts = await counted(t, { bad, good, moody }, { secondTry: true });
    assert.deepEqual(counts, { passed: 3, failed: 1, skipped: 1 });
  });
});
