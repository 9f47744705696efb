import { homedir, userInfo } from 'node:os';
import * as vscode from 'vscode';
import { messageOf } from '../../errors.js';
import type { Place } from '../../jobs/job.js';
import type { Logger } from '../../logger.js';
import type { SshHostEntry } from '../../providers/sshHosts.js';
import { listHostAliases } from '../../remote/ssh/sshConfig.js';
import { askFromList, back, separator, type Back, type Choice, type Question, type Row } from './ask.js';
import { askSshHost } from './sshHostQuestion.js';

export interface PlaceChoice {
  /** Machines that were added or trained on. */
  readonly known: readonly SshHostEntry[];
  /** Machines that `~/.ssh/config` names. */
  readonly aliases: readonly string[];
  readonly present: Place;
}

const another = 'another';

/** Where to train: this computer, a machine that is known, or another one. */
export async function askPlace(question: Question, choice: PlaceChoice): Promise<Place | Back> {
  for (;;) {
    const answer = await askFromList<Place | typeof another>({
      ...question,
      placeholder: vscode.l10n.t('Where to train'),
      rows: toRows(choice),
      isActive: (value) => value !== another && value.destination === choice.present.destination,
    });
    if (answer !== another) return answer;
    const host = await askSshHost({ ...question, canGoBack: true });
    if (host !== back) return toPlace(host);
  }
}

function toRows({ known, aliases, present }: PlaceChoice): Row<Place | typeof another>[] {
  const listed = withPresent(known, present);
  const fresh = aliases.filter((alias) => !listed.some(({ destination }) => destination === alias));
  return [
    {
      label: vscode.l10n.t('$(device-desktop) This computer'),
      value: { provider: 'local', destination: null, identityFiles: [] },
    },
    ...listed.map((host) => toChoice(host, '')),
    ...fresh.map((alias) => toChoice({ destination: alias, identityFiles: [] }, '~/.ssh/config')),
    separator(''),
    { label: vscode.l10n.t('$(add) Another SSH host…'), value: another },
  ];
}

/** The machine a trainyard.yaml names may be in neither list. */
function withPresent(known: readonly SshHostEntry[], present: Place): readonly SshHostEntry[] {
  const { destination, identityFiles } = present;
  if (destination === null || known.some((host) => host.destination === destination)) return known;
  return [{ destination, identityFiles: [...identityFiles] }, ...known];
}

const toChoice = (host: SshHostEntry, description: string): Choice<Place> => ({
  label: `$(server) ${host.destination}`,
  description,
  value: toPlace(host),
});

const toPlace = ({ destination, identityFiles }: SshHostEntry): Place => ({
  provider: 'ssh',
  destination,
  identityFiles,
});

/** Aliases are a convenience: a configuration that cannot be read offers none, and the log says why. */
export async function hostAliases(logger: Logger): Promise<string[]> {
  try {
    return await listHostAliases({ userHome: homedir(), userName: userInfo().username });
  } catch (error) {
    logger.warn(`ssh config read → ${messageOf(error)}`);
    return [];
  }
}
