import { homedir, userInfo } from 'node:os';
import * as vscode from 'vscode';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { listHostAliases } from '../../remote/ssh/sshConfig.js';
import type { Trainyard } from '../../trainyard.js';
import type { SecretStore } from '../secretStore.js';
import { back, type Back, type Question } from './ask.js';
import { askFromLiveList } from './liveList.js';
import { askNewProvider } from './newProviderQuestion.js';
import { keyOf, PlaceList, toPlace, type PlaceAnswer, type PlaceFacts } from './placeList.js';
import type { RunDraft } from './runDraft.js';
import { askSshHost } from './sshHostQuestion.js';

export interface PlaceDoor {
  readonly engine: Trainyard;
  readonly secrets: SecretStore;
}

/** Where to train: a machine of the user's own, known or new, or one that is rented. */
export async function askPlace(
  question: Question,
  facts: Omit<PlaceFacts, 'known' | 'aliases' | 'engine'>,
  door: PlaceDoor,
): Promise<Pick<RunDraft, 'place' | 'rental'> | Back> {
  for (;;) {
    const answer = await askOnce(question, facts, door);
    if (answer === back) return back;
    switch (answer.kind) {
      case 'own':
        return { place: answer.place, rental: null };
      case 'rent': {
        const { offer, title } = answer;
        const { rental } = facts.draft;
        const place = { provider: offer.provider, destination: null, identityFiles: [] };
        return { place, rental: { offer, title, limits: rental?.limits ?? {} } };
      }
      case 'another-host': {
        const host = await askSshHost({ ...question, canGoBack: true });
        if (host !== back) return { place: toPlace(host), rental: null };
        break;
      }
      case 'add-provider': {
        const added = await askNewProvider({ ...question, canGoBack: true }, answer.provider, door);
        if (added !== back) facts.search.repeat();
        break;
      }
      default:
        return answer satisfies never;
    }
  }
}

async function askOnce(
  question: Question,
  facts: Omit<PlaceFacts, 'known' | 'aliases' | 'engine'>,
  { engine }: PlaceDoor,
): Promise<PlaceAnswer | Back> {
  const [known, aliases] = await Promise.all([engine.sshHosts.list(), hostAliases(engine.logger)]);
  const list = new PlaceList({ ...facts, known, aliases, engine });
  try {
    return await askFromLiveList({
      ...question,
      placeholder: vscode.l10n.t('Where to train'),
      content: list.content,
      onDidChange: list.onDidChange,
      keyOf,
    });
  } finally {
    list.dispose();
  }
}

/** Aliases are a convenience: a configuration that cannot be read offers none, and the log says why. */
export async function hostAliases(logger: Logger): Promise<string[]> {
  try {
    return await listHostAliases({ userHome: homedir(), userName: userInfo().username });
  } catch (error) {
    logger.warn(`ssh config read → ${messageOf(error)}`);
    return [];
  }
}
