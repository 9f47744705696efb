import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequirements } from '../../../../src/recipes/datasets/requirements.js';
import type { CleanUp } from '../../../support/tempDir.js';
import { type Files, never, openFolder, sentences } from '../folders.js';

async function read(t: CleanUp, files: Files) {
  const { requirements, constraints, problems } = await readRequirements(
    await openFolder(t, files),
    'requirements.txt',
    never,
  );
  return { requirements, constraints, problems: sentences({ problems, summary: {} }) };
}

test('comments, blank lines, line ends and continuations are understood', async (t) => {
  const text = '\uFEFF# all\r\nnumpy==2.1 # fast\r\n\r\ntorch>=2; \\\r\n  python_version >= "3.10"\r\n';
  const { requirements } = await read(t, { 'requirements.txt': text });
  assert.deepEqual(requirements, ['numpy==2.1', 'torch>=2;   python_version >= "3.10"']);
});

test('addresses on the network and options of the index stay', async (t) => {
  const lines = [
    '--extra-index-url https://download.example.org/whl/cu124',
    '-f https://wheels.example.org/index.html',
    'pkg @ https://example.org/a/pkg-1.0-py3-none-any.whl',
    'git+https://github.com/owner/repo@v1#egg=repo',
    '-e git+ssh://git@github.com/owner/repo.git@main#egg=repo',
    'https://example.org/pkg-1.0.tar.gz',
    'numpy==2.1 --hash=sha256:ab/cd',
    '--index-url https://${USER}:${TOKEN}@example.org/simple',
    'requests[socks]~=2.0',
  ];
  const { requirements, problems } = await read(t, { 'requirements.txt': lines.join('\n') });
  assert.deepEqual(requirements, lines);
  assert.deepEqual(problems, []);
});

test('includes are followed inside the folder, each once', async (t) => {
  const { requirements, constraints, problems } = await read(t, {
    'requirements.txt': '-r deps/base.txt\n-c deps/limits.txt\ntorch\n',
    'deps/base.txt': '--requirement=../requirements.txt\nnumpy\n-rmore.txt',
    'deps/more.txt': 'pandas',
    'deps/limits.txt': 'numpy<2\n-r other.txt',
    'deps/other.txt': 'pandas<3',
  });
  assert.deepEqual(requirements, ['numpy', 'pandas', 'torch']);
  assert.deepEqual(constraints, ['numpy<2', 'pandas<3']);
  assert.deepEqual(problems, []);
});

test('an include that is not in the folder is refused', async (t) => {
  const { problems } = await read(t, { 'requirements.txt': '\n-r ../base.txt\n' });
  assert.deepEqual(problems, [
    'error requirements.include: requirements.txt:2 includes ../base.txt, which is not in the folder. → Add the file, or take the line out.',
  ]);
});

test('what installs from a path of this computer is refused with its line', async (t) => {
  const local = [
    './pkg',
    '../pkg',
    '/abs/pkg',
    '~/pkg',
    'C:\\pkg',
    'dist/pkg-1.0-py3-none-any.whl',
    'pkg-1.0.tar.gz',
    '-e .',
    '--editable=./pkg',
    'pkg @ file:///abs/pkg',
    'file:///abs/pkg',
    '--find-links ./wheels',
    '.',
  ];
  const { requirements, problems } = await read(t, { 'requirements.txt': ['numpy', ...local].join('\n') });
  assert.deepEqual(requirements, ['numpy']);
  assert.equal(problems.length, local.length);
  assert.equal(
    problems[0],
    'error requirements.local-path: requirements.txt:2 installs from a path of this computer (./pkg). → Name a published package or an https:// address instead; code of the folder itself needs no installing.',
  );
});

test('a password in an address is refused and not repeated', async (t) => {
  const { requirements, problems } = await read(t, {
    'requirements.txt':
      '--index-url https://me:hunter2@example.org/simple\npkg @ git+https://ghp_0123456789abcdef0123@host/x',
  });
  assert.deepEqual(requirements, []);
  assert.deepEqual(
    problems.map((sentence) => sentence.split(' → ')[0]),
    [1, 2].map(
      (line) =>
        `error requirements.secret: requirements.txt:${line} holds a password, which would end up in logs.`,
    ),
  );
});
