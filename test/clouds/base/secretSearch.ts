import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/**
 * Where a text is in the files below a folder and in the environments and command lines of processes, as places a
 * person can look at. A process that has just ended has nothing any more.
 */
export async function findSecret(
  text: string,
  folder: string,
  processes: readonly number[],
): Promise<readonly string[]> {
  const inProcesses = await Promise.all(processes.map((pid) => searchProcess(text, pid)));
  return [...(await searchFiles(text, folder)), ...inProcesses.flat()];
}

async function searchProcess(text: string, pid: number): Promise<readonly string[]> {
  const places = ['environ', 'cmdline'].map((name) => `/proc/${pid}/${name}`);
  const contents = await Promise.all(places.map((place) => readIfThere(place)));
  return places.filter((_, index) => contents[index]?.includes(text));
}

async function readIfThere(place: string): Promise<Buffer | undefined> {
  try {
    return await readFile(place);
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code)))
      return undefined;
    throw error;
  }
}

/** By grep, which is told the text on stdin so that it is in no command line. */
function searchFiles(text: string, folder: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const options = ['-rlaF', '--devices=skip', '--no-messages', '-f', '-', folder];
    const grep = execFile('grep', options, { maxBuffer: 2 ** 26 }, (error, stdout) => {
      // 1: nowhere. 2: somewhere or nowhere, and a file was removed while grep came to it.
      if (error === null || error.code === 1 || error.code === 2)
        resolve(stdout.split('\n').filter((line) => line !== ''));
      else reject(new Error(`grep could not search the machine: ${error.message}`, { cause: error }));
    });
    grep.stdin?.end(`${text}\n`);
  });
}
