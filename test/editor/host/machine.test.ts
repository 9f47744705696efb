import assert from 'node:assert/strict';
import { access, appendFile, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { startSshd, type Sshd } from '../../support/sshd.js';
import { tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';
import { webPage } from '../../support/webPage.js';
import { failedSshJob, type SshJob } from '../support/sshJob.js';

const patience = { timeoutMs: 60_000 };

describe('the machine of a job', () => {
  const endings: (() => Promise<void>)[] = [];
  const test = { after: (done: () => Promise<void>) => void endings.push(done) };
  let sshd: Sshd;
  let job: SshJob;

  before(async () => {
    sshd = await startSshd(test);
    job = await failedSshJob('data-abc234', await tempDir(test), sshd);
    await vscode.extensions.getExtension('trainyard.trainyard')?.activate();
    await vscode.commands.executeCommand('trainyard.fleet.refresh');
  });

  after(async () => {
    for (const end of endings.reverse()) await end();
  });

  describe('its full log', () => {
    const page = (name: string): vscode.Uri => vscode.Uri.from({ scheme: 'trainyard-log', path: `/${name}` });
    const shown = (): string => vscode.window.activeTextEditor?.document.uri.path ?? '';

    it('opens as a document that cannot be edited, with failing lines as problems', async () => {
      await vscode.commands.executeCommand('trainyard.job.openFullLog', job.id);
      assert.equal(shown(), `/${job.id}.log`);
      const [problem] = await waitFor('the problem', () => {
        const found = vscode.languages.getDiagnostics(page(`${job.id}.log`));
        return found.length > 0 && found;
      });
      assert.equal(problem?.range.start.line, 4);
      assert.match(problem.message, /^The GPU ran out of memory\. Halve the batch size/);
    });

    it('leads from tracebacks to the files that were uploaded, and to no others', async () => {
      const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
        'vscode.executeLinkProvider',
        page(`${job.id}.log`),
      );
      const [link, ...others] = links.filter(({ target }) => target?.scheme === 'file');
      assert.equal(link?.target?.fsPath, join(job.dataset, 'train.py'));
      assert.equal(link.target.fragment, 'L3');
      assert.deepEqual(others, []);
    });

    it('is linked in the output channel, too', async () => {
      await vscode.commands.executeCommand('trainyard.job.showLog', job.id);
      const output = await waitFor(
        'the output',
        () =>
          vscode.workspace.textDocuments.find(
            ({ uri }) => uri.scheme === 'output' && uri.path.includes(job.id),
          ),
        patience,
      );
      const links = await waitFor('links', async () => {
        const found = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
          'vscode.executeLinkProvider',
          output.uri,
        );
        return found.length > 0 && found;
      });
      assert.ok(links.some(({ target }) => target?.fsPath === join(job.dataset, 'train.py')));
    });

    it('has pages where it is large, and grows with the log', async () => {
      const line = `${'x'.repeat(99)}\n`;
      await appendFile(job.log, `${line.repeat(60_000)}the end\n`);
      await vscode.commands.executeCommand('trainyard.job.openFullLog', job.id);
      assert.equal(shown(), `/${job.id} part 2.log`);
      assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /the end\n$/);
      await vscode.commands.executeCommand('trainyard.fullLog.older');
      assert.equal(shown(), `/${job.id}.log`);
      await vscode.commands.executeCommand('trainyard.fullLog.newer');
      assert.equal(shown(), `/${job.id} part 2.log`);
    });
  });

  it('leads a port of it here, for as long as it is wanted', async () => {
    const port = await webPage(test, 'a page of the machine');
    await vscode.commands.executeCommand('trainyard.job.forwardPort', { job: job.id, port });
    const locals = await listeningPorts(port);
    const pages = await Promise.all(locals.map((local) => pageAt(local)));
    const here = locals[pages.indexOf('a page of the machine')];
    assert.ok(here !== undefined, 'another port of this computer leads there');

    const stopped = vscode.commands.executeCommand('trainyard.port.stop');
    await waitFor(
      'a port that leads nowhere, once Enter has chosen it',
      async () => {
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        return (await pageAt(here)) === '';
      },
      patience,
    );
    await stopped;
  });

  it('shows its files, which cannot be changed', async () => {
    await vscode.commands.executeCommand('trainyard.job.browseFiles', job.id);
    const folder = vscode.Uri.from({ scheme: 'trainyard-machine', authority: job.id, path: job.run });
    assert.deepEqual(await vscode.workspace.fs.readDirectory(folder), [
      ['output', vscode.FileType.Directory],
    ]);
    const notes = vscode.Uri.joinPath(folder, 'output', 'notes.txt');
    assert.equal(Buffer.from(await vscode.workspace.fs.readFile(notes)).toString(), 'what it left\n');
    assert.equal((await vscode.workspace.openTextDocument(notes)).getText(), 'what it left\n');
    await assert.rejects(async () => vscode.workspace.fs.writeFile(notes, Buffer.from('other')));
    await assert.rejects(async () => vscode.workspace.fs.stat(vscode.Uri.joinPath(folder, 'missing')));
  });

  it('has a terminal that comes back when its connection was lost', async () => {
    await vscode.commands.executeCommand('trainyard.job.openTerminal', job.id);
    const terminal = await waitFor('the terminal', () =>
      vscode.window.terminals.find(({ name }) => name.includes(String(sshd.port))),
    );
    const says = async (name: string): Promise<void> => {
      const file = join(sshd.home, name);
      await waitFor(
        `a shell that writes ${name}`,
        () => {
          terminal.sendText(`touch "$HOME/${name}"`);
          return access(file).then(() => true);
        },
        { ...patience, intervalMs: 500 },
      );
    };
    await says('before');
    await sshd.cutConnections();
    await says('after');
    terminal.dispose();
  });
});

const pageAt = (port: number): Promise<string> =>
  fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } }).then(
    (answer) => answer.text(),
    () => '',
  );

/** Ports of this computer that this process listens at and that are not `known`. */
async function listeningPorts(known: number): Promise<number[]> {
  const inodes = new Set(
    await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    ),
  );
  const sockets = (await readFile('/proc/self/net/tcp', 'utf8')).split('\n').slice(1);
  return sockets.flatMap((row) => {
    const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
    const port = Number.parseInt(local.split(':')[1] ?? '', 16);
    return state === '0A' && inodes.has(`socket:[${inode}]`) && port !== known ? [port] : [];
  });
}
