import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the extension', () => {
  const extension = vscode.extensions.getExtension('trainyard.trainyard');

  it('is installed and starts', async () => {
    assert.ok(extension, 'VS Code does not know trainyard.trainyard');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it('registers every command that its manifest promises', async () => {
    const manifest = extension?.packageJSON as {
      contributes?: { commands?: readonly { command: string }[] };
    };
    const promised = (manifest.contributes?.commands ?? []).map(({ command }) => command);
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      promised.filter((command) => !registered.has(command)),
      [],
    );
  });
});
