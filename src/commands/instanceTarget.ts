import * as vscode from 'vscode';
import { InputError, NotFoundError } from '../errors.js';
import type { Fleet } from '../fleet.js';
import { markOf } from '../jobs/rented/label.js';
import type { LazyCloud } from '../providers/clouds.js';
import { RowHandle } from '../views/fleetView.js';
import { describeMachine, machineName } from '../views/instanceWords.js';
import { jobsOf, rentedMachines, type RentedMachine } from '../views/rentedMachines.js';
import type { Door } from './door.js';

/** A machine of a cloud that a command is meant for. */
export interface TargetMachine {
  readonly cloud: LazyCloud;
  readonly rented: RentedMachine;
  /** What a person calls it. */
  readonly name: string;
}

/** What a command is about to do with a machine. */
export interface MachineIntent {
  /** `Which machine to terminate` */
  readonly question: string;
  /** Machines to ask about. */
  readonly fits: (machine: TargetMachine) => boolean;
}

/**
 * The machine a command is meant for: the row it was given, else the user is asked.
 * @throws {NotFoundError} it is gone
 * @throws {InputError} there is none to ask about
 * @throws {vscode.CancellationError} the user left
 */
export async function targetMachine(
  target: unknown,
  intent: MachineIntent,
  door: Pick<Door, 'engine' | 'fleet'>,
): Promise<TargetMachine> {
  if (!(target instanceof RowHandle) || target.subject.kind !== 'instance')
    return askForMachine(intent, door);
  const { provider, instance } = target.subject;
  const found = machines(door, door.fleet.snapshot).find(
    ({ rented: { machine } }) => machine.provider === provider && machine.id === instance,
  );
  if (found) return found;
  throw new NotFoundError(vscode.l10n.t('The machine {0} is gone already.', instance));
}

async function askForMachine(
  { question, fits }: MachineIntent,
  door: Pick<Door, 'engine' | 'fleet'>,
): Promise<TargetMachine> {
  const now = Date.now();
  const items = machines(door, await door.fleet.refresh())
    .filter(fits)
    .map((machine) => ({
      label: machine.name,
      description: `${machine.cloud.title} · ${describeMachine(machine.rented, now)}`,
      detail: machine.rented.machine.id,
      machine,
    }));
  if (items.length === 0) {
    throw new InputError(
      vscode.l10n.t('There is no machine to do that with. The Trainyard view shows the machines there are.'),
    );
  }
  const picked = await vscode.window.showQuickPick(items, { title: question, matchOnDetail: true });
  if (!picked) throw new vscode.CancellationError();
  return picked.machine;
}

function machines({ engine }: Pick<Door, 'engine'>, snapshot: Fleet['snapshot']): TargetMachine[] {
  const jobs = jobsOf(snapshot);
  const mark = markOf(engine.home);
  return snapshot.providers
    .filter(({ rents }) => rents)
    .flatMap((view) => rentedMachines(view, jobs, mark, Date.now()))
    .map((rented) => ({
      cloud: engine.providers.cloud(rented.machine.provider),
      rented,
      name: machineName(rented),
    }));
}
