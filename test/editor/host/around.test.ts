import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { TrainyardHome } from '../../../src/home.js';
import { toolNames } from '../../../src/views/toolNames.js';
import { waitFor } from '../../support/waitFor.js';

/** The jobs that there are on this computer. */
async function jobs(): Promise<string[]> {
  const { jobs: folder } = TrainyardHome.fromEnvironment(process.env);
  return existsSync(folder) ? readdir(folder) : [];
}

describe('a task', () => {
  before(() => vscode.extensions.getExtension('trainyard.trainyard')?.activate());

  it('trains what a trainyard.yaml of the workspace says, and ends with its exit code', async () => {
    const tasks = await vscode.tasks.fetchTasks({ type: 'trainyard' });
    const digits = tasks.find(({ definition }) => definition.path === 'digits/trainyard.yaml');
    assert.ok(digits, tasks.map(({ name }) => name).join());
    const { definition, scope, execution } = digits;
    assert.ok(typeof scope === 'object' && execution);
    const short = { ...definition, params: { epochs: 2 } };
    const before = await jobs();
    assert.equal(await exitCodeOf(new vscode.Task(short, scope, 'short', 'trainyard', execution)), 0);
    assert.equal((await jobs()).length, before.length + 1);
  });

  it('says what is wrong and fails when nothing can be trained', async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const [any] = await vscode.tasks.fetchTasks({ type: 'trainyard' });
    assert.ok(any?.execution);
    const definition = { type: 'trainyard', path: 'no-such-folder' };
    const task = new vscode.Task(definition, folder, 'nothing', 'trainyard', any.execution);
    assert.equal(await exitCodeOf(task), 2);
  });
});

async function exitCodeOf(task: vscode.Task): Promise<number | undefined> {
  const ended = new Promise<number | undefined>((resolve) => {
    const listening = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
      if (execution.task.name !== task.name) return;
      listening.dispose();
      resolve(exitCode);
    });
  });
  await vscode.tasks.executeTask(task);
  return ended;
}

describe('the tools for chat agents', () => {
  const invoke = async (name: string, input: object): Promise<unknown> => {
    const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
    const [part] = content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    return JSON.parse(part.value);
  };

  it('are known to VS Code', () => {
    const names = vscode.lm.tools.map(({ name }) => name);
    assert.deepEqual(names.filter((name) => name.startsWith('trainyard_')).sort(), [...toolNames].sort());
  });

  it('say what a dataset would be trained with, and what is wrong with it', async () => {
    const answer = (await invoke('trainyard_validate', { path: 'digits' })) as {
      ok: boolean;
      recipe: string;
    };
    assert.equal(answer.recipe, 'script');
    assert.equal(answer.ok, true);
  });

  it('tell how jobs stand and what they measured', async () => {
    const [id = ''] = await jobs();
    const status = (await invoke('trainyard_status', { job: id })) as { job: string; outcome: string };
    assert.equal(status.job, id);
    const metrics = (await invoke('trainyard_metrics', { job: id, last: 3 })) as { last: unknown[] };
    assert.ok(metrics.last.length <= 3);
  });

  it('list no offers where there is no key', async () => {
    assert.deepEqual(await invoke('trainyard_list_offers', {}), {
      providersWithKey: [],
      found: 0,
      offers: [],
      notAsked: [],
    });
  });

  it('look at nothing outside of the workspace', async () => {
    await assert.rejects(invoke('trainyard_validate', { path: join('..', 'elsewhere') }));
  });

  it('start and stop a training, which VS Code says yes to while it runs tests', async () => {
    const before = await jobs();
    const started = (await invoke('trainyard_start_training', { path: 'digits' })) as { job: string };
    assert.deepEqual(await jobs(), [...before, started.job].sort());
    const stopped = (await invoke('trainyard_stop_training', { job: started.job })) as {
      stopRequested: boolean;
    };
    assert.equal(stopped.stopRequested, true);
    await waitFor('its end', async () => (await stateOf(started.job)) === 'ended', { timeoutMs: 120_000 });
  });

  it('rent nothing where there is no key', async () => {
    const before = await jobs();
    await assert.rejects(invoke('trainyard_rent_and_train', { path: 'digits', budgetUsd: 1 }));
    await assert.rejects(invoke('trainyard_start_training', { path: 'digits', where: 'runpod' }));
    assert.deepEqual(await jobs(), before);
  });

  const stateOf = async (job: string): Promise<string> =>
    ((await invoke('trainyard_status', { job })) as { state: string }).state;
});
