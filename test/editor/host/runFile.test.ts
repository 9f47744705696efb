import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';

describe('a trainyard.yaml', () => {
  const endings: (() => Promise<void>)[] = [];
  const test = { after: (done: () => Promise<void>) => void endings.push(done) };
  let file: string;
  let document: vscode.TextDocument;

  before(async () => {
    await vscode.extensions.getExtension('trainyard.trainyard')?.activate();
    const folder = await tempDir(test);
    await mkdir(join(folder, 'flowers'));
    await writeFile(join(folder, 'flowers', 'train.py'), 'print()\n');
    await mkdir(join(folder, 'table'));
    const rows = Array.from({ length: 40 }, (_, row) => `${row},${row % 2}\n`);
    await writeFile(join(folder, 'table', 'data.csv'), `size,kind\n${rows.join('')}`);
    file = join(folder, 'trainyard.yaml');
    await writeFile(file, 'dataset: ./flowers\nrecipe: sklearn\nparams: { tree: 3 }\n');
    document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document);
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const end of endings.reverse()) await end();
  });

  /** Writes the text as a person would, without saving it. */
  async function write(text: string): Promise<void> {
    const edit = new vscode.WorkspaceEdit();
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    edit.replace(document.uri, whole, text);
    assert.ok(await vscode.workspace.applyEdit(edit));
  }

  const problems = (): vscode.Diagnostic[] => vscode.languages.getDiagnostics(document.uri);

  it('is marked where it would be refused, and no longer once it is mended', async () => {
    const [unknown] = await waitFor('the problem', () => problems().length > 0 && problems());
    assert.equal(document.getText(unknown?.range), 'tree');
    assert.match(unknown?.message ?? '', /^The recipe sklearn has no parameter 'tree'/);
    await write('dataset: ./flower\nrecipe: sklearn\n');
    const missing = await waitFor('another', () =>
      problems().find(({ message }) => message.startsWith('There is no folder')),
    );
    assert.equal(document.getText(missing.range), './flower');
    await write('dataset: ./flowers\nrecipe: sklearn\n');
    await waitFor('no problem', () => problems().length === 0);
  });

  it('is completed: fields, recipes, parameters, folders', async () => {
    const labels = async (text: string): Promise<readonly string[]> => {
      await write(text);
      const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        document.positionAt(text.length),
      );
      return items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    };
    assert.ok((await labels('dataset: .\nlim')).includes('limits'));
    assert.ok((await labels('dataset: .\nrecipe: ')).includes('yolo'));
    assert.ok((await labels('recipe: sklearn\nparams:\n  ')).includes('testSize'));
    const asDetected = await labels('dataset: ./table\nparams:\n  ');
    assert.ok(asDetected.includes('testSize'), 'the recipe is the one that fits the dataset');
    assert.ok((await labels('dataset: ')).includes('./flowers'));
  });

  it('is explained where the mouse rests', async () => {
    await write('dataset: ./flowers\nrecipe: sklearn\nparams: { testSize: 0.3 }\n');
    const [hover] = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      new vscode.Position(2, 12),
    );
    const [content] = hover?.contents ?? [];
    assert.match(content instanceof vscode.MarkdownString ? content.value : '', /^\*\*testSize\*\*/);
  });

  it('is saved before it is trained from the title of its editor', async () => {
    const text = 'dataset: ./flowers\nrecipe: script\nparams: { epochs: 9 }\n';
    await write(text);
    assert.ok(document.isDirty);
    const flow = vscode.commands.executeCommand('trainyard.folder.train', document.uri);
    await waitFor('the text on the disk', async () => (await readFile(file, 'utf8')) === text);
    let isOver = false;
    void flow.then(() => (isOver = true));
    await waitFor('the end of the questions', async () => {
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
      return isOver;
    });
    assert.ok(!document.isDirty);
  });
});
