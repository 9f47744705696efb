import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commandIds } from '../../../src/commands/commandIds.js';

describe('the commands', () => {
  before(() => vscode.extensions.getExtension('trainyard.trainyard')?.activate());

  it('are those of the manifest and no others', async () => {
    const registered = await vscode.commands.getCommands(true);
    const ours = registered.filter((id) => /^trainyard\.\w+\.\w+$/.test(id) && !isMadeByVsCode(id));
    assert.deepEqual(ours.sort(), [...commandIds].sort());
  });

  it('tell what went wrong themselves: nothing rejects', async () => {
    await vscode.commands.executeCommand('trainyard.job.stop', 'no-such-job');
    await vscode.commands.executeCommand('trainyard.job.showLog', 'no-such-job');
  });

  it('look at everything again when asked', async () => {
    await vscode.commands.executeCommand('trainyard.fleet.refresh');
  });
});

/** `trainyard.focus`, `trainyard.resetViewLocation` and the like come with every view. */
function isMadeByVsCode(id: string): boolean {
  return /\.(focus|open|resetViewLocation|removeView|toggleVisibility)$/.test(id);
}
