#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { again } from './cli/again.js';
import { customize } from './cli/customize.js';
import { attach, collect, extend, resume, stop } from './cli/drive.js';
import { fetch } from './cli/fetch.js';
import { instances, providers } from './cli/places.js';
import { jobs } from './cli/jobs.js';
import { logs } from './cli/logs.js';
import { metrics } from './cli/metrics.js';
import { offers } from './cli/offers.js';
import { parse } from './cli/parse.js';
import { createEngine } from './cli/engine.js';
import { reclaim } from './cli/reclaim.js';
import { show } from './cli/show.js';
import { sweep } from './cli/sweep.js';
import { sync } from './cli/sync.js';
import { Terminal } from './cli/terminal.js';
import { terminate } from './cli/terminate.js';
import { train } from './cli/train.js';
import { validate } from './cli/validate.js';
import { helpOf, parseGiven, type Verb } from './cli/verb.js';
import { exitCodes, InputError, UserError, type ExitCode } from './errors.js';
import { suggest } from './nearest.js';

const verbs: readonly Verb[] = [
  train,
  again,
  jobs,
  show,
  logs,
  metrics,
  attach,
  stop,
  resume,
  collect,
  extend,
  offers,
  providers,
  instances,
  terminate,
  sweep,
  reclaim,
  validate,
  customize,
  parse,
  sync,
  fetch,
];

async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = args[0] === 'help' && args.length > 1 ? [...args.slice(1), '--help'] : args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.say(overview());
    return name === undefined ? exitCodes.badInput : exitCodes.good;
  }
  const verb = verbs.find((candidate) => candidate.name === name);
  if (!verb)
    throw new InputError(
      `There is no command "${name}"; ${suggest(
        name,
        verbs.map((known) => known.name),
      )}`,
    );
  const wantsHelp = rest.includes('--help') || rest.includes('-h');
  if (wantsHelp) {
    terminal.say(helpOf(verb));
    return exitCodes.good;
  }
  const given = parseGiven(verb, rest);
  // The built file lies in dist/; what runs on machines is shipped beside it.
  const runtimeDir = fileURLToPath(new URL('../runtime/', import.meta.url));
  const engine = createEngine(process.env, runtimeDir, terminal);
  return verb.run(given, { engine, terminal }, new AbortController().signal);
}

function overview(): string {
  const width = Math.max(...verbs.map(({ name }) => name.length));
  const lines = verbs.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'trainyard <command> [options]: train models on rented GPUs, over SSH or on this computer',
    '',
    ...lines,
    '',
    'Every command takes --help and --json.',
    'Exit codes: 0 good, 1 the job failed, 2 bad input, 3 credentials, 4 no capacity or budget,',
    '5 a machine may still be running.',
  ].join('\n');
}

/** One sentence for a person, an object for a program, and the exit code. */
function report(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof UserError) {
    terminal.record({ event: 'error', message: error.message });
    terminal.remark(`trainyard: ${error.message}`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.record({ event: 'error', message: 'Something went wrong inside Trainyard.' });
  terminal.remark(`trainyard: something went wrong that should not have. Please report this:\n${stack}`);
  return exitCodes.jobFailed;
}

const args = process.argv.slice(2);
const terminal = new Terminal({ json: args.includes('--json') });
// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.good);
  throw error;
});
process.exitCode = await main(args, terminal).catch((error: unknown) => report(error, terminal));
