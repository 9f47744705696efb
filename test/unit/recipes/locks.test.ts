import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { recipeLocks } from '../../../scripts/locking/recipeLocks.js';
import { RuntimeFiles } from '../../../src/remote/runtimeFiles.js';

const runtimeDir = fileURLToPath(new URL('../../../runtime/', import.meta.url));
const runtime = new RuntimeFiles(runtimeDir);
const locks = await recipeLocks();

/** `name==1.2.3` or `name==1.2.3 ; marker`, and nothing else: no address, no path, no option. */
const lockLine = /^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,._-]+\])?==(\d[\w.!]*)(?: ; (.+))?$/;
const requirementLine = /^([A-Za-z0-9][\w.-]*)(?:\[[\w,.-]+\])?([^;]*)(?:;.*)?$/;

interface Pin {
  readonly name: string;
  readonly version: string;
}

async function pinsOf(lock: string): Promise<Pin[]> {
  return (await runtime.lock(lock)).map((line) => {
    const [, name, version] = lockLine.exec(line) ?? assert.fail(`${lock}.txt: "${line}" pins no version`);
    return { name: name ?? '', version: version ?? '' };
  });
}

/** Negative, zero or positive, by the numbers of two versions; `1.2` equals `1.2.0`. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/[^\d]+/).map(Number));
  const length = Math.max(left?.length ?? 0, right?.length ?? 0);
  for (let index = 0; index < length; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const fits: Readonly<Record<string, (difference: number) => boolean>> = {
  '>=': (difference) => difference >= 0,
  '<=': (difference) => difference <= 0,
  '==': (difference) => difference === 0,
  '!=': (difference) => difference !== 0,
  '>': (difference) => difference > 0,
  '<': (difference) => difference < 0,
};

function isWithin(version: string, range: string): boolean {
  return range
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .every((part) => {
      const [, operator = '', limit = ''] = /^([<>=!]=?)\s*(.+)$/.exec(part) ?? [];
      const fit = fits[operator] ?? assert.fail(`"${part}" is a range this test cannot read`);
      if (limit.endsWith('.*')) return operator === '==' && version.startsWith(limit.slice(0, -1));
      return fit(compareVersions(version, limit));
    });
}

test('every lock belongs to a recipe', async () => {
  const files = await readdir(join(runtimeDir, 'locks'));
  assert.deepEqual(files.sort(), locks.map(({ name }) => `${name}.txt`).sort());
});

for (const { name, requirements } of locks) {
  test(`the lock ${name} has a version within the range of every requirement`, async () => {
    const pins = await pinsOf(name);
    for (const requirement of requirements) {
      const [, required = '', range = ''] = requirementLine.exec(requirement) ?? [];
      const versions = pins.filter((pin) => pin.name === required.toLowerCase().replaceAll(/[._]+/g, '-'));
      assert.notEqual(versions.length, 0, `${requirement} is not in the lock: npm run lock -- ${name}`);
      for (const { version } of versions) {
        assert.ok(isWithin(version, range), `${version} is outside ${requirement}: npm run lock -- ${name}`);
      }
    }
  });
}
