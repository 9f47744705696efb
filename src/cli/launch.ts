import { exitCodes, type ExitCode } from '../errors.js';
import { formatBytes, formatFraction } from '../format.js';
import { formatPlace } from '../jobs/place.js';
import { formatProblem, type Plan, type TrainRequest } from '../jobs/plan.js';
import { describeRental } from '../jobs/rentalTerms.js';
import { digest } from '../recipes/datasets/problemDigest.js';
import { readSetOption } from '../recipes/parameters.js';
import type { OnCheckProgress } from '../recipes/recipe.js';
import { follow, isTrainingByItself } from './following.js';
import type { Terminal } from './terminal.js';
import type { Door, Given, Option } from './verb.js';

/** Options of every verb that starts a job. */
export const launchOptions: Readonly<Record<'set' | 'detach' | 'yes', Option>> = {
  set: { type: 'string', value: 'k=v', multiple: true, help: 'a parameter of the recipe; may be repeated' },
  detach: { type: 'boolean', help: 'leave when the training runs; "attach" comes back to it' },
  yes: { type: 'boolean', help: 'do not ask' },
};

/** Checks what is asked for, says what it costs, starts it and follows it to its end. */
export async function launch(
  request: TrainRequest,
  given: Given,
  door: Door,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { engine, terminal } = door;
  const plan = await engine.plan({ ...request, yes: given.flag('yes') }, signal, showCheck(terminal));
  describePlan(plan, terminal);
  if (!(await isAgreed(plan, given, door, signal))) {
    terminal.say('Nothing was rented.');
    return exitCodes.good;
  }
  const id = await engine.start(plan);
  return follow(
    id,
    door,
    given.flag('detach') ? { leaveWhen: ({ stage }) => isTrainingByItself(stage) } : {},
    signal,
  );
}

/** Where nobody can be asked, the command itself is the consent, up to the price that is shown. */
async function isAgreed(plan: Plan, given: Given, { terminal }: Door, signal: AbortSignal): Promise<boolean> {
  const lines = describeRental(plan);
  for (const line of lines) terminal.remark(line);
  if (lines.length === 0 || !terminal.interactive || given.flag('yes') || given.flag('detach')) return true;
  return (await terminal.ask('Rent it? [y/N] ', signal)).startsWith('y');
}

/** What was given by `--set`. */
export function parametersOf(given: Given): Record<string, string> {
  return Object.fromEntries(
    given.texts('set').map((option) => {
      const { name, value } = readSetOption(option);
      return [name, value];
    }),
  );
}

/** Tells a person how far the look at a large dataset is. */
export const showCheck =
  (terminal: Terminal): OnCheckProgress =>
  (done, total) =>
    terminal.status(`Checking the dataset ${formatFraction(done / Math.max(1, total))}`);

/** How many problems of a kind people are told. */
const mostOfAKind = 20;

function describePlan({ spec, why, check, dataset, machine }: Plan, terminal: Terminal): void {
  const because = why === null ? '' : ` (${why})`;
  const files = `${dataset.files} ${dataset.files === 1 ? 'file' : 'files'}`;
  terminal.remark(
    `${spec.id}: ${spec.recipe}${because} on ${formatPlace(spec.place)}, ${files}, ${formatBytes(dataset.bytes)}`,
  );
  for (const gpu of machine?.gpus ?? []) terminal.remark(`GPU: ${gpu.name}`);
  for (const problem of digest(check.problems, mostOfAKind)) {
    if (problem.severity === 'warning') terminal.remark(`warning: ${formatProblem(problem)}`);
  }
}
