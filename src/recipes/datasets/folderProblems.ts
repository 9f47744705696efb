import type { DatasetFile, DatasetFolder } from './datasetFolder.js';
import { inParallel } from './inParallel.js';
import { problem, type Problem } from './problem.js';
import { andOthers, numberOf } from './wording.js';

const pointerStart = 'version https://git-lfs';
/** A Git LFS pointer is three short lines. */
const largestPointerBytes = 1024;
const archiveName = /\.(zip|tar|tar\.gz|tgz|tar\.bz2|tar\.xz|7z|rar)$/i;

/** What is wrong with a folder whatever is trained on it. */
export async function folderProblems(folder: DatasetFolder, signal: AbortSignal): Promise<Problem[]> {
  const files = await folder.files(signal);
  const unreadable: string[] = [];
  const pointers: string[] = [];
  await inParallel(
    files,
    async (file) => {
      const kind = await kindOf(folder, file);
      if (kind === 'unreadable') unreadable.push(file.path);
      else if (kind === 'pointer') pointers.push(file.path);
    },
    signal,
  );
  unreadable.sort();
  pointers.sort();
  return [
    ...unreadableProblem(unreadable),
    ...pointerProblem(pointers),
    ...archiveProblem(files),
    ...oddNameProblem(files),
  ];
}

async function kindOf(folder: DatasetFolder, file: DatasetFile): Promise<'unreadable' | 'pointer' | 'good'> {
  const { path, bytes } = file;
  if (bytes < pointerStart.length || bytes > largestPointerBytes) {
    return (await folder.isReadable(path)) ? 'good' : 'unreadable';
  }
  try {
    const head = await folder.head(path, pointerStart.length);
    return head.toString('latin1') === pointerStart ? 'pointer' : 'good';
  } catch {
    return 'unreadable';
  }
}

function unreadableProblem([first, ...others]: readonly string[]): Problem[] {
  if (first === undefined) return [];
  const message = `${first}${andOthers(others.length)} cannot be read by you.`;
  const fix = 'Give yourself permission to read it (chmod u+r), or list it in .trainyardignore.';
  return [problem('error', 'folder.unreadable-file', message, { file: first, fix })];
}

function pointerProblem([first, ...others]: readonly string[]): Problem[] {
  if (first === undefined) return [];
  const message = `${first}${andOthers(others.length)} is a Git LFS placeholder, not the data.`;
  return [problem('error', 'folder.lfs-pointer', message, { file: first, fix: 'Run `git lfs pull` first.' })];
}

/** A folder with nothing but archives: somebody forgot to unpack. */
function archiveProblem(files: readonly DatasetFile[]): Problem[] {
  const [first] = files;
  if (first === undefined || !files.every((file) => archiveName.test(file.path))) return [];
  const message = `The folder holds only an archive, ${first.path}; its contents are not looked at.`;
  return [problem('error', 'folder.archive', message, { file: first.path, fix: 'Unpack it here.' })];
}

/** Everything of ours copes with them; scripts and tools of others do not always. */
function oddNameProblem(files: readonly DatasetFile[]): Problem[] {
  const odd = files.filter(({ path }) => /[^\x21-\x7e]/.test(path));
  const [first] = odd;
  if (!first) return [];
  const names = odd.length === 1 ? '1 name holds' : `${numberOf(odd.length)} names hold`;
  const message = `${names} a space or letters beyond a to z, such as '${first.path}'; some programs stumble over them.`;
  return [problem('hint', 'folder.names', message, { file: first.path })];
}
