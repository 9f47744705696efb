import type { ColumnProfile } from '../datasets/columnProfile.js';
import { boostingLearner, type TableLearner } from '../datasets/tableLearner.js';
import type { Task } from '../datasets/tableTask.js';

/** What is to be predicted, as objectives and metrics tell it apart. */
export type Kind = 'regression' | 'two classes' | 'several classes';

/** Amounts an objective can learn. */
export type Amounts = 'any' | 'from 0' | 'above 0';

/** What must be known of a boosting library to check what somebody asks of it. */
export interface BoostingLibrary {
  /** `XGBoost` */
  readonly name: string;
  /** What `objective` may be for regression, and the amounts each can learn; the library's default first. */
  readonly regressionObjectives: Readonly<Record<string, Amounts>>;
  /** For two classes; the default first. */
  readonly binaryObjectives: readonly string[];
  /** For two classes and more; the default first. */
  readonly multiObjectives: readonly string[];
  /** What `metric` may hold; the one that decides when nothing is given comes first. */
  readonly metrics: Readonly<Record<Kind, readonly string[]>>;
  /** Parameters of the library that are passed through. */
  readonly passedThrough: readonly string[];
  /** Names of the library for what the recipe calls otherwise; empty when the recipe decides it. */
  readonly calledOtherwise: Readonly<Record<string, string>>;
}

/** Letters that XGBoost (`[`, `]`, `<`) or LightGBM (those of JSON, blanks) does not take in the name of a column. */
const forbiddenInNames = /[[\]<>{}":,\s]/;

export function learnerOf(library: BoostingLibrary): TableLearner {
  return boostingLearner(library.name, forbiddenInNames);
}

export function kindOf(column: ColumnProfile, task: Task): Kind {
  if (task === 'regression') return 'regression';
  return column.distinct === 2 ? 'two classes' : 'several classes';
}
