import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ConnectionError, type ConnectionPhase, InputError, MachineError } from '../../src/errors.js';
import type { Host, HostProcess } from '../../src/remote/host.js';
import type { HostStore } from '../../src/remote/hostStore.js';
import type { SshHost } from '../../src/remote/ssh/sshHost.js';
import { fetchFile, type FetchOptions, type FetchResult } from '../../src/remote/transfer/fetch.js';
import { syncFolder, type SyncOptions, type SyncResult } from '../../src/remote/transfer/sync.js';
import { runCli } from '../support/cli.js';
import { startCuttingProxy } from '../support/cuttingProxy.js';
import { HostAround } from '../support/hostAround.js';
import { openSshHost } from '../support/sshHost.js';
import { type Sshd, type SshdOptions, startSshd } from '../support/sshd.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';
import { never, runtime, TransferFixture } from '../support/transferFixture.js';
import { bytePathIn, makeHostileTree, noise, sha256, snapshotTree } from '../support/trees.js';

const machines: readonly (readonly [string, SshdOptions, RegExp])[] = [
  [
    'a server for files only',
    { config: ['ForceCommand internal-sftp'] },
    /^\S+ runs none of Trainyard's programs, so /,
  ],
  [
    'a machine without python3',
    { python3: 'absent' },
    /^\S+ runs none of Trainyard's programs \(it has no python3\), so /,
  ],
];
type OnSynced = NonNullable<SyncOptions['onProgress']>;
type OnFetched = NonNullable<FetchOptions['onProgress']>;

const withoutPython: SshdOptions = { python3: 'absent' };

/** Somebody is there to be told. */
const told = { onNotice: (): void => undefined };

class PlainFixture extends TransferFixture {
  override mirror(options: SyncOptions = {}, signal = never): Promise<SyncResult> {
    return super.mirror({ ...told, ...options }, signal);
  }
}

async function fixtureOver(t: CleanUp, host: Host): Promise<PlainFixture> {
  const fixture = new PlainFixture(await tempDir(t), host);
  await mkdir(fixture.here);
  return fixture;
}

async function plain(
  t: CleanUp,
  options: SshdOptions = withoutPython,
): Promise<{ sshd: Sshd; fixture: PlainFixture }> {
  const sshd = await startSshd(t, options);
  return { sshd, fixture: await fixtureOver(t, await openSshHost(t, sshd.endpoint)) };
}

/** Modification times in whole seconds, by path; a link's is its own affair. */
async function timesIn(folder: string): Promise<Record<string, number>> {
  const times: Record<string, number> = {};
  for (const [path, entry] of Object.entries(await snapshotTree(folder)))
    if (!entry.startsWith('link'))
      times[path] = Math.floor((await lstat(bytePathIn(folder, path))).mtimeMs / 1000);
  return times;
}

async function assertMirrored({ here, there }: TransferFixture): Promise<void> {
  assert.deepEqual(await snapshotTree(there), await snapshotTree(here));
  assert.deepEqual(await timesIn(there), await timesIn(here));
}

/** What SFTP can say of {@link makeHostileTree}. */
async function makeSayableTree(folder: string): Promise<void> {
  await makeHostileTree(folder);
  for (const name of await readdir(folder, { encoding: 'buffer' }))
    if (name.includes(0xff)) await rm(bytePathIn(folder, name.toString('latin1')), { recursive: true });
  const old = new Date('2019-05-17T11:12:13.900Z');
  await utimes(join(folder, 'run.sh'), old, old);
  await utimes(join(folder, 'deep0', 'deep1'), old, old);
}

describe('a folder mirrored by SFTP', () => {
  for (const [what, options, sentence] of machines)
    test(`is the same on ${what}, which is said once`, async (t) => {
      const { fixture } = await plain(t, options);
      await makeSayableTree(fixture.here);
      await writeFile(join(fixture.here, 'big'), noise(5_000_001));
      const notices: string[] = [];
      const first = await fixture.mirror({ onNotice: (notice) => notices.push(notice) });
      await assertMirrored(fixture);
      assert.equal(notices.length, 1);
      assert.match(notices[0] ?? '', sentence);
      assert.match(notices[0] ?? '', /by SFTP, which takes longer\.$/);
      assert.equal(first.path, fixture.there);

      const again = await fixture.mirror();
      assert.deepEqual({ ...again, seconds: 0 }, { ...first, sent: 0, bytes: 0, seconds: 0 });
    });

  test('has the hash that our programs would give it', async (t) => {
    const { fixture } = await plain(t);
    await makeSayableTree(fixture.here);
    const ours = new TransferFixture(join(fixture.here, '..'));
    const { hash, files } = await fixture.mirror();
    assert.deepEqual(await ours.dataset().then((made) => [made.hash, made.files]), [hash, files]);
  });

  for (const [where, options] of [
    ['', withoutPython],
    [
      ', also by a server that renames over nothing',
      { config: ['ForceCommand internal-sftp -P posix-rename,statvfs'] },
    ],
  ] as const)
    test(`takes what differs, and loses what is gone here last${where}`, async (t) => {
      const { fixture } = await plain(t, options);
      const { here, there } = fixture;
      await makeSayableTree(here);
      await fixture.mirror();

      await writeFile(join(here, 'run.sh'), 'changed');
      await chmod(join(here, 'empty file'), 0o640);
      await rm(join(here, 'deep0'), { recursive: true });
      await rm(join(here, "it's"));
      await rm(join(here, 'link'));
      await symlink('private', join(here, 'link'));
      await rename(join(here, 'empty'), join(here, 'emptier'));
      const namesWhileSending: string[] = [];
      const onProgress: OnSynced = ({ phase }) => {
        if (phase === 'sending') namesWhileSending.push(...readdirSync(there));
      };
      const { sent, bytes } = await fixture.mirror({ onProgress });
      assert.ok(namesWhileSending.includes("it's"), 'nothing goes before all is there');
      assert.deepEqual([sent, bytes], [1, 7]);
      await assertMirrored(fixture);

      // A file becomes a folder, a folder a file, and a link to a folder a folder.
      await rm(join(here, 'private'));
      await mkdir(join(here, 'private', 'within'), { recursive: true });
      await writeFile(join(here, 'private', 'within', 'file'), 'x');
      await rm(join(here, 'emptier'), { recursive: true });
      await writeFile(join(here, 'emptier'), 'a file');
      await rm(join(here, 'folder link'));
      await mkdir(join(here, 'folder link'));
      await fixture.mirror();
      await assertMirrored(fixture);
      assert.ok(!(await readdir(there)).includes('.trainyard-partial'));
    });

  test('leaves what ignore rules name, and puts many small files in place', async (t) => {
    const { fixture } = await plain(t);
    await mkdir(join(fixture.here, '.git'));
    await writeFile(join(fixture.here, '.git', 'config'), 'x');
    await writeFile(join(fixture.here, '.trainyardignore'), '*.tmp\n');
    await writeFile(join(fixture.here, 'a.tmp'), 'x');
    for (let i = 0; i < 300; i += 1) await writeFile(join(fixture.here, `small${i}`), noise(i, i));
    const { files } = await fixture.mirror();
    assert.equal(files, 300);
    assert.equal((await readdir(fixture.there)).length, 300);
  });

  test('stays as it was when the connection is cut, and goes on where that was', async (t) => {
    const sshd = await startSshd(t, withoutPython);
    const proxy = await startCuttingProxy(t, sshd.port);
    const fixture = await fixtureOver(t, await openSshHost(t, { ...sshd.endpoint, port: proxy.port }));
    await writeFile(join(fixture.here, 'model'), 'earlier');
    await writeFile(join(fixture.here, 'gone'), 'earlier');
    await fixture.mirror();
    const before = await snapshotTree(fixture.there);

    const content = noise(24_000_000);
    await writeFile(join(fixture.here, 'model'), content);
    await rm(join(fixture.here, 'gone'));
    const cutAt = 16_000_000;
    const cut: OnSynced = ({ bytes }) => {
      if (bytes > cutAt) proxy.cut();
    };
    await assert.rejects(fixture.mirror({ onProgress: cut }), ConnectionError);
    const after = Object.entries(await snapshotTree(fixture.there));
    assert.deepEqual(
      Object.fromEntries(after.filter(([path]) => !path.startsWith('.trainyard-partial'))),
      before,
    );

    const { sent, bytes } = await fixture.mirror();
    assert.equal(sent, 1);
    assert.ok(bytes < content.length - cutAt + 5_000_000, `${bytes} bytes went again`);
    await assertMirrored(fixture);
  });

  test('ends at once when it is cancelled', async (t) => {
    const { fixture } = await plain(t);
    await writeFile(join(fixture.here, 'model'), noise(8_000_000));
    const cancelling = new AbortController();
    const onProgress: OnSynced = ({ bytes }) => {
      if (bytes > 2_000_000) cancelling.abort();
    };
    await assert.rejects(
      fixture.mirror({ onProgress }, cancelling.signal),
      (error) => error instanceof Error && error.name === 'AbortError',
    );
    assert.deepEqual(await readdir(fixture.there), ['.trainyard-partial']);
  });

  test('is refused over the home folder, what is above it, and what is no folder', async (t) => {
    const { sshd, fixture } = await plain(t);
    await writeFile(join(sshd.home, 'a-file'), 'x');
    const to = (folder: string): Promise<SyncResult> =>
      syncFolder(fixture.host, runtime, fixture.source, folder, told, never);
    for (const precious of ['~/', sshd.home, join(sshd.home, '..'), '/'])
      await assert.rejects(
        to(precious),
        (error) => error instanceof InputError && error.message.includes('holds the home folder'),
        precious,
      );
    await assert.rejects(
      to('~/a-file'),
      (error) => error instanceof InputError && error.message.endsWith('a-file is not a folder.'),
    );
    assert.equal((await to('~/new/folder')).path, join(sshd.home, 'new', 'folder'));
    assert.deepEqual((await readdir(sshd.home)).toSorted(), ['a-file', 'new']);
  });

  test('finds too full a disk before anything goes', async (t) => {
    const { sshd, fixture } = await plain(t, { ...withoutPython, homeBytes: 8_000_000 });
    const mirror = (): Promise<SyncResult> =>
      syncFolder(fixture.host, runtime, fixture.source, '~/data', told, never);
    await writeFile(join(fixture.here, 'small'), 'small');
    await mirror();
    await writeFile(join(fixture.here, 'big'), noise(9_000_000));
    await assert.rejects(
      mirror(),
      (error) =>
        error instanceof MachineError &&
        /^The disk of .* is too full for .*data: .* are needed and .* are free; free some space/.test(
          error.message,
        ),
    );
    assert.deepEqual(await readdir(join(sshd.home, 'data')), ['small']);
  });

  test('says it as well when the disk fills up meanwhile', async (t) => {
    const { sshd, fixture } = await plain(t, { ...withoutPython, homeBytes: 16_000_000 });
    await writeFile(join(fixture.here, 'big'), noise(12_000_000));
    let isFull = false;
    const onProgress: OnSynced = ({ bytes }) => {
      if (isFull || bytes === 0) return;
      isFull = true;
      appendFileSync(join(sshd.home, 'somebody-else'), Buffer.alloc(9_000_000));
    };
    await assert.rejects(
      syncFolder(fixture.host, runtime, fixture.source, '~/data', { ...told, onProgress }, never),
      (error) => error instanceof MachineError && error.message.includes('is too full for'),
    );
    assert.deepEqual(await readdir(join(sshd.home, 'data')), ['.trainyard-partial']);
  });

  test('looks again when a file changes while it is sent, and says so in the end', async (t) => {
    const { fixture } = await plain(t);
    const file = join(fixture.here, 'log');
    await writeFile(file, noise(3_000_000));
    let changes = 0;
    const changing =
      (most: number): OnSynced =>
      ({ phase, bytes }) => {
        if (phase !== 'sending' || bytes === 0 || changes >= most) return;
        changes += 1;
        appendFileSync(file, 'more');
      };
    await fixture.mirror({ onProgress: changing(1) });
    await assertMirrored(fixture);
    await writeFile(file, noise(2_000_000));
    await assert.rejects(
      fixture.mirror({ onProgress: changing(Number.POSITIVE_INFINITY) }),
      (error) => error instanceof InputError && error.message.includes('changes while it is read'),
    );
  });

  test('is refused where a name is not UTF-8, and where a link leads out', async (t) => {
    const { fixture } = await plain(t);
    await mkdir(fixture.there);
    if (process.platform === 'linux') {
      await writeFile(bytePathIn(fixture.here, 'not-utf8-\xff'), 'x');
      const isUnsayable = (error: unknown): boolean =>
        error instanceof InputError && error.message.includes('is not UTF-8, which SFTP cannot say');
      await assert.rejects(fixture.mirror(), isUnsayable);
      await rename(bytePathIn(fixture.here, 'not-utf8-\xff'), bytePathIn(fixture.there, 'not-utf8-\xff'));
      await assert.rejects(fixture.mirror(), isUnsayable);
    }
    await symlink('/etc', join(fixture.here, 'out'));
    await assert.rejects(fixture.mirror(), InputError);
  });
});

describe('a file fetched by SFTP', () => {
  const fetch = (
    fixture: TransferFixture,
    options: FetchOptions = {},
    signal = never,
  ): Promise<FetchResult> =>
    fetchFile(
      fixture.host,
      runtime,
      { remotePath: join(fixture.there, 'model.pt'), localPath: join(fixture.here, 'model.pt') },
      { ...told, ...options },
      signal,
    );

  async function machineWith(
    t: CleanUp,
    content: Buffer,
    options: SshdOptions = withoutPython,
  ): Promise<TransferFixture> {
    const { fixture } = await plain(t, options);
    await mkdir(fixture.there);
    await writeFile(join(fixture.there, 'model.pt'), content);
    return fixture;
  }

  for (const [what, options, sentence] of machines)
    test(`comes whole from ${what}, which is said once, and never over another`, async (t) => {
      const content = noise(5_000_001);
      const fixture = await machineWith(t, content, options);
      const notices: string[] = [];
      const onNotice = (notice: string): number => notices.push(notice);
      const { sha256: received, bytes } = await fetch(fixture, { onNotice });
      assert.deepEqual([received, bytes], [sha256(content), content.length]);
      assert.equal(sha256(await readFile(join(fixture.here, 'model.pt'))), received);
      assert.equal(notices.length, 1);
      assert.match(notices[0] ?? '', sentence);
      assert.match(notices[0] ?? '', /its checksum cannot be compared there\.$/);

      await assert.rejects(
        fetch(fixture),
        (error) => error instanceof InputError && error.message.includes('exists already'),
      );
      assert.deepEqual(await readdir(fixture.here), ['model.pt']);
    });

  test('comes when it is empty, and not when it is none', async (t) => {
    const fixture = await machineWith(t, Buffer.alloc(0));
    assert.equal((await fetch(fixture)).sha256, createHash('sha256').digest('hex'));
    await rm(join(fixture.here, 'model.pt'));
    await rm(join(fixture.there, 'model.pt'));
    const isMachineError = (what: string) => (error: unknown) =>
      error instanceof MachineError && error.message.endsWith(what);
    await assert.rejects(fetch(fixture), isMachineError('model.pt does not exist.'));
    await mkdir(join(fixture.there, 'model.pt'));
    await assert.rejects(fetch(fixture), isMachineError('model.pt is not a file.'));
    assert.deepEqual(await readdir(fixture.here), []);
  });

  test('goes on after a cut, unless what is here is not its beginning', async (t) => {
    const content = noise(16_000_000);
    const sshd = await startSshd(t, withoutPython);
    const proxy = await startCuttingProxy(t, sshd.port);
    const host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
    const fixture = await fixtureOver(t, host);
    await mkdir(fixture.there);
    await writeFile(join(fixture.there, 'model.pt'), content);
    const onProgress: OnFetched = ({ bytes }) => {
      if (bytes > 8_000_000) proxy.cut();
    };
    await assert.rejects(fetch(fixture, { onProgress }), ConnectionError);
    const downBefore = proxy.bytesDown;
    assert.equal((await fetch(fixture)).sha256, sha256(content));
    assert.ok(proxy.bytesDown - downBefore < 9_500_000, `${proxy.bytesDown - downBefore} bytes came`);

    await rm(join(fixture.here, 'model.pt'));
    await writeFile(join(fixture.here, 'model.pt.part'), noise(1_000_000, 2));
    assert.equal((await fetch(fixture)).sha256, sha256(content));
  });

  test('is read again when it changes meanwhile, and given up in the end', async (t) => {
    const fixture = await machineWith(t, noise(2_000_000));
    const file = join(fixture.there, 'model.pt');
    let changes = 0;
    const changing =
      (most: number): OnFetched =>
      ({ bytes }) => {
        if (bytes === 0 || changes >= most) return;
        changes += 1;
        appendFileSync(file, 'more');
      };
    const { sha256: received } = await fetch(fixture, { onProgress: changing(1) });
    assert.equal(received, sha256(await readFile(file)));
    await rm(join(fixture.here, 'model.pt'));
    await assert.rejects(
      fetch(fixture, { onProgress: changing(Number.POSITIVE_INFINITY) }),
      (error) => error instanceof MachineError && error.message.includes('changes all the time'),
    );
  });

  test('ends at once when it is cancelled, and is kept as far as it came', async (t) => {
    const fixture = await machineWith(t, noise(8_000_000));
    const cancelling = new AbortController();
    const onProgress: OnFetched = ({ bytes }) => {
      if (bytes > 2_000_000) cancelling.abort();
    };
    await assert.rejects(
      fetch(fixture, { onProgress }, cancelling.signal),
      (error) => error instanceof Error && error.name === 'AbortError',
    );
    assert.deepEqual(await readdir(fixture.here), ['model.pt.part']);
  });
});

test('with neither python3 nor SFTP it is said what is missing, and a dataset takes python3 in any case', async (t) => {
  const { fixture } = await plain(t, { ...withoutPython, sftp: 'absent' });
  const isNoPython = (error: unknown): boolean =>
    error instanceof MachineError && error.message.startsWith('No python3 on ');
  const notices: string[] = [];
  const onNotice = (notice: string): number => notices.push(notice);
  const paths = { remotePath: '/x', localPath: join(fixture.here, 'x') };
  await assert.rejects(fixture.mirror({ onNotice }), isNoPython);
  await assert.rejects(fetchFile(fixture.host, runtime, paths, { onNotice }, never), isNoPython);
  const { fixture: other } = await plain(t);
  await assert.rejects(other.dataset({ onNotice }), isNoPython);
  // Nobody is there to be told that no checksum can be compared.
  await assert.rejects(fetchFile(other.host, runtime, paths, {}, never), isNoPython);
  assert.deepEqual(notices, []);
});

/** A server that opens channels and starts nothing in them. */
class RefusingHost extends HostAround {
  readonly #phase: ConnectionPhase;
  readonly #ssh: SshHost;

  constructor(ssh: SshHost, phase: ConnectionPhase) {
    super(ssh);
    this.#phase = phase;
    this.#ssh = ssh;
  }

  override python(): Promise<HostProcess> {
    return Promise.reject(new ConnectionError('The machine starts nothing.', this.#phase));
  }

  store(signal: AbortSignal): Promise<HostStore> {
    return this.#ssh.store(signal);
  }
}

test('a server that refuses to start anything has its SFTP used, one that cannot be reached has not', async (t) => {
  const sshd = await startSshd(t);
  const ssh = await openSshHost(t, sshd.endpoint);
  const refusing = await fixtureOver(t, new RefusingHost(ssh, 'channel'));
  await writeFile(join(refusing.here, 'file'), 'x');
  const notices: string[] = [];
  await refusing.mirror({ onNotice: (notice) => notices.push(notice) });
  await assertMirrored(refusing);
  assert.deepEqual(notices, [
    `${ssh.name} runs none of Trainyard's programs, so the files go by SFTP, which takes longer.`,
  ]);
  const lost = await fixtureOver(t, new RefusingHost(ssh, 'lost'));
  await assert.rejects(lost.mirror(), /The machine starts nothing\./);

  await sshd.stop();
  const unreachable = await fixtureOver(t, new RefusingHost(await openSshHost(t, sshd.endpoint), 'channel'));
  await assert.rejects(
    unreachable.mirror(),
    (error) => error instanceof ConnectionError && error.phase === 'connect',
  );
});

/** Whether this computer lets us log in as somebody who has no shell. */
const hasNobody =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  /^nobody:.*nologin$/m.test(readFileSync('/etc/passwd', 'utf8'));

test('a login without a shell takes a folder and gives it back', { skip: !hasNobody }, async (t) => {
  const { home, endpoint } = await startSshd(t);
  await chmod(join(home, '..'), 0o755);
  const place = await tempDir(t);
  await chmod(place, 0o777);
  const host = await openSshHost(t, { ...endpoint, user: 'nobody' });
  const fixture = await fixtureOver(t, host);
  await makeSayableTree(fixture.here);
  await chmod(join(fixture.here, 'deep0'), 0o555);
  await chmod(join(fixture.here, 'run.sh'), 0o444);
  const mirror = (): Promise<SyncResult> =>
    syncFolder(host, runtime, fixture.source, join(place, 'data'), told, never);
  const compare = async (): Promise<void> =>
    assert.deepEqual(await snapshotTree(join(place, 'data')), await snapshotTree(fixture.here));
  await mirror();
  await compare();
  await writeFile(join(fixture.here, 'deep0', 'more'), 'more');
  await writeFile(join(fixture.here, 'run.sh'), 'more');
  await mirror();
  await compare();

  const localPath = join(fixture.here, 'back');
  const paths = { remotePath: join(place, 'data', 'run.sh'), localPath };
  assert.equal((await fetchFile(host, runtime, paths, told, never)).sha256, sha256('more'));
  await chmod(place, 0o755);
  const elsewhere = syncFolder(host, runtime, fixture.source, join(place, 'other'), told, never);
  await assert.rejects(
    elsewhere,
    (error) => error instanceof InputError && error.message.includes('is closed to'),
  );
});

test('the terminal says it on stderr, and stdout stays for programs', async (t) => {
  const { sshd, fixture } = await plain(t);
  await writeFile(join(fixture.here, 'file'), 'content');
  const home = await tempDir(t);
  const folder = `ssh://${sshd.user}@${sshd.host}:${sshd.port}${fixture.there}`;
  const back = join(home, 'back');
  for (const args of [
    ['sync', fixture.here, folder],
    ['fetch', `${folder}/file`, back],
  ]) {
    const end = await runCli([...args, '--identity', sshd.keyFile, '--json'], { home });
    assert.equal(end.code, 0, end.stderr);
    assert.equal(end.stderr.match(/runs none of Trainyard's programs/g)?.length, 1, end.stderr);
    assert.deepEqual([end.lines.length, end.lines[0]?.bytes], [1, 7]);
    assert.equal(end.stdout.trim().split('\n').length, 1);
  }
  assert.equal(await readFile(back, 'utf8'), 'content');
});
