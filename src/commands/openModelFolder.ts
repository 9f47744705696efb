import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Door } from './door.js';
import { modelFileOf } from './modelFile.js';

/** Opens the folder that holds the model in a window of its own. */
export async function openModelFolder(target: unknown, { engine }: Pick<Door, 'engine'>): Promise<void> {
  const folder = vscode.Uri.file(dirname(await modelFileOf(target, engine)));
  await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
}
