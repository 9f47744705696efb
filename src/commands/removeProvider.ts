import * as vscode from 'vscode';
import { InputError, isAbort, messageOf } from '../errors.js';
import { openRentals } from '../jobs/job.js';
import { labelPrefix } from '../providers/cloud.js';
import type { LazyCloud } from '../providers/clouds.js';
import type { Trainyard } from '../trainyard.js';
import { withProgress } from '../views/cancellable.js';
import type { Door } from './door.js';

type RemoveDoor = Pick<Door, 'engine' | 'fleet' | 'secrets'>;

/** Forgets the key of a cloud. Not while machines of ours are there: without the key they cannot be ended from here. */
export async function removeProvider(target: unknown, door: RemoveDoor): Promise<void> {
  const cloud = await targetCloud(target, door);
  await refuseWithMachines(cloud, door.engine);
  await door.secrets.remove(cloud.facts.keyName);
  await door.fleet.refresh();
  const isElsewhere = await cloud.hasKey();
  const { title, facts } = cloud;
  void vscode.window.showInformationMessage(
    isElsewhere
      ? vscode.l10n.t(
          'The key of {0} was removed from VS Code. The environment variable {1} has one that is used now.',
          title,
          facts.keyName,
        )
      : vscode.l10n.t('The key of {0} was removed from VS Code. The provider still knows it.', title),
  );
}

async function targetCloud(target: unknown, { engine, secrets }: RemoveDoor): Promise<LazyCloud> {
  if (typeof target === 'string') return engine.providers.cloud(target);
  const kept = await Promise.all(
    engine.providers.clouds.map(async (cloud) =>
      (await secrets.get(cloud.facts.keyName)) === undefined ? [] : [cloud],
    ),
  );
  const items = kept.flat().map((cloud) => ({ label: cloud.title, cloud }));
  if (items.length === 0) {
    throw new InputError(
      vscode.l10n.t('VS Code keeps no key of a provider. Keys of the environment are removed there.'),
    );
  }
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Whose key to remove') });
  if (!picked) throw new vscode.CancellationError();
  return picked.cloud;
}

/** @throws {InputError} a machine of ours is there, as far as the cloud or the jobs know */
async function refuseWithMachines(cloud: LazyCloud, engine: Trainyard): Promise<void> {
  const { id, title } = cloud;
  const names = (await listedMachines(cloud, engine)) ?? (await rentedMachines(id, engine));
  const [first, ...more] = names;
  if (first === undefined) return;
  const others = more.length === 0 ? '' : vscode.l10n.t(' and {0} more', more.length);
  throw new InputError(
    vscode.l10n.t(
      'The machine {0}{1} of {2} is still there, and without the key Trainyard could not end it. Terminate it first.',
      first,
      others,
      title,
    ),
  );
}

/** What the cloud itself says; `undefined` when it does not: its key may be dead, and its journal counts. */
async function listedMachines(cloud: LazyCloud, engine: Trainyard): Promise<string[] | undefined> {
  const title = vscode.l10n.t('Looking for machines at {0}', cloud.title);
  try {
    const machines = await withProgress(title, (signal) => cloud.machines(performance.now(), signal));
    return machines
      .filter(({ name, state }) => name.startsWith(labelPrefix) && state !== 'gone')
      .map(({ name }) => name);
  } catch (error) {
    if (isAbort(error)) throw error;
    engine.logger.warn(`${cloud.id} list → ${messageOf(error)}`);
    return undefined;
  }
}

/** What jobs have rented there and have not seen gone. */
async function rentedMachines(provider: string, engine: Trainyard): Promise<string[]> {
  const jobs = (await engine.jobs()).flatMap((listed) => ('job' in listed ? [listed.job] : []));
  return jobs.flatMap((job) =>
    openRentals(job)
      .filter((rental) => rental.provider === provider)
      .map(({ id }) => id),
  );
}
