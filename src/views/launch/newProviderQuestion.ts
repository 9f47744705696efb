import * as vscode from 'vscode';
import type { Account } from '../../providers/cloud.js';
import type { LazyCloud } from '../../providers/clouds.js';
import type { Trainyard } from '../../trainyard.js';
import { mayHoldKey, setMayHoldKey } from '../keyOnMachine.js';
import type { SecretStore } from '../secretStore.js';
import { askFromList, back, type Back, type Question } from './ask.js';
import { askKey, type GivenKey } from './keyQuestion.js';
import { describeCloud } from './rentalWords.js';

export interface NewProviderDoor {
  readonly engine: Trainyard;
  readonly secrets: SecretStore;
}

/** A cloud that can be rented from now on. */
export interface NewProvider {
  readonly cloud: LazyCloud;
  /** `null`: the key was kept without asking the cloud. */
  readonly account: Account | null;
}

/**
 * From a cloud to a key that works, kept in the secret storage, and to what else the cloud needs to know.
 * @param only the cloud whose key is to be given; `null`: the user chooses
 * @throws {vscode.CancellationError} the user left
 */
export async function askNewProvider(
  question: Question,
  only: string | null,
  { engine, secrets }: NewProviderDoor,
): Promise<NewProvider | Back> {
  const { clouds } = engine.providers;
  for (;;) {
    const cloud = only === null ? await askCloud(question, clouds) : engine.providers.cloud(only);
    if (cloud === back) return back;
    const isFirst = only !== null && !question.canGoBack;
    const given = await askKey({ ...question, title: keyTitle(cloud), canGoBack: !isFirst }, cloud);
    if (given !== back) return keep(cloud, given, secrets);
    if (only !== null) return back;
  }
}

const keyTitle = ({ title }: LazyCloud): string => vscode.l10n.t('Key of {0}', title);

async function askCloud(question: Question, clouds: readonly LazyCloud[]): Promise<LazyCloud | Back> {
  const rows = clouds.map(async (cloud) => ({
    label: `$(cloud) ${cloud.title}`,
    ...((await cloud.hasKey()) ? { description: vscode.l10n.t('has a key') } : {}),
    detail: describeCloud(cloud.facts),
    value: cloud,
  }));
  return askFromList({
    ...question,
    placeholder: vscode.l10n.t('Where to rent GPUs'),
    rows: await Promise.all(rows),
  });
}

/** The key is good, so it is kept before anything else is asked. */
async function keep(
  cloud: LazyCloud,
  { key, account }: GivenKey,
  secrets: SecretStore,
): Promise<NewProvider> {
  await secrets.set(cloud.facts.keyName, key);
  for (const [name, values] of Object.entries(account?.choices ?? {})) {
    await askSetting(cloud, name, values);
  }
  if (cloud.facts.selfEnd === 'account-key') await askKeyOnMachine(cloud);
  return { cloud, account };
}

async function askSetting(
  { id, title, facts }: LazyCloud,
  name: string,
  values: readonly string[],
): Promise<void> {
  const configuration = vscode.workspace.getConfiguration('trainyard');
  const setting = `${id}.${name}`;
  const present = configuration.get(setting);
  const answer = await askFromList<string>({
    title,
    canGoBack: false,
    placeholder: facts.settings[name]?.help ?? name,
    rows: values.map((value) => ({ label: value, value })),
    isActive: (value) => value === present,
  });
  if (answer !== back) await configuration.update(setting, answer, vscode.ConfigurationTarget.Global);
}

async function askKeyOnMachine({ id, title }: LazyCloud): Promise<void> {
  const answer = await askFromList<boolean>({
    title: vscode.l10n.t('May machines of {0} hold your account key, to end themselves?', title),
    canGoBack: false,
    placeholder: vscode.l10n.t('{0} has no key that could end just one machine', title),
    rows: [
      {
        label: vscode.l10n.t('$(shield) No'),
        detail: vscode.l10n.t('Only this computer ends machines. While it is off, they go on costing money.'),
        value: false,
      },
      {
        label: vscode.l10n.t('$(key) Yes'),
        detail: vscode.l10n.t('Machines end themselves. Whoever gets into one can rent others in your name.'),
        value: true,
      },
    ],
    isActive: (value) => value === mayHoldKey(id),
  });
  if (answer !== back) await setMayHoldKey(id, answer);
}
