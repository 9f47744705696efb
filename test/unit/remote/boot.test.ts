import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { bootPayload, noPythonError, pythonCommandLine } from '../../../src/remote/boot.js';

const shells = ['sh', 'bash', 'dash', 'zsh', 'fish', 'csh', 'tcsh', 'ksh'];
const installed = shells.filter((shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0);

for (const shell of installed) {
  test(`the command line means the same to ${shell}`, () => {
    const source = 'import sys\nprint("it\'s", "$HOME", sys.stdin.readline(), end="")\n';
    const input = bootPayload({ name: 'test.py', source, request: { a: 'ü' } });
    const { stdout, stderr } = spawnSync(shell, ['-c', pythonCommandLine], { input, encoding: 'utf8' });
    assert.equal(stdout, 'it\'s $HOME {"a":"ü"}\n', stderr);
  });
}

test('the command line holds nothing that any shell expands outside its quotes', () => {
  assert.match(pythonCommandLine, /^sh -c '[^'!\n]+'$/);
});

test('the payload says the length of the packed source, and the request follows it', () => {
  const payload = bootPayload({ name: 'test.py', source: '# ü\n', request: { a: 1 } });
  const end = payload.indexOf('\n') + 1;
  const source = payload.subarray(end, end + Number(payload.toString('utf8', 0, end)));
  assert.equal(inflateSync(source).toString('utf8'), '# ü\n');
  assert.equal(payload.toString('utf8', end + source.length), '{"a":1}\n');
});

test('a machine without python3 is named with the remedy', () => {
  assert.equal(
    noPythonError('alice@gpu1').message,
    'No python3 on alice@gpu1: Trainyard needs Python 3.8 or newer there. Install it, for example `sudo apt install python3`.',
  );
});
