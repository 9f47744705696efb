import type { ColumnProfile } from './columnProfile.js';

export const taskChoices = ['auto', 'classification', 'regression'] as const;
export type Task = 'classification' | 'regression';

/** Names a column to learn often has. */
const usualTargets = ['target', 'label', 'class', 'y'];
/** Whole numbers with more different values than this are an amount, not a class. */
const mostNumberedClasses = 20;

/**
 * The index of the column to learn: the one named, else one with a usual name, else the last.
 * runtime/recipes/table_reader.py decides by the same rule.
 */
export function findTarget(names: readonly string[], named: string): number | undefined {
  const wanted = named.trim();
  const index =
    wanted === ''
      ? names.findIndex((name) => usualTargets.includes(name.toLowerCase()))
      : names.indexOf(wanted);
  if (index >= 0) return index;
  return wanted === '' && names.length > 0 ? names.length - 1 : undefined;
}

/** Text and few whole numbers are classes. runtime/recipes/table_reader.py decides by the same rule. */
export function decideTask(target: ColumnProfile, asked: string): Task {
  if (asked === 'classification' || asked === 'regression') return asked;
  if (target.isWhole) return target.distinct > mostNumberedClasses ? 'regression' : 'classification';
  return isNumber(target) ? 'regression' : 'classification';
}

export function isNumber(column: ColumnProfile): boolean {
  return column.isNumeric || column.hasDecimalCommas;
}
