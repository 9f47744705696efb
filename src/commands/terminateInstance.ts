import * as vscode from 'vscode';
import { StillRunningError } from '../errors.js';
import { formatPrice } from '../format.js';
import { withProgress } from '../views/cancellable.js';
import { gpuWords, theMachine } from '../views/instanceWords.js';
import { priceOf, type Owner } from '../views/rentedMachines.js';
import type { Door } from './door.js';
import { targetMachine, type TargetMachine } from './instanceTarget.js';
import { consoleUrl } from './openConsole.js';
import { RemediableError } from './remediableError.js';

/**
 * Ends a rented machine now, whatever its job does, and waits until it is gone for sure. Asks once, saying what is lost;
 * not where the machine was to be ended anyway.
 */
export async function terminateInstance(
  target: unknown,
  door: Pick<Door, 'engine' | 'fleet'>,
): Promise<void> {
  const machine = await targetMachine(
    target,
    {
      question: vscode.l10n.t('Which machine to terminate'),
      fits: ({ rented }) => rented.owner !== 'foreign',
    },
    door,
  );
  const isOverdue = machine.rented.madeFor?.overdue != null;
  if (!isOverdue && !(await isConfirmed(machine))) return;
  const { engine, fleet } = door;
  const { cloud, rented } = machine;
  const what = theMachine(rented);
  try {
    await withProgress(vscode.l10n.t('Ending {0} at {1}', what, cloud.title), (signal) =>
      engine.terminate(rented.machine.id, signal),
    );
  } catch (error) {
    throw error instanceof StillRunningError ? await withConsole(error, machine, door) : error;
  } finally {
    await fleet.refresh();
  }
  // The end of a job is told by itself.
  if (rented.jobs.length > 0 && !isOverdue) return;
  void vscode.window.showInformationMessage(
    vscode.l10n.t('Gone: {0} at {1}. It costs nothing any more.', what, cloud.title),
  );
}

async function isConfirmed({ cloud, rented }: TargetMachine): Promise<boolean> {
  const terminate = vscode.l10n.t('Terminate');
  const what = [cloud.title, gpuWords(rented), formatPrice(priceOf(rented))].filter((text) => text !== null);
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Terminate {0} ({1})?', theMachine(rented), what.join(', ')),
    { modal: true, detail: whatIsLost(rented.owner, rented.jobs[0]?.stage.state === 'training') },
    terminate,
  );
  return answer === terminate;
}

function whatIsLost(owner: Owner, trains: boolean): string {
  switch (owner) {
    case 'job':
      return trains
        ? vscode.l10n.t(
            'Its job is training. The job ends, and what is on the machine and was not brought here is lost. To keep its results, stop the job instead.',
          )
        : vscode.l10n.t('Its job ends, and what is on the machine and was not brought here is lost.');
    case 'elsewhere':
      return vscode.l10n.t(
        'Trainyard made it on another computer, and a job there may be using it. What is on the machine is lost.',
      );
    case 'left':
    case 'jobless':
    case 'foreign':
      return vscode.l10n.t('No job of this computer is on it. What is on the machine is lost.');
    default:
      return owner satisfies never;
  }
}

async function withConsole(
  error: StillRunningError,
  { rented: { machine } }: TargetMachine,
  door: Pick<Door, 'engine'>,
): Promise<RemediableError> {
  const url = await consoleUrl(machine.provider, machine.id, door);
  return new RemediableError(error, {
    title: vscode.l10n.t('Open Console'),
    run: () => vscode.env.openExternal(url),
  });
}
