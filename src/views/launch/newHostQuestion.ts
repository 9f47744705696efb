import * as vscode from 'vscode';
import type { Logger } from '../../logger.js';
import type { SshHostEntry } from '../../providers/sshHosts.js';
import { askFromList, back, separator } from './ask.js';
import { hostAliases } from './placeQuestion.js';
import { askSshHost } from './sshHostQuestion.js';

const another = 'another';

/**
 * A machine to add: one that `~/.ssh/config` names and that is not in the list yet, or any other.
 * @throws {vscode.CancellationError} the user left
 */
export async function askNewHost(
  title: string,
  known: readonly SshHostEntry[],
  logger: Logger,
): Promise<SshHostEntry> {
  const aliases = (await hostAliases(logger)).filter(
    (alias) => !known.some(({ destination }) => destination === alias),
  );
  for (;;) {
    const choice = aliases.length === 0 ? another : await askAlias(title, aliases);
    if (choice !== another) return choice;
    const host = await askSshHost({ title, canGoBack: aliases.length > 0 });
    if (host !== back) return host;
  }
}

async function askAlias(title: string, aliases: readonly string[]): Promise<SshHostEntry | typeof another> {
  const answer = await askFromList<SshHostEntry | typeof another>({
    title,
    canGoBack: false,
    placeholder: vscode.l10n.t('Which machine'),
    rows: [
      ...aliases.map((alias) => ({
        label: `$(server) ${alias}`,
        description: '~/.ssh/config',
        value: { destination: alias, identityFiles: [] },
      })),
      separator(''),
      { label: vscode.l10n.t('$(add) Another SSH host…'), value: another },
    ],
  });
  return answer === back ? another : answer;
}
