import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { startSshd, type Sshd } from '../../support/sshd.js';
import { tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';
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
});
