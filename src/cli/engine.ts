import { InputError } from '../errors.js';
import { TrainyardHome } from '../home.js';
import { silentLogger, type Logger } from '../logger.js';
import { EnvironmentSecrets } from '../jobs/secrets.js';
import { createHostOpener } from '../lazyHosts.js';
import { RuntimeFiles } from '../remote/runtimeFiles.js';
import { Trainyard, type TrainyardOptions } from '../trainyard.js';
import { askPassphrase } from './passphrase.js';
import type { Terminal } from './terminal.js';

const defaultPollMs = 200;

/** The engine as the terminal uses it. `TRAINYARD_POLL_MS` shortens waits in tests; `TRAINYARD_DEBUG` shows the log. */
export function createEngine(env: NodeJS.ProcessEnv, runtimeDir: string, terminal: Terminal): Trainyard {
  const home = TrainyardHome.fromEnvironment(env);
  const logger = env.TRAINYARD_DEBUG ? stderrLogger(terminal) : silentLogger;
  const hosts = createHostOpener({
    home,
    env,
    logger,
    askPassphrase: (keyFile, signal) => askPassphrase(keyFile, terminal, signal),
    onFirstSight: (message) => terminal.remark(message),
  });
  const settings = new EnvironmentSecrets(env);
  return new Trainyard({
    home,
    runtime: new RuntimeFiles(runtimeDir),
    hosts,
    secrets: settings,
    cloudSettings: settings,
    mayHoldKey: (provider) => Promise.resolve(listOf(env.TRAINYARD_KEY_ON_MACHINE).includes(provider)),
    askDearer: askDearerAt(terminal),
    monthlyBudgetUsd: () => monthlyBudgetOf(env),
    logger,
    pollMs: Number(env.TRAINYARD_POLL_MS ?? defaultPollMs) || defaultPollMs,
  });
}

/** Without a person to ask, nothing dearer is taken. */
function askDearerAt(terminal: Terminal): NonNullable<TrainyardOptions['askDearer']> {
  return async ({ offer, agreedUsdPerHour }, signal) => {
    if (!terminal.interactive) return false;
    const { count, gpu, usdPerHour, provider } = offer;
    const answer = await terminal.ask(
      `What you agreed to ($${agreedUsdPerHour.toFixed(2)} an hour) is gone. The next that fits is ` +
        `${count} × ${gpu} at ${provider} for $${usdPerHour.toFixed(2)} an hour. Take it? [y/N] `,
      signal,
    );
    return answer === 'y' || answer === 'yes';
  };
}

const listOf = (text = ''): string[] => text.split(/[\s,]+/).filter((part) => part !== '');

/** @throws {InputError} it is not an amount */
function monthlyBudgetOf(env: NodeJS.ProcessEnv): number | null {
  const text = env.TRAINYARD_MONTHLY_BUDGET?.trim();
  if (!text) return null;
  const usd = Number(text);
  if (Number.isFinite(usd) && usd > 0) return usd;
  throw new InputError(`TRAINYARD_MONTHLY_BUDGET must be an amount in US dollars; it is "${text}".`);
}

function stderrLogger(terminal: Terminal): Logger {
  const write =
    (level: string) =>
    (message: string): void =>
      terminal.remark(`${new Date().toISOString()} ${level} ${message}`);
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}
