import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import * as vscode from 'vscode';
import { TrainyardHome } from '../../../src/home.js';
import { waitFor } from '../../support/waitFor.js';
import { suiteCloud } from '../support/suiteCloud.js';

const patience = { timeoutMs: 120_000, intervalMs: 100 };

describe('what rents a machine', () => {
  let closeAccount: () => void;

  before(async () => {
    closeAccount = suiteCloud.open();
    await vscode.extensions.getExtension('trainyard.trainyard')?.activate();
  });

  after(() => closeAccount());

  it('as a task, asks first: without a yes nothing is rented and no job begins', async () => {
    const before = await jobs();
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    const [any] = await vscode.tasks.fetchTasks({ type: 'trainyard' });
    assert.ok(folder && any?.execution);
    const definition = { type: 'trainyard', path: 'digits', provider: 'runpod' };
    const task = new vscode.Task(definition, folder, 'rented', 'trainyard', any.execution);
    const ended = new Promise<number | undefined>((resolve) => {
      const listening = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
        if (execution.task.name !== 'rented') return;
        listening.dispose();
        resolve(exitCode);
      });
    });
    // VS Code answers no modal question while it runs tests: nobody has said yes.
    await vscode.tasks.executeTask(task);
    assert.notEqual(await ended, 0);
    assert.deepEqual(await jobs(), before);
    assert.deepEqual(await pods(), []);
  });

  it('as a tool, rents the very offer that was asked about, and ends the machine with its job', async () => {
    const { offers } = (await invoke('trainyard_list_offers', {})) as unknown as { offers: Offer[] };
    assert.ok(offers.every(({ spot }) => !spot));
    const dearest = offers.findLast(({ available }) => available !== false);
    assert.ok(dearest);
    const rented = await invoke('trainyard_rent_and_train', {
      path: 'digits',
      offer: dearest.id,
      budgetUsd: 40,
    });
    const { id, gpu, usdPerHour } = rented.offer as Offer;
    assert.deepEqual(
      { id, gpu, usdPerHour },
      { id: dearest.id, gpu: dearest.gpu, usdPerHour: dearest.usdPerHour },
    );
    const [pod, ...others] = await waitFor(
      'the machine',
      async () => {
        const found = await pods();
        return found.length > 0 && found;
      },
      patience,
    );
    assert.deepEqual(others, []);
    assert.match(JSON.stringify(pod), new RegExp(`"trainyard-\\w+-${String(rented.job)}-1-`));
    await invoke('trainyard_stop_training', { job: rented.job });
    const status = await waitFor(
      'its end',
      async () => {
        const found = await invoke('trainyard_status', { job: rented.job });
        return found.state === 'ended' && found;
      },
      patience,
    );
    assert.equal(status.outcome, 'cancelled');
    assert.deepEqual(await pods(), []);
  });
});

interface Offer {
  readonly id: string;
  readonly gpu: string;
  readonly usdPerHour: number;
  readonly spot: boolean;
  readonly available: boolean | null;
}

async function jobs(): Promise<string[]> {
  const { jobs: folder } = TrainyardHome.fromEnvironment(process.env);
  return existsSync(folder) ? readdir(folder) : [];
}

/** What the cloud itself lists: every machine that is there. */
async function pods(): Promise<readonly unknown[]> {
  const { TRAINYARD_ENDPOINT_RUNPOD: endpoint = '', RUNPOD_API_KEY: key = '' } = suiteCloud.environment();
  const answer = await fetch(`${endpoint}/v2/pods`, { headers: { authorization: `Bearer ${key}` } });
  return ((await answer.json()) as { pods: readonly unknown[] }).pods;
}

async function invoke(name: string, input: object): Promise<Readonly<Record<string, unknown>>> {
  const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
  const [part] = content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  return JSON.parse(part.value) as Record<string, unknown>;
}
