import assert from 'node:assert/strict';
import {
  chmod,
  link,
  lutimes,
  lstat,
  mkdir,
  readdir,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as after } from 'node:timers';
import { test } from 'node:test';
import type { HostProcess, Program } from '../../../../src/remote/host.js';
import { LocalHost } from '../../../../src/remote/localHost.js';
import { transferFixture } from '../../../support/transferFixture.js';
import { bytePathIn, noise, snapshotTree } from '../../../support/trees.js';

const trees = 2;
const entries = 60;
const changes = 15;
/** Enough that most of them stand between two that are as they were: those are told by where they stood. */
const quietEntries = 300;
/** Where a block, a slab or a page ends. */
const sizes = [
  0, 1, 4095, 4096, 10_000, 262_144, 524_287, 524_289, 1_048_575, 1_048_576, 1_048_577, 2_500_000,
];

test('folders with whatever in them, changed at random, arrive as they are', async (t) => {
  for (let tree = 0; tree < trees; tree += 1) {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const fixture = await transferFixture(t);
    const fuzz = new Fuzz(fixture.here, seed);
    await fuzz.grow(entries);
    await fuzz.growQuiet(quietEntries);
    for (let round = 0; round < 3; round += 1) {
      const expected = await snapshotTree(fixture.here);
      const { path } = await fixture.dataset();
      assert.deepEqual(await snapshotTree(path), expected, `dataset, seed ${seed}, round ${round}`);
      await fixture.mirror();
      assert.deepEqual(await snapshotTree(fixture.there), expected, `mirror, seed ${seed}, round ${round}`);
      assert.deepEqual(await timesIn(fixture.there), await timesIn(fixture.here), `times, seed ${seed}`);
      await fuzz.change(changes);
    }
  }
});

test('what is packed on a slow line arrives as it is', async (t) => {
  const fixture = await transferFixture(t, (top) => new SlowHost(join(top, 'root')));
  const line = 'time,sensor,value,state\n';
  await writeFile(join(fixture.here, 'table.csv'), line.repeat(600_000));
  for (let file = 0; file < 30; file += 1)
    await writeFile(join(fixture.here, `log${file}`), `${file} ${line.repeat(10_000)}`);
  const host = fixture.host as SlowHost;
  const { path, bytes } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
  assert.ok(host.passedBytes < bytes * 0.7, `${host.passedBytes} of ${bytes} bytes`);
});

/** Times of everything but links, in nanoseconds. */
async function timesIn(folder: string): Promise<Record<string, string>> {
  const times: Record<string, string> = {};
  for (const path of Object.keys(await snapshotTree(folder))) {
    const status = await lstat(bytePathIn(folder, path), { bigint: true });
    if (!status.isSymbolicLink()) times[path] = String(status.mtimeNs);
  }
  return times;
}

/** A folder of which nobody knows what is in it, except who knows the seed. */
class Fuzz {
  readonly #top: string;
  #state: number;
  #made = 0;
  #folders = [''];

  constructor(top: string, seed: number) {
    this.#top = top;
    this.#state = seed;
  }

  async grow(count: number): Promise<void> {
    for (let made = 0; made < count; made += 1) await this.#make();
  }

  /** Some files go, some get another name, some content, permissions or time; some are new. */
  async growQuiet(count: number): Promise<void> {
    const folder = join(this.#top, 'quiet');
    await mkdir(folder);
    this.#folders.push('quiet');
    for (let made = 0; made < count; made += 1)
      await writeFile(join(folder, `file${made}`), `content ${made}`);
  }

  async change(count: number): Promise<void> {
    for (let changed = 0; changed < count; changed += 1) {
      const folder = this.#pick(this.#folders);
      const names = await readdir(bytePathIn(this.#top, folder), { withFileTypes: true, encoding: 'buffer' });
      const files = names.filter((entry) => entry.isFile());
      if (files.length === 0) {
        await this.#make();
        continue;
      }
      const name = this.#pick(files).name.toString('latin1');
      const path = bytePathIn(this.#top, folder === '' ? name : `${folder}/${name}`);
      switch (this.#below(5)) {
        case 0:
          await rm(path);
          break;
        case 1:
          await rename(path, this.#newPath());
          break;
        case 2:
          await chmod(path, 0o600);
          await writeFile(path, noise(this.#pick(sizes), this.#below(1000) + 1));
          break;
        case 3:
          await lutimes(path, 0, this.#below(2 ** 31) + this.#below(1000) / 1000);
          break;
        default:
          await this.#make();
      }
    }
  }

  async #make(): Promise<void> {
    const path = this.#newPath();
    switch (this.#below(8)) {
      case 0: {
        await mkdir(path);
        this.#folders.push(path.toString('latin1').slice(this.#top.length + 1));
        break;
      }
      case 1:
        await symlink('.', path);
        break;
      case 2:
        await writeFile(path, '');
        await truncate(path, this.#pick(sizes) * 2);
        break;
      case 3: {
        const other = this.#newPath();
        await writeFile(other, noise(this.#pick(sizes), this.#below(1000) + 1));
        await link(other, path);
        break;
      }
      default:
        // Two of one seed and size are equal.
        await writeFile(path, noise(this.#pick(sizes), this.#below(3) + 1));
        await chmod(path, this.#pick([0o644, 0o600, 0o755, 0o444, 0o777]));
        await lutimes(path, 0, this.#pick([0, 1, 1_000_000_000.5, 4_000_000_000, 1_700_000_000.123]));
    }
  }

  #newPath(): Buffer {
    const folder = this.#pick(this.#folders);
    const letters = Array.from({ length: 1 + this.#below(12) }, () => this.#letter()).join('');
    // What macOS calls so is junk, which stays here.
    const name = `${letters.replace(/^\._/, 'x_')}${(this.#made += 1)}`;
    return bytePathIn(this.#top, folder === '' ? name : `${folder}/${name}`);
  }

  /** Any byte that may stand in a name; elsewhere than on Linux only those of ASCII. */
  #letter(): string {
    const code = 1 + this.#below(process.platform === 'linux' ? 255 : 126);
    return code === 0x2f ? 'x' : String.fromCharCode(code);
  }

  #pick<T>(choices: readonly T[]): T {
    const choice = choices[this.#below(choices.length)];
    if (choice === undefined) throw new Error('nothing to pick from');
    return choice;
  }

  #below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((this.#state / 2 ** 31) * limit);
  }
}

/** This computer over a line that carries 10 MB in a second. */
class SlowHost extends LocalHost {
  passedBytes = 0;

  constructor(root: string) {
    super({ root });
  }

  override async python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const inner = await super.python(program, signal);
    const stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.passedBytes += chunk.length;
        inner.stdin.write(Buffer.from(chunk)); // a copy: the memory is soon the writer’s again
        after(() => done(), chunk.length / 10_000);
      },
    });
    return { ...inner, stdin };
  }
}
