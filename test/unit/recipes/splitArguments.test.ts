import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { InputError } from '../../../src/errors.js';
import { splitArguments } from '../../../src/recipes/splitArguments.js';

const lines = [
  '',
  '   ',
  '--epochs 3  --lr=0.1',
  `--name 'two words' --other "and three more"`,
  `--mixed a'b c'"d e"f`,
  `--empty '' ""`,
  String.raw`--escaped a\ b \" \' \\`,
  String.raw`--inside "a \"b\" \\ \n"`,
  `--nothing-expands '$HOME' '*' '~' '\`id\`'`,
  '\t--tabs\tand\n--lines\r\n',
];

test('arguments part as in a POSIX shell', () => {
  for (const line of lines.map((text) => text.replaceAll('\r', ' '))) {
    const script = 'for a in "$@"; do printf "%s\\0" "$a"; done';
    const shell = execFileSync('sh', ['-c', `set -- ${line.replaceAll('\n', ' ')}\n${script}`]).toString();
    assert.deepEqual(splitArguments(line), shell.split('\0').slice(0, -1), line);
  }
});

test('blanks of every kind part arguments', () => {
  assert.deepEqual(splitArguments('\ta\r\n b \n'), ['a', 'b']);
});

test('nothing is expanded', () => {
  assert.deepEqual(splitArguments('$HOME *.py ~ `id` $(id)'), ['$HOME', '*.py', '~', '`id`', '$(id)']);
});

test('an open quote and a trailing backslash are refused with the arguments', () => {
  assert.throws(
    () => splitArguments(`--name "a b`),
    new InputError(
      'The arguments have a quote that is never closed: --name "a b; close it, or write \\" for a quote itself.',
    ),
  );
  assert.throws(
    () => splitArguments('--name a\\'),
    new InputError('The arguments end with a backslash: --name a\\; write it twice to mean one.'),
  );
});
