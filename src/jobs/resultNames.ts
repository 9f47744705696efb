import { basename, relative, sep } from 'node:path';
import { staysInside } from '../remote/transfer/bytePath.js';

/** A result as it is called on the machine. */
interface NamedThere {
  /** Relative to the run. */
  readonly path: string;
  /** The folder it belongs to; `null` for a file of its own. */
  readonly group: string | null;
}

/**
 * What results are called here, relative to the folder that receives them and in their order: `model.joblib` and
 * `model.card.json` keep their endings behind `stem`, a folder's files keep their paths below it. No two are the same,
 * also where letter case does not matter.
 */
export function namesFor(files: readonly NamedThere[], stem: string): string[] {
  const taken = new Set<string>();
  const folders = new Map<string, string>();
  return files.map(({ path, group }) => {
    if (group === null) return take(taken, `${stem}${endingOf(basename(path))}`, stem, basename(path));
    const folder = folders.get(group) ?? take(taken, stem, stem, basename(group));
    folders.set(group, folder);
    return `${folder}/${path.slice(group.length + 1)}`;
  });
}

/** The wanted name, else `stem_base`, else `stem_2_base` and so on. */
function take(taken: Set<string>, wanted: string, stem: string, base: string): string {
  let name = wanted;
  for (let copy = 1; taken.has(name.toLowerCase()); copy += 1) {
    name = copy === 1 ? `${stem}_${base}` : `${stem}_${String(copy)}_${base}`;
  }
  taken.add(name.toLowerCase());
  return name;
}

/** `.pt`, `.tar.gz`, `.card.json`; of `epoch-3-loss-0.25.ckpt` and `model v1.2 (final).zip` only what names the kind. */
function endingOf(name: string): string {
  return /^.+?((?:\.[a-z][a-z0-9]*)*\.\d?[a-z]\w*)$/i.exec(name)?.[1] ?? '';
}

/** `model_script_20260102-030405`: what the results of one run have in front of their endings. */
export function stemOf(recipe: string, time: Date, copy: number): string {
  const stamp = time.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `model_${recipe}_${stamp}${copy > 1 ? `-${String(copy)}` : ''}`;
}

/**
 * Ignore patterns for everything that bears a {@link stemOf} in the folder of results, when it lies in the dataset.
 * Other files there are the user's own: `models/` may well be the package that the script imports.
 */
export function collectedIn(dataset: string, results: string): string[] {
  const path = relative(dataset, results).split(sep).join('/');
  if (path !== '' && !staysInside(path)) return [];
  const digits = (count: number): string => '[0-9]'.repeat(count);
  const folder = path === '' ? '' : `/${path.replace(/[\\*?[\]!# ]/g, '\\$&')}`;
  return [`${folder}/model_*_${digits(8)}-${digits(6)}*`];
}
