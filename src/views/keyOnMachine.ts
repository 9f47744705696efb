import * as vscode from 'vscode';
import { keyOnMachineSetting } from './cloudSettings.js';

/** Whether the user lets machines of a cloud hold the key of the whole account, so that they can end themselves. */
export const mayHoldKey = (provider: string): boolean =>
  vscode.workspace.getConfiguration('trainyard').get(keyOnMachineSetting(provider)) === true;

/** Without the user's yes the setting is not written at all: no is what it is by itself. */
export async function setMayHoldKey(provider: string, mayHold: boolean): Promise<void> {
  await vscode.workspace
    .getConfiguration('trainyard')
    .update(keyOnMachineSetting(provider), mayHold ? true : undefined, vscode.ConfigurationTarget.Global);
}
