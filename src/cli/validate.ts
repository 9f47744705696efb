import { exitCodes, InputError, isAbort, messageOf, UserError, type ExitCode } from '../errors.js';
import { formatProblem } from '../jobs/plan.js';
import { problem, type Problem, type Repair } from '../recipes/datasets/problem.js';
import { digest } from '../recipes/datasets/problemDigest.js';
import { launchOptions, parametersOf, showCheck } from './launch.js';
import type { Terminal } from './terminal.js';
import type { Door, Given, Verb } from './verb.js';

export const validate: Verb = {
  name: 'validate',
  usage: '<folder or trainyard.yaml> [--recipe R] [--set k=v] [--fix [--yes]]',
  summary: 'Says what would be refused, before anything is started.',
  positionals: { least: 1, most: 1 },
  options: {
    recipe: { type: 'string', value: 'R', help: 'check for this recipe (default: what fits best)' },
    set: launchOptions.set,
    fix: { type: 'boolean', help: 'repair what can be repaired, then check again' },
    yes: { type: 'boolean', help: 'with --fix: also where your own files are changed, without asking' },
  },
  async run(given, door, signal): Promise<ExitCode> {
    if (given.flag('yes') && !given.flag('fix')) {
      throw new InputError('--yes says yes to repairs: give it together with --fix.');
    }
    let checked = await check(given, door, signal);
    if (given.flag('fix') && (await repairAll(checked.problems, given, door.terminal, signal))) {
      checked = await check(given, door, signal);
    }
    return report(checked, door.terminal);
  },
};

/** How many problems of a kind people are told; programs are told all. */
const mostOfAKind = 20;

function report({ recipe, problems, summary }: Checked, terminal: Terminal): ExitCode {
  const ok = !problems.some(({ severity }) => severity === 'error');
  terminal.record({ recipe, ok, problems: problems.map(toRecord), summary });
  if (!terminal.json) {
    for (const told of digest(problems, mostOfAKind))
      terminal.say(`${told.severity}: ${formatProblem(told)}`);
    for (const [name, value] of Object.entries(summary)) terminal.say(`${name}: ${String(value)}`);
    const repairs = repairsOf(problems).length;
    if (repairs > 0)
      terminal.say(`${repairs === 1 ? '1 repair' : `${repairs} repairs`} can be made by --fix.`);
    terminal.say(ok ? `Good for ${recipe ?? 'training'}.` : 'This would be refused.');
  }
  return ok ? exitCodes.good : exitCodes.badInput;
}

/** A problem for programs, which know errors and warnings. */
function toRecord({ severity, code, file, line, message, fix }: Problem): object {
  return { severity: severity === 'hint' ? 'warning' : severity, code, file, line, message, fix };
}

interface Checked {
  readonly recipe: string | null;
  readonly problems: readonly Problem[];
  readonly summary: Readonly<Record<string, unknown>>;
}

/** What cannot even be opened is a problem like the others. */
async function check(given: Given, { engine, terminal }: Door, signal: AbortSignal): Promise<Checked> {
  const path = given.positional(0);
  const recipe = given.text('recipe');
  const parameters = parametersOf(given);
  try {
    const request = { path, recipe, parameters, defaultTo: path };
    const draft = await engine.draft(request, signal, showCheck(terminal));
    const { problems, summary } = draft.check;
    const lacking = await engine.missingSecrets(draft);
    const keys = lacking.map(({ why }) => problem('error', 'secret.missing', why));
    return { recipe: draft.spec.recipe, problems: [...keys, ...problems], summary };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { recipe: recipe ?? null, problems: [problem('error', 'input', error.message)], summary: {} };
  } finally {
    terminal.clearStatus();
  }
}

/** Several problems may have one repair. */
function repairsOf(problems: readonly Problem[]): Repair[] {
  return [...new Set(problems.flatMap(({ repair }) => repair ?? []))];
}

/** One repair after another. @returns whether any was made */
async function repairAll(
  problems: readonly Problem[],
  given: Given,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  let made = 0;
  for (const repair of repairsOf(problems)) {
    const outcome = (await isWanted(repair, given, terminal, signal))
      ? await make(repair, signal)
      : { state: 'skipped', message: `Skipped: ${describe(repair)}. --yes allows it.` };
    if (outcome.state === 'done') made += 1;
    terminal.record({ event: 'repair', title: repair.title, changes: repair.changes, ...outcome });
    terminal.say(outcome.message);
  }
  return made > 0;
}

async function make(
  repair: Repair,
  signal: AbortSignal,
): Promise<{ readonly state: 'done' | 'failed'; readonly message: string }> {
  try {
    return { state: 'done', message: await repair.apply(signal) };
  } catch (error) {
    if (isAbort(error) || !(error instanceof UserError)) throw error;
    return { state: 'failed', message: `${repair.title}: ${messageOf(error)}` };
  }
}

/** What only writes new files is done at once; where the user's own are changed, the user says so. */
async function isWanted(
  repair: Repair,
  given: Given,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  if (repair.changes.length === 0 || given.flag('yes')) return true;
  if (!terminal.interactive) return false;
  return (await terminal.ask(`${describe(repair)}? [y/N] `, signal)).startsWith('y');
}

/** `Remove the duplicate rows (changes data.csv)` */
function describe({ title, changes }: Repair): string {
  const [first, ...more] = changes;
  if (first === undefined) return title;
  const others = more.length === 0 ? '' : ` and ${more.length} more ${more.length === 1 ? 'file' : 'files'}`;
  return `${title} (changes ${first}${others})`;
}
