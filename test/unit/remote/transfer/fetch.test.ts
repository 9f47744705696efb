import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError, MachineError } from '../../../../src/errors.js';
import type { DownloadProgress } from '../../../../src/remote/transfer/download.js';
import { fetchFile, type FetchOptions, type FetchResult } from '../../../../src/remote/transfer/fetch.js';
import { LocalHost } from '../../../../src/remote/localHost.js';
import type { HostProcess, Program } from '../../../../src/remote/host.js';
import { never, runtime, type TransferFixture, transferFixture } from '../../../support/transferFixture.js';
import { noise, sha256 } from '../../../support/trees.js';

const model = noise(3_000_000);

function fetchModel(
  fixture: TransferFixture,
  options: FetchOptions = {},
  signal = never,
): Promise<FetchResult> {
  return fetchFile(fixture.host, runtime, pathsOf(fixture), options, signal);
}

function pathsOf(fixture: TransferFixture): { remotePath: string; localPath: string } {
  return { remotePath: join(fixture.there, 'model.pt'), localPath: join(fixture.here, 'models', 'model.pt') };
}

async function withModel(fixture: TransferFixture, content: Buffer | string = model): Promise<string> {
  await writeFile(pathsOf(fixture).remotePath, content);
  await mkdir(join(fixture.here, 'models'), { recursive: true });
  return pathsOf(fixture).localPath;
}

test('a file comes home with its sha256 and leaves nothing beside it', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture);
  const progress: DownloadProgress[] = [];
  const result = await fetchModel(fixture, { onProgress: (each) => progress.push(each) });
  assert.deepEqual([result.bytes, result.sha256], [model.length, sha256(model)]);
  assert.deepEqual(await readFile(local), model);
  assert.deepEqual(await readdir(join(fixture.here, 'models')), ['model.pt']);
  assert.deepEqual(progress.at(-1), { bytes: model.length, totalBytes: model.length });
});

test('an empty file comes home', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture, '');
  assert.equal((await fetchModel(fixture)).bytes, 0);
  assert.equal(await readFile(local, 'utf8'), '');
});

test('names that a shell would read come home', async (t) => {
  const fixture = await transferFixture(t);
  for (const name of ["it's $(here) & *", '-rf', 'new\nline', '日本語']) {
    await writeFile(join(fixture.there, name), name);
    const paths = { remotePath: join(fixture.there, name), localPath: join(fixture.here, name) };
    await fetchFile(fixture.host, runtime, paths, {}, never);
    assert.equal(await readFile(paths.localPath, 'utf8'), name);
  }
});

test('what exists is never overwritten, not even a dangling link', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture);
  await writeFile(local, 'mine');
  await assert.rejects(
    fetchModel(fixture),
    (error) => error instanceof InputError && error.message.includes(local),
  );
  assert.equal(await readFile(local, 'utf8'), 'mine');
  await rm(local);
  await symlink(join(fixture.here, 'elsewhere'), local);
  await assert.rejects(fetchModel(fixture), InputError);
  assert.deepEqual(await readdir(fixture.here), ['models']);
});

test('a name that is taken while the file travels is not overwritten either', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture);
  const take = writeFile.bind(undefined, local, 'mine');
  let taken: Promise<void> | undefined;
  const onProgress = (): void => void (taken ??= take());
  await assert.rejects(fetchModel(fixture, { onProgress }), InputError);
  await taken;
  assert.equal(await readFile(local, 'utf8'), 'mine');
});

test('a fetch that was broken off goes on where it stood', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture);
  await writeFile(`${local}.part`, model.subarray(0, 2_000_001));
  const progress: number[] = [];
  const result = await fetchModel(fixture, { onProgress: ({ bytes }) => progress.push(bytes) });
  assert.equal(result.sha256, sha256(model));
  assert.ok((progress[0] ?? 0) > 2_000_001);
  assert.deepEqual(await readFile(local), model);
});

test('a part that is not the beginning of the file is fetched anew', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture);
  for (const garbage of [Buffer.alloc(1_000_000), Buffer.concat([model, Buffer.from('longer')])]) {
    await rm(local, { force: true });
    await writeFile(`${local}.part`, garbage);
    await fetchModel(fixture);
    assert.deepEqual(await readFile(local), model);
  }
});

test('a part that is whole needs only its name', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture);
  await writeFile(`${local}.part`, model);
  const progress: unknown[] = [];
  await fetchModel(fixture, { onProgress: (each) => progress.push(each) });
  assert.deepEqual(await readFile(local), model);
  assert.deepEqual(progress, []);
});

test('a file that changes while it travels comes home as it is in the end', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture);
  const changing = new ChangingHost(fixture.host.root, pathsOf(fixture).remotePath, 1);
  await fetchFile(changing, runtime, pathsOf(fixture), {}, never);
  assert.deepEqual(await readFile(local), Buffer.concat([Buffer.from('1'), model.subarray(1)]));
});

test('a file that never comes to rest is given up', async (t) => {
  const fixture = await transferFixture(t);
  await withModel(fixture);
  const changing = new ChangingHost(fixture.host.root, pathsOf(fixture).remotePath, 1000);
  await assert.rejects(
    fetchFile(changing, runtime, pathsOf(fixture), {}, never),
    (error) => error instanceof MachineError && error.message.includes('changes all the time'),
  );
});

test('an unexpected sha256 is refused and does not get the name', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture);
  await assert.rejects(fetchModel(fixture, { expectedSha256: sha256('another') }), MachineError);
  assert.deepEqual(await readdir(join(fixture.here, 'models')), ['model.pt.part']);
  await fetchModel(fixture, { expectedSha256: sha256(model) });
  assert.deepEqual(await readFile(local), model);
});

test('a missing file and a folder are refused with their path', async (t) => {
  const fixture = await transferFixture(t);
  const { remotePath } = pathsOf(fixture);
  const named = (error: unknown): boolean =>
    error instanceof MachineError && error.message.includes(remotePath);
  await assert.rejects(fetchModel(fixture), named);
  await mkdir(remotePath);
  await assert.rejects(fetchModel(fixture), named);
});

test('a file larger than the disk here is refused with what is needed and free', async (t) => {
  const fixture = await transferFixture(t);
  await withModel(fixture, '');
  await truncate(pathsOf(fixture).remotePath, 8_000_000_000_000);
  await assert.rejects(
    fetchModel(fixture),
    (error) =>
      error instanceof InputError && /^The disk is too full for .*: 7\.3 TB are needed/.test(error.message),
  );
});

test('a fetch ends at once when aborted, and keeps what has come', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture);
  const ending = new AbortController();
  const onProgress = ({ bytes }: DownloadProgress): void => {
    if (bytes > 1_000_000) ending.abort();
  };
  await assert.rejects(fetchModel(fixture, { onProgress }, ending.signal), { name: 'AbortError' });
  const kept = await readFile(`${local}.part`);
  assert.ok(kept.length > 1_000_000);
  assert.deepEqual(kept, model.subarray(0, kept.length));
});

test('a model grows while nobody looks and is fetched whole', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture);
  await writeFile(`${local}.part`, model);
  await appendFile(pathsOf(fixture).remotePath, 'more');
  assert.equal((await fetchModel(fixture)).bytes, model.length + 4);
  assert.equal((await readFile(local)).length, model.length + 4);
});

/** A machine that writes into the file just after it read a piece of it, the first few times. */
class ChangingHost extends LocalHost {
  readonly #path: string;
  readonly #times: number;

  constructor(root: string, path: string, times: number) {
    super({ root });
    this.#path = path;
    this.#times = times;
  }

  override python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const changing = `
times = ${this.#times}
def changing(source, length=None, read=pieces_of):
    global times
    for piece in read(source, length):
        yield piece
        if times > 0:
            with open(${JSON.stringify(this.#path)}, "r+b") as file:
                file.write(b"%d" % times)
            times -= 1
pieces_of = changing
`;
    const source = program.source.replace('\nrun(serve)\n', `${changing}\nrun(serve)\n`);
    return super.python({ ...program, source }, signal);
  }
}

test('a place where nothing can be written is refused in a sentence', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture);
  await writeFile(join(fixture.here, 'file'), '');
  for (const place of [
    join(fixture.here, 'file', 'model.pt'),
    join(fixture.here, 'file', 'deep', 'model.pt'),
  ]) {
    const paths = { ...pathsOf(fixture), localPath: place };
    await assert.rejects(
      fetchFile(fixture.host, runtime, paths, {}, never),
      (error) =>
        error instanceof InputError && /cannot be written .*choose another place/.test(error.message),
    );
  }
  assert.deepEqual(await readdir(join(local, '..')), []);
});

test('a file that is not there leaves nothing here', async (t) => {
  const fixture = await transferFixture(t);
  const local = await withModel(fixture);
  await rm(pathsOf(fixture).remotePath);
  await assert.rejects(fetchModel(fixture), MachineError);
  assert.deepEqual(await readdir(join(local, '..')), []);
});
