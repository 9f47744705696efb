import { chromium, type Browser } from 'playwright-core';
import { findProgram, isExecutable } from '../../support/findProgram.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const applications = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The Chromium or Chrome of this computer. CHROMIUM_PATH names another. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined) return isExecutable(named) ? named : undefined;
  return names.map(findProgram).find((file) => file !== undefined) ?? applications.find(isExecutable);
}

/** Starts it without a window. It says nothing to anybody but the pages we open. */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error('Chromium is missing: install Chromium or Chrome, or name it in CHROMIUM_PATH.');
  }
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      // A window lives for a minute: what the optimizing compilers would gain is less than what they cost.
      '--js-flags=--no-opt --no-maglev',
    ],
  });
}
