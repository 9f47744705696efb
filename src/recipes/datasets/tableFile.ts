import { suggest } from '../../nearest.js';
import type { DatasetFile, DatasetFolder } from './datasetFolder.js';
import { problem, type Problem } from './problem.js';

const tableName = /\.(csv|tsv)(\.gz)?$/i;
/** Among several tables this is the one to learn from. */
const trainingTableName = /^(.*\/)?train\.(csv|tsv)(\.gz)?$/i;

export type TableChoice =
  | { readonly kind: 'table'; readonly file: DatasetFile }
  | { readonly kind: 'problem'; readonly problem: Problem };

export async function findTables(folder: DatasetFolder, signal: AbortSignal): Promise<DatasetFile[]> {
  return (await folder.files(signal)).filter((file) => tableName.test(file.path));
}

/**
 * The table to train on: the one named, else the only one, else the only one called `train`.
 * runtime/recipes/table_reader.py chooses by the same rule.
 */
export function chooseTable(tables: readonly DatasetFile[], named: string): TableChoice {
  if (named !== '') return namedTable(tables, named);
  const candidates = tables.length > 1 ? tables.filter((file) => trainingTableName.test(file.path)) : tables;
  const [file, ...others] = candidates;
  if (file && others.length === 0) return { kind: 'table', file };
  return { kind: 'problem', problem: tables.length === 0 ? noTable() : severalTables(tables) };
}

function namedTable(tables: readonly DatasetFile[], named: string): TableChoice {
  const file = tables.find((table) => table.path === named);
  if (file) return { kind: 'table', file };
  if (tables.length === 0) return { kind: 'problem', problem: noTable() };
  const names = tables.map((table) => table.path);
  const message = `The folder has no table ${named}; ${suggest(named, names)}`;
  return { kind: 'problem', problem: problem('error', 'table.missing', message) };
}

function noTable(): Problem {
  const fix = 'Add one, as in data.csv, or choose another recipe.';
  return problem('error', 'table.missing', 'The folder holds no .csv, .tsv, .csv.gz or .tsv.gz file.', {
    fix,
  });
}

function severalTables(tables: readonly DatasetFile[]): Problem {
  const names = tables.map((file) => file.path);
  const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')}, …` : names.join(', ');
  const fix = `Say which with file, as in file=${names[0] ?? 'data.csv'}, or call it train.csv.`;
  return problem('error', 'table.several', `The folder holds ${names.length} tables (${shown}).`, { fix });
}
