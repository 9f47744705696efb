import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { format } from 'node:util';
import type { Page } from 'playwright-core';
import { delay } from '../../../src/delay.js';
import { messageOf } from '../../../src/errors.js';
import { removeFolder } from '../../support/tempDir.js';
import { launchChromium } from './browser.js';
import { EditorServer } from './editorServer.js';
import { readSuiteReport, type SuiteReport } from './suiteReport.js';

export interface SuiteRun {
  /** What `bundleSuites` gave. */
  readonly testsPath: string;
  /** The workspace that is open. */
  readonly folder: string;
  readonly timeoutMs: number;
  /** Reaches the extension and the suites. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs the suites inside a real extension host.
 *
 * In desktop VS Code (`@vscode/test-electron`) where there is a screen and VS Code can be had, else in
 * code-server. TRAINYARD_EDITOR=desktop or code-server decides; VSCODE_TEST_EXECUTABLE names a VS Code, so that
 * none is downloaded.
 */
export async function runSuites(run: SuiteRun): Promise<SuiteReport> {
  const scratch = await mkdtemp(join(tmpdir(), 'trainyard-suites-'));
  const report = join(scratch, 'report.jsonl');
  try {
    const desktop = await findDesktop();
    if (desktop === undefined) await runInCodeServer(run, report);
    else await runOnDesktop(desktop, run, report, scratch);
    return readSuiteReport(report);
  } finally {
    await removeFolder(scratch);
  }
}

/** The desktop VS Code to use, or nothing: code-server it is. */
async function findDesktop(): Promise<string | undefined> {
  const wanted = process.env.TRAINYARD_EDITOR;
  const named = process.env.VSCODE_TEST_EXECUTABLE;
  if (wanted === 'code-server') return undefined;
  if (named !== undefined) return named;
  if (wanted === 'desktop') return downloadAndUnzipVSCode();
  if (!hasScreen()) return undefined;
  try {
    return await downloadAndUnzipVSCode();
  } catch (error) {
    console.log(`VS Code could not be downloaded (${messageOf(error)}): the suites run in code-server.`);
    return undefined;
  }
}

function hasScreen(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return process.platform !== 'linux' || DISPLAY !== undefined || WAYLAND_DISPLAY !== undefined;
}

async function runOnDesktop(
  executable: string,
  run: SuiteRun,
  report: string,
  scratch: string,
): Promise<void> {
  await runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: resolve('.'),
    extensionTestsPath: run.testsPath,
    launchArgs: [
      resolve(run.folder),
      '--disable-extensions',
      '--disable-workspace-trust',
      ...['--user-data-dir', join(scratch, 'user'), '--extensions-dir', join(scratch, 'extensions')],
    ],
    extensionTestsEnv: {
      ...run.env,
      TRAINYARD_SUITE_REPORT: report,
      TRAINYARD_HOME: join(scratch, 'home'),
    },
  }).catch((error: unknown) => console.error(`VS Code ended badly: ${messageOf(error)}`));
}

/** VS Code for the web says that it is done by calling a function of the page. */
async function runInCodeServer(run: SuiteRun, report: string): Promise<void> {
  const server = await EditorServer.start({
    forDevelopment: true,
    env: { ...run.env, TRAINYARD_SUITE_REPORT: report },
  });
  const browser = await launchChromium();
  const over = new AbortController();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const exited = exposedCall(page, 'codeAutomationExit');
    await page.exposeFunction('codeAutomationLog', showLog);
    await page.goto(server.url({ folder: run.folder, developmentPath: '.', testsPath: run.testsPath }));
    await Promise.race([exited, server.ended, delay(run.timeoutMs, over.signal)]);
  } finally {
    over.abort();
    await browser.close();
    await server.stop();
  }
}

/** Resolves when the page calls the function of that name. */
function exposedCall(page: Page, name: string): Promise<void> {
  return new Promise((called, failed) => {
    page.exposeFunction(name, () => called()).catch(failed);
  });
}

/** The whole workbench talks here; it is worth reading only when something is wrong. */
function showLog(_type: string, words: readonly unknown[]): void {
  if (process.env.TRAINYARD_EDITOR_LOG !== undefined) console.error(format(...words));
}
