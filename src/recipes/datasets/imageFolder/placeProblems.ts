import { problem, type Problem } from '../problem.js';
import { imagesOf, partNames, type ImageFolderLayout } from './layout.js';
import { countOf, listOf } from '../wording.js';

/** Images beside the class folders instead of in them. */
export function looseProblem({ loose }: ImageFolderLayout): Problem[] {
  const [first] = loose;
  if (!first) return [];
  const verb = loose.length === 1 ? 'lies' : 'lie';
  const message = `${countOf(loose.length, 'image')} ${verb} in no class folder and would be left out (first ${first.path}).`;
  const fix = 'Move each into the folder of its class.';
  return [problem('warning', 'images.loose', message, { file: first.path, fix })];
}

/** Names that are one on Windows and macOS, where letter case does not tell files apart. */
export function nameProblems(layout: ImageFolderLayout): Problem[] {
  return [...classCaseProblem(layout), ...fileCaseProblem(layout)];
}

function classCaseProblem({ train }: ImageFolderLayout): Problem[] {
  const [twins] = sameButCase([...train.classes.keys()]);
  if (!twins) return [];
  const message = `The classes ${listOf(twins)} differ only in letter case and are learned as ${twins.length} classes.`;
  const fix = 'Put their images into one folder.';
  return [problem('warning', 'images.class-case', message, { fix })];
}

function fileCaseProblem(layout: ImageFolderLayout): Problem[] {
  const twins = sameButCase(
    partNames.flatMap((part) => imagesOf(layout[part]).map(({ path }) => path)),
  ).filter(([first = '', second = '']) => folderOf(first) === folderOf(second));
  const [first] = twins;
  if (!first) return [];
  const message = `${countOf(twins.length, 'pair')} of images differ only in the letter case of their names (first ${first.join(' and ')}); on Windows and macOS one replaces the other.`;
  return [problem('hint', 'images.file-case', message, { file: first[0] ?? null })];
}

function sameButCase(names: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const key = name.toLowerCase();
    const group = groups.get(key);
    if (group) group.push(name);
    else groups.set(key, [name]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
