import { TrainyardHome } from '../home.js';
import { silentLogger, type Logger } from '../logger.js';
import { EnvironmentSecrets } from '../jobs/secrets.js';
import { createHostOpener } from '../lazyHosts.js';
import { RuntimeFiles } from '../remote/runtimeFiles.js';
import { Trainyard } from '../trainyard.js';
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
  return new Trainyard({
    home,
    runtime: new RuntimeFiles(runtimeDir),
    hosts,
    secrets: new EnvironmentSecrets(env),
    logger,
    pollMs: Number(env.TRAINYARD_POLL_MS ?? defaultPollMs) || defaultPollMs,
  });
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
