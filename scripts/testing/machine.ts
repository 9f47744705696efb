import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { findChromium } from '../../test/editor/support/browser.js';
import { findProgram } from '../../test/support/findProgram.js';

/** Something tests run that npm cannot install. */
export interface Need {
  /** Debian's packages for it. */
  readonly packages: readonly string[];
  readonly isThere: () => boolean;
  /** What a person is told where we cannot install it ourselves. */
  readonly sentence: string;
}

export const needs = {
  python: {
    packages: ['python3'],
    isThere: () => findProgram('python3') !== undefined,
    sentence: 'python3 is missing: install Python 3.8 or newer.',
  },
  venv: {
    packages: ['python3-venv'],
    isThere: () => spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0,
    sentence: "Python's venv module is missing: install it (on Debian and Ubuntu the package python3-venv).",
  },
  ssh: {
    packages: ['openssh-server', 'openssh-client'],
    isThere: () => ['sshd', 'ssh', 'ssh-keygen'].every((name) => findProgram(name) !== undefined),
    sentence: 'OpenSSH is missing: install its client and server (sshd, ssh, ssh-keygen).',
  },
  namespaces: {
    packages: ['util-linux'],
    isThere: () => spawnSync('unshare', ['--pid', '--fork', '--mount', '--mount-proc', 'true']).status === 0,
    sentence:
      'Simulated machines need namespaces: run this as root on Linux, or in a container that is allowed them ' +
      '(docker run --privileged).',
  },
  browser: {
    packages: ['chromium', 'fonts-dejavu-core'],
    isThere: () => findChromium() !== undefined,
    sentence: 'Chromium is missing: install Chromium or Chrome, or name it in CHROMIUM_PATH.',
  },
} as const satisfies Record<string, Need>;

/**
 * Makes sure that everything is there: as root on Debian by apt, elsewhere by telling what is missing.
 * @returns the sentences to show; empty when the tests can run
 */
export function prepareMachine(wanted: readonly Need[]): readonly string[] {
  const missing = wanted.filter((need) => !need.isThere());
  if (missing.length > 0 && canInstall()) installPackages(missing.flatMap((need) => need.packages));
  return missing.filter((need) => !need.isThere()).map((need) => need.sentence);
}

/**
 * Puts the python3 that answers first on the PATH. Where a version manager answers for it, that is a script, which takes
 * longer to find the real one than most tests take with it, each of the thousands of times.
 */
export function meetPythonDirectly(): void {
  const where = 'import os, sys; print(os.path.dirname(sys.executable))';
  const { status, stdout } = spawnSync('python3', ['-c', where], { encoding: 'utf8' });
  const folder = stdout.trim();
  if (status === 0 && folder !== '') process.env.PATH = [folder, process.env.PATH].join(delimiter);
}

function canInstall(): boolean {
  return (
    existsSync('/etc/debian_version') && process.getuid?.() === 0 && findProgram('apt-get') !== undefined
  );
}

/** apt's lists may be absent on a fresh machine; when only they fail to come, the install may still work. */
function installPackages(packages: readonly string[]): void {
  console.log(`Installing ${packages.join(', ')} (apt-get) …`);
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
}

function apt(...args: string[]): void {
  spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
