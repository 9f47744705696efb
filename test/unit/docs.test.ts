import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Providers } from '../../src/providers/index.js';
import { silentLogger } from '../../src/logger.js';
import { SshHosts } from '../../src/providers/sshHosts.js';
import { recipes } from '../../src/recipes/index.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const foldersWithPages = ['docs', 'runtime', 'samples'];

async function pages(): Promise<string[]> {
  const top = await readdir(repository);
  const inside = await Promise.all(
    foldersWithPages.map(async (folder) =>
      (await readdir(join(repository, folder), { recursive: true })).map((name) => join(folder, name)),
    ),
  );
  return [...top, ...inside.flat()]
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(repository, name));
}

/** Without code: what looks like a heading or a link there is none. */
async function proseOf(page: string): Promise<string> {
  const text = await readFile(page, 'utf8');
  return text.replace(/^(?: {3})?```[\s\S]*?^(?: {3})?```/gm, '').replace(/^(?: {4}|\t).*$/gm, '');
}

function linksIn(prose: string): string[] {
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors that GitHub and VS Code give to headings. */
function anchorsIn(prose: string): string[] {
  return [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Why a link leads nowhere; `undefined` when it leads somewhere, or out of the repository. */
async function problemOf(page: string, target: string): Promise<string | undefined> {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  const where = relative(repository, page);
  if (!existsSync(file)) return `${where}: there is no ${target}`;
  if (anchor === undefined || anchorsIn(await proseOf(file)).includes(anchor)) return undefined;
  return `${where}: ${target} has no such heading`;
}

test('every link of the documentation leads to a file and a heading that are there', async () => {
  const found = await pages();
  const problems = await Promise.all(
    found.map(async (page) => {
      const links = linksIn(await proseOf(page));
      return Promise.all(links.map((target) => problemOf(page, target)));
    }),
  );
  assert.ok(found.length > 0);
  assert.deepEqual(
    problems.flat().filter((problem) => problem !== undefined),
    [],
  );
});

/** They are tried again, or told in another way: no job ends with them. */
const kindsOfNoEnd = ['user', 'connection', 'unavailable', 'doubtful', 'stillrunning', 'jobfailed'];
/** They need no error: a job that has them succeeds with a warning. */
const warnings = ['loss-nan', 'loss-zero'];

test('every code that a job can end with stands in the troubleshooting, and no other', async () => {
  const source = (file: string): Promise<string> => readFile(join(repository, file), 'utf8');
  const reasons = await Promise.all(
    [
      'src/jobs/explainEnd.ts',
      'src/jobs/runner.ts',
      'src/recipes/progress/failures.ts',
      'src/recipes/progress/failureWatch.ts',
    ].map(source),
  );
  const written = /(?:code: |code \?\? |error\.kind : |\breason\(\s*)'([a-z0-9-]+)'/g;
  const codes = reasons
    .flatMap((text) => [...text.matchAll(written)])
    .map(([, code = '']) => code)
    .filter((code) => !warnings.includes(code));
  const kinds = [...(await source('src/errors.ts')).matchAll(/ kind: string = '([a-z]+)'/g)]
    .map(([, kind = '']) => kind)
    .filter((kind) => !kindsOfNoEnd.includes(kind));
  const page = await source('docs/troubleshooting.md');
  const [, section = ''] = /## Why a job ended\n([^]*?)\n## /.exec(page) ?? [];
  const told = [...section.matchAll(/^\| (`[^|]*`) +\|/gm)].flatMap(([, cell = '']) => cell.split(', '));
  assert.deepEqual(
    [...new Set(told.map((code) => code.replaceAll('`', '')))].sort(),
    [...new Set([...codes, ...kinds])].sort(),
  );
});

test('every recipe has a page', () => {
  const missing = recipes.filter(({ id }) => !existsSync(join(repository, 'docs', 'recipes', `${id}.md`)));
  assert.deepEqual(missing, []);
});

test('every provider has a page', () => {
  const { all } = new Providers({
    sshHosts: new SshHosts('nowhere'),
    settings: { get: () => Promise.resolve(undefined) },
    logger: silentLogger,
    timeScale: 1,
  });
  const missing = all.filter(({ id }) => !existsSync(join(repository, 'docs', 'providers', `${id}.md`)));
  assert.deepEqual(missing, []);
});
