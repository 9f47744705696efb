import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { waitFor } from '../../support/waitFor.js';
import { openWorkbench } from '../support/workbench.js';

describe('VS Code with Trainyard installed', async () => {
  const workbench = await openWorkbench({ folder: 'samples' }, { after });

  test('the activity bar opens a view that says something', async () => {
    await workbench.showTrainyard();
    await somethingInTheView();
  });

  test('a sample folder of the Explorer can be trained', async () => {
    const digits = await workbench.explorerItem('digits');
    await digits.click({ button: 'right' });
    const entries = await workbench.menuEntries();
    assert.ok(
      entries.some((entry) => entry.includes('Train with Trainyard')),
      entries.join(', '),
    );
    await workbench.page.keyboard.press('Escape');
  });

  test('a window that reloads shows the view again', async () => {
    await workbench.reload();
    await workbench.showTrainyard();
    await somethingInTheView();
  });

  const somethingInTheView = (): Promise<true> =>
    waitFor(
      'rows or a welcome',
      async () => (await workbench.tree()).length > 0 || (await workbench.welcome()) !== '',
    );
});
