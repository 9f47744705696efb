import { chromium, type Browser } from 'playwright-core';
import { findProgram } from './findProgram.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Starts the installed Chromium without a window. */
export function launchChromium(): Promise<Browser> {
  const executablePath = names.map(findProgram).find((path) => path !== undefined);
  if (!executablePath)
    throw new Error('No Chromium found on the PATH: install it (Debian: apt-get install chromium).');
  // Chromium's own sandbox needs rights that containers and root do not have; the pages are our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}
