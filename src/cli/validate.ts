import { exitCodes, UserError, type ExitCode } from '../errors.js';
import { formatProblem } from '../jobs/plan.js';
import type { Problem } from '../recipes/datasets/problem.js';
import { readSetOption } from '../recipes/parameters.js';
import type { Trainyard } from '../trainyard.js';
import type { Given, Verb } from './verb.js';

export const validate: Verb = {
  name: 'validate',
  usage: '<folder> [--recipe R] [--set k=v]',
  summary: 'Says what would be refused, before anything is started.',
  positionals: { least: 1, most: 1 },
  options: {
    recipe: { type: 'string', value: 'R', help: 'check for this recipe (default: what fits best)' },
    set: { type: 'string', value: 'k=v', multiple: true, help: 'a parameter of the recipe; may be repeated' },
  },
  async run(given, { engine, terminal }, signal): Promise<ExitCode> {
    const checked = await check(given, engine, signal);
    const ok = !checked.problems.some(({ severity }) => severity === 'error');
    const { recipe, summary } = checked;
    terminal.record({ recipe, ok, problems: checked.problems.map(toRecord), summary });
    if (!terminal.json) {
      for (const problem of checked.problems) terminal.say(`${problem.severity}: ${formatProblem(problem)}`);
      for (const [name, value] of Object.entries(checked.summary)) terminal.say(`${name}: ${String(value)}`);
      terminal.say(ok ? `Good for ${checked.recipe ?? 'training'}.` : 'This would be refused.');
    }
    return ok ? exitCodes.good : exitCodes.badInput;
  },
};

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
async function check(given: Given, engine: Trainyard, signal: AbortSignal): Promise<Checked> {
  const path = given.positional(0);
  const recipe = given.text('recipe');
  const parameters = Object.fromEntries(
    given.texts('set').map((option) => {
      const { name, value } = readSetOption(option);
      return [name, value];
    }),
  );
  try {
    const { spec, check: result } = await engine.draft({ path, recipe, parameters, defaultTo: path }, signal);
    return { recipe: spec.recipe, problems: result.problems, summary: result.summary };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problem: Problem = {
      severity: 'error',
      code: 'input',
      file: null,
      line: null,
      message: error.message,
      fix: null,
    };
    return { recipe: recipe ?? null, problems: [problem], summary: {} };
  }
}
