// npm run editor: VS Code with Trainyard and the samples open. Desktop VS Code where `code` is on PATH, else
// VS Code in the browser (code-server), until Ctrl-C.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { EditorServer } from '../test/editor/support/editorServer.js';
import { currentVsix } from '../test/editor/support/vsix.js';
import { findProgram } from '../test/support/findProgram.js';
import { buildForProduction, foreground } from './foreground.js';

await buildForProduction();
const wanted = process.env.TRAINYARD_EDITOR;
if (wanted === 'desktop' || (wanted !== 'code-server' && findProgram('code') !== undefined))
  await openDesktop();
else await openInBrowser();

async function openDesktop(): Promise<void> {
  const args = ['--new-window', `--extensionDevelopmentPath=${resolve('.')}`, resolve('samples')];
  process.exitCode = await foreground('code', args, { shell: process.platform === 'win32' });
}

/**
 * With the user's own home: their SSH hosts, their jobs. Installed from a package rather than opened for
 * development, because VS Code for the web shows no notifications then.
 */
async function openInBrowser(): Promise<void> {
  const { TRAINYARD_HOME = join(homedir(), '.trainyard') } = process.env;
  const stop = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
  const server = await EditorServer.start({
    vsix: await currentVsix(),
    env: { HOME: homedir(), TRAINYARD_HOME },
    workspaceTrust: true,
  });
  console.log(`\nVS Code with Trainyard: ${server.url({ folder: 'samples' })}\nCtrl-C ends it.`);
  await Promise.race([stop, server.ended]);
  await server.stop();
}
