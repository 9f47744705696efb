import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { startSshd } from '../../support/sshd.js';
import { lockSshKey } from '../../support/sshKeys.js';
import { tempDir } from '../../support/tempDir.js';
import { countingLog, withoutProtocol } from '../../support/trainings.js';
import { waitFor } from '../../support/waitFor.js';
import { webPage } from '../../support/webPage.js';
import { answerQuestions, trainFromExplorer } from '../support/flow.js';
import { assertOneWholeJob, countingWorkspace, ended, patience, rowOf } from '../support/jobs.js';
import { openWorkbench, type Workbench } from '../support/workbench.js';

const passphrase = 'correct horse';

describe('training in the editor', () => {
  test('the sample trains by mouse on this computer, and everything shows it', async (t) => {
    const workspace = join(await tempDir(t), 'samples');
    await cp('samples', workspace, { recursive: true });
    const workbench = await openWorkbench({ folder: workspace }, t);
    await workbench.showTrainyard();
    await waitFor('the welcome', async () => (await workbench.welcome()).includes('Train'), patience);

    await workbench.welcomeAction('Show Me How');
    await workbench.page.getByRole('button', { name: 'Train the Digits Sample', exact: true }).click();
    await answerQuestions(workbench, { parameters: { epochs: '36' } });
    const running = await waitFor('a running job', () => rowOf(workbench, /training \d+ %/), patience);
    assert.match(running, /^ {4}digits training \d+ % · \d+ s$/);
    assert.match((await workbench.statusBar()).join(), /digits/);
    const shows = async (title: string): Promise<boolean> =>
      (await workbench.editors()).some((each) => each.includes(title));
    await waitFor('the panel', () => shows('digits'), patience);
    await waitFor('charts with lines', async () => (await paintedPixels(workbench)) > 1_000, patience);

    const hasFinished = async (): Promise<boolean> =>
      (await workbench.notifications()).some((text) => text.includes('digits has finished'));
    await waitFor('the notice of the end', hasFinished, patience);
    const toast = await workbench.notification(/digits has finished/);
    await toast.getByRole('button', { name: 'Open Model' }).waitFor();
    await ended(workbench);
    // The samples may hold models of earlier trainings, whose names sort by time.
    const model = (await readdir(join(workspace, 'models'))).sort().at(-1);
    assert.ok(model !== undefined && /^model_script_.*\.json$/.test(model), model);
    await waitFor('an empty status bar', async () => (await workbench.statusBar()).length === 0, patience);

    await isTicked(workbench, 'sample');
    await workbench.page.getByRole('button', { name: 'See what it learned' }).click();
    await workbench.page.getByRole('button', { name: 'Show the Panel', exact: true }).click();
    await workbench.panelFrame().getByRole('button', { name: 'here' }).first().click();
    await workbench.answerNotification(/epoch-0036\.json is outside of this workspace/, 'Copy Path');
    const isCopied = async (): Promise<boolean> => (await workbench.clipboard()).endsWith('epoch-0036.json');
    await waitFor('the path', isCopied, patience);
    await isTicked(workbench, 'result');

    await workbench.dragToEditors(/succeeded/);
    await workbench.page.locator('.part.editor').getByRole('tab', { name: model }).waitFor();

    await workbench.rowMenu(/succeeded/, 'Show Log');
    const log = await waitFor(
      'the whole log',
      async () => {
        const text = await workbench.outputChannelText();
        return /"epoch": ?36/.test(text) ? text : undefined;
      },
      patience,
    );
    assert.match(log, /"epoch": ?1,/);

    await workbench.rowMenu(/succeeded/, 'Open Full Log');
    await waitFor('the log', async () => (await workbench.page.title()).includes('.log'), patience);
    await workbench.command('Trainyard: Search the Whole Log…');
    const text = await workbench.quickPick(/^Search the Whole Log of/);
    await text.type('"epoch": 36');
    await text.accept();
    await (await workbench.quickPick(/ in the Log of /)).accept();
    await waitFor('the line', async () => /Ln \d+.*selected/.test(await workbench.cursor()), patience);

    await workbench.reload();
    await ended(workbench);
    await workbench.row(/succeeded/).click();
    await waitFor(
      'the charts after a reload',
      async () => (await paintedPixels(workbench)) > 1_000,
      patience,
    );
  });

  test('a machine over SSH trains it, and the machine is a row of the tree', async (t) => {
    const sshd = await startSshd(t);
    await lockSshKey(sshd.keyFile, passphrase);
    const { workspace, starts } = await countingWorkspace(t, 6, 0.3);
    const home = await tempDir(t);
    const destination = `${sshd.user}@${sshd.host}:${sshd.port}`;
    await writeFile(
      join(home, 'ssh-hosts.json'),
      JSON.stringify([{ destination, identityFiles: [sshd.keyFile] }]),
    );
    const workbench = await openWorkbench({ folder: workspace, env: { TRAINYARD_HOME: home } }, t);
    await trainFromExplorer(workbench, 'data', { where: destination });
    const question = await workbench.quickPick(/^Passphrase of/);
    await question.type(passphrase);
    await question.accept();
    await workbench.notification(new RegExp(`is new here; its host key SHA256:`));
    await ended(workbench);
    const tree = await workbench.tree();
    assert.match(tree[0] ?? '', /^This computer/);
    assert.ok(tree.some((row) => row.startsWith('SSH hosts')));
    assert.ok(
      tree.some((row) => row.startsWith(`  ${destination}`)),
      tree.join('\n'),
    );
    assert.ok(
      tree.some((row) => /^ {4}data succeeded/.test(row)),
      tree.join('\n'),
    );
    await assertOneWholeJob(home, workspace, starts, 6);
    await workbench.rowMenu(/succeeded/, 'Copy SSH Command');
    await waitFor('the command', async () => /^ssh .*-p \d+/.test(await workbench.clipboard()), patience);

    await workbench.rowMenu(/succeeded/, 'Open Terminal on the Host');
    await workbench.page
      .locator('.terminal-wrapper.active .xterm-helper-textarea')
      .waitFor({ state: 'attached' });
    await workbench.page.keyboard.type('echo $((40 + 2))-on-the-host\n');
    await waitFor(
      'the shell of the machine',
      async () => (await workbench.terminalText()).includes('42-on-the-host'),
      patience,
    );

    await looksAtFiles(workbench, workspace);
    await leadsAPortHere(t, workbench);

    await workbench.rowMenu(/succeeded/, 'Remove from List…');
    await workbench.answerDialog('Remove');
    await waitFor('a list without the job', async () => !(await rowOf(workbench, /succeeded/)), patience);
    assert.deepEqual(await readdir(join(home, 'jobs')), []);
    assert.equal((await readdir(join(workspace, 'models'))).length, 1, 'its model stays');
  });
});

/** The step of the walkthrough is done. The walkthrough is shown for that. */
async function isTicked(workbench: Workbench, step: string): Promise<void> {
  await workbench.editorTab('Welcome').click();
  const tick = workbench.page.locator(
    `[data-done-step-id$="start#${step}"], [data-done-step-id$="start\\#${step}"]`,
  );
  const isChecked = async (): Promise<boolean> => (await tick.getAttribute('aria-checked')) === 'true';
  await waitFor(`the tick of ${step}`, isChecked, patience);
}

/** What the job left on the machine is opened, and comes here as it is there. */
async function looksAtFiles(workbench: Workbench, workspace: string): Promise<void> {
  await workbench.rowMenu(/succeeded/, 'Browse Files on the Machine');
  await workbench.row('output.log').click();
  const text = workbench.page.locator('.part.editor .view-lines').filter({ hasText: /a\sline\sof\sa\slog/ });
  await text.waitFor();
  await workbench.rowAction('output.log', 'Download');
  const name = await workbench.quickPick('Download output.log');
  const isProposed = async (): Promise<boolean> => (await name.input.inputValue()).endsWith('/output.log');
  await waitFor('the name that is proposed', isProposed, patience);
  await name.press('OK');
  await workbench.notification(/output\.log is here \(.*, verified\)/);
  assert.equal(withoutProtocol(await readFile(join(workspace, 'output.log'), 'utf8')), countingLog(6));
}

/** A page of the machine is seen in a browser, until its port is forwarded no more. */
async function leadsAPortHere(t: TestContext, workbench: Workbench): Promise<void> {
  const port = await webPage(t, 'a page of the machine');
  await workbench.rowMenu(/succeeded/, 'Forward Port…');
  await (await workbench.quickPick(/^Which Port of/)).pick('Another port…');
  const box = await workbench.quickPick(/^Which Port of/);
  await box.type(String(port));
  await box.accept();
  const opened = workbench.page.context().waitForEvent('page');
  await workbench.answerNotification(
    new RegExp(`Port ${port} of .* is http://localhost:`),
    'Open in Browser',
  );
  const page = await opened;
  await page.getByText('a page of the machine').waitFor();
  await page.close();
  const row = new RegExp(`port ${port}`);
  await workbench.row(row).waitFor();
  await workbench.rowAction(row, 'Stop Forwarding Port');
  await waitFor('a tree without it', async () => !(await rowOf(workbench, row)), patience);
}

/** Number of dots of the canvas that are not background. */
async function paintedPixels(workbench: Workbench): Promise<number> {
  const canvas = workbench.panelFrame().locator('canvas').first();
  await canvas.waitFor();
  return canvas.evaluate((element) => {
    const { width, height } = element as unknown as { width: number; height: number };
    const context = (
      element as unknown as {
        getContext(kind: '2d'): {
          getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray };
        };
      }
    ).getContext('2d');
    const { data } = context.getImageData(0, 0, width, height);
    let painted = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at]) painted += 1;
    return painted;
  });
}
