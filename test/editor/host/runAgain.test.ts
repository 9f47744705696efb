import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { TrainyardHome } from '../../../src/home.js';
import { waitFor } from '../../support/waitFor.js';

const home = TrainyardHome.fromEnvironment(process.env);
const patience = { timeoutMs: 120_000, intervalMs: 300 };

describe('Run Again With', () => {
  before(() => vscode.extensions.getExtension('trainyard.trainyard')?.activate());

  it('starts a job again with its answers filled in, which Enter takes one after the other', async () => {
    const input = { path: 'digits', parameters: { epochs: 2, hidden: 8 } };
    const { content } = await vscode.lm.invokeTool('trainyard_start_training', {
      input,
      toolInvocationToken: undefined,
    });
    const [part] = content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    const { job } = JSON.parse(part.value) as { job: string };
    const before = await readdir(home.jobs);

    const ended = vscode.commands.executeCommand('trainyard.job.runAgainWith', job);
    const again = await waitFor(
      'another job',
      async () => {
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        return (await readdir(home.jobs)).find((id) => !before.includes(id));
      },
      patience,
    );
    await ended;
    const [first, second] = await Promise.all([specOf(job), specOf(again)]);
    const { id, created, ...rest } = first;
    assert.deepEqual(second, { ...rest, id: again, created: second.created });
    assert.notEqual(id, again);
    assert.ok(String(created) < String(second.created));
  });
});

async function specOf(job: string): Promise<Readonly<Record<string, unknown>>> {
  const [planned = ''] = (await readFile(home.job(job).journal, 'utf8')).split('\n');
  return (JSON.parse(planned) as { spec: Record<string, unknown> }).spec;
}
