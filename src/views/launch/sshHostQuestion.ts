import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../errors.js';
import type { SshHostEntry } from '../../providers/sshHosts.js';
import { parseDestination } from '../../remote/ssh/destination.js';
import { askForText, askFromList, back, type Back, type Question } from './ask.js';

/** A machine of the user's own: how to reach it, and with which key. */
export async function askSshHost(question: Question): Promise<SshHostEntry | Back> {
  for (let typed = ''; ;) {
    const destination = await askDestination(question, typed);
    if (destination === back) return back;
    const identityFiles = await askKey({ ...question, canGoBack: true }, destination);
    if (identityFiles !== back) return { destination, identityFiles };
    typed = destination;
  }
}

async function askDestination(question: Question, value: string): Promise<string | Back> {
  const answer = await askForText({
    ...question,
    value,
    prompt: vscode.l10n.t('The machine as you would give it to ssh'),
    placeholder: vscode.l10n.t('user@host, user@host:port or an alias of ~/.ssh/config'),
    problemOf: destinationProblem,
  });
  return answer === back ? back : answer.trim();
}

function destinationProblem(text: string): string | undefined {
  try {
    parseDestination(text);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function askKey(question: Question, destination: string): Promise<string[] | Back> {
  for (;;) {
    const answer = await askFromList<'usual' | 'file'>({
      ...question,
      placeholder: vscode.l10n.t('How to log in to {0}', destination),
      rows: [
        {
          label: vscode.l10n.t('$(key) Usual keys'),
          detail: vscode.l10n.t('The agent, ~/.ssh/config and the keys of ~/.ssh, as ssh does'),
          value: 'usual',
        },
        {
          label: vscode.l10n.t('$(folder-opened) Choose a key file…'),
          detail: vscode.l10n.t('A private key for this machine'),
          value: 'file',
        },
      ],
    });
    if (answer === back) return back;
    if (answer === 'usual') return [];
    const files = await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Private key for {0}', destination),
      defaultUri: vscode.Uri.file(join(homedir(), '.ssh')),
      openLabel: vscode.l10n.t('Use Key'),
    });
    if (files?.[0]) return [files[0].fsPath];
  }
}
