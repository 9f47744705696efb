import { nearestName, suggest } from '../../nearest.js';
import type { ColumnProfile } from '../datasets/columnProfile.js';
import { problem, type Problem } from '../datasets/problem.js';
import type { TableCheck } from '../datasets/tableCheck.js';
import type { Parameter, Parameters } from '../recipe.js';
import { textOf } from '../parameterValues.js';
import { kindOf, type BoostingLibrary, type Kind } from './boostingLibrary.js';

/** Names that neither the recipe nor its library knows: the library would pass over them without a word. */
export function nameProblems(
  library: BoostingLibrary,
  parameters: readonly Parameter[],
  given: Parameters,
): Problem[] {
  const own = parameters.map(({ name }) => name);
  const known = [...own, ...library.passedThrough];
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const otherwise = library.calledOtherwise[name];
      if (otherwise !== undefined) return calledOtherwise(library, name, otherwise);
      const translated =
        library.calledOtherwise[nearestName(name, Object.keys(library.calledOtherwise)) ?? ''];
      const hint = nearestName(name, known) ?? translated;
      const end = hint ? `did you mean '${hint}'?` : suggest(name, known);
      return problem(
        'error',
        'boosting.unknown-parameter',
        `${library.name} has no parameter '${name}'; ${end}`,
      );
    });
}

function calledOtherwise(library: BoostingLibrary, name: string, otherwise: string): Problem {
  if (otherwise === '') {
    const message = `${library.name}'s ${name} is set by the recipe and cannot be given.`;
    return problem('error', 'boosting.own-parameter', message, { fix: `Leave ${name} out.` });
  }
  const message = `What ${library.name} calls ${name} is called ${otherwise} here.`;
  return problem('error', 'boosting.renamed-parameter', message, { fix: `Set ${otherwise} instead.` });
}

/** What does not fit the column to learn. */
export function goalProblems(library: BoostingLibrary, { target }: TableCheck, given: Parameters): Problem[] {
  if (!target || !(target.column.distinct > 1)) return [];
  const kind = kindOf(target.column, target.task);
  return [
    ...objectiveProblems(library, target.column, kind, textOf(given, 'objective').trim()),
    ...metricProblems(library, target.column, kind, textOf(given, 'metric')),
    ...weightProblems(kind, textOf(given, 'classWeight')),
  ];
}

function objectiveProblems(
  library: BoostingLibrary,
  column: ColumnProfile,
  kind: Kind,
  objective: string,
): Problem[] {
  const { regressionObjectives, binaryObjectives, multiObjectives } = library;
  if (objective === '') return [];
  const fitting = {
    regression: Object.keys(regressionObjectives),
    'two classes': [...binaryObjectives, ...multiObjectives],
    'several classes': multiObjectives,
  }[kind];
  if (fitting.includes(objective)) {
    const amounts = kind === 'regression' ? (regressionObjectives[objective] ?? 'any') : 'any';
    return amountProblems(column, objective, amounts);
  }
  const fix = `Leave objective empty, or set it to ${fitting[0] ?? ''}.`;
  if (binaryObjectives.includes(objective) && kind === 'several classes') {
    const message = `${objective} tells 2 classes apart, and '${column.name}' has ${countText(column)}.`;
    return [problem('error', 'boosting.objective-classes', message, { fix })];
  }
  if ([...Object.keys(regressionObjectives), ...binaryObjectives, ...multiObjectives].includes(objective)) {
    const [learns, is] = kind === 'regression' ? ['classes', 'an amount'] : ['an amount', 'a class'];
    const message = `${objective} learns ${learns}, and '${column.name}' is ${is}.`;
    return [problem('error', 'boosting.objective-task', message, { fix })];
  }
  const message = `There is no objective '${objective}' for this; ${suggest(objective, fitting)}`;
  return [problem('error', 'boosting.objective-unknown', message, { fix })];
}

function amountProblems(
  column: ColumnProfile,
  objective: string,
  amounts: 'any' | 'from 0' | 'above 0',
): Problem[] {
  const isFine =
    amounts === 'any' ||
    (amounts === 'from 0' ? column.minimum >= 0 : column.minimum > 0) ||
    column.hasDecimalCommas;
  if (isFine) return [];
  const message = `${objective} learns amounts ${amounts}, and '${column.name}' goes down to ${column.minimum}.`;
  return [
    problem('error', 'boosting.objective-range', message, {
      fix: 'Leave objective empty, or choose another.',
    }),
  ];
}

function metricProblems(
  library: BoostingLibrary,
  column: ColumnProfile,
  kind: Kind,
  metric: string,
): Problem[] {
  const names = library.metrics[kind];
  return metricNames(metric)
    .filter((name) => !names.includes(name.replace(/@.*$/, '')))
    .map((name) => {
      const isElsewhere = Object.values(library.metrics).some((others) => others.includes(name));
      const what = kind === 'regression' ? 'an amount' : `a target with ${countText(column)}`;
      const message = isElsewhere
        ? `The metric ${name} does not measure ${what}; choose one of ${names.join(', ')}.`
        : `${library.name} has no metric '${name}' for this; ${suggest(name, names)}`;
      return problem('error', 'boosting.metric', message);
    });
}

/** `logloss, auc` */
function metricNames(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function weightProblems(kind: Kind, classWeight: string): Problem[] {
  if (classWeight !== 'balanced' || kind !== 'regression') return [];
  const message = 'classWeight weighs classes, and an amount has none.';
  return [problem('error', 'boosting.class-weight', message, { fix: 'Leave classWeight out.' })];
}

function countText({ distinct }: ColumnProfile): string {
  return Number.isFinite(distinct) ? `${distinct} classes` : 'more than 10,000 classes';
}
