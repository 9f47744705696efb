import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import * as v from 'valibot';
import { TableScanner } from '../../../../src/recipes/datasets/tableScanner.js';

const cells = v.array(v.array(v.string()));

interface Scan {
  readonly rows: string[][];
  readonly lines: number[];
  readonly isIrregular: boolean;
  readonly isUtf8: boolean;
}

/** Scans text in pieces of `pieceBytes`. */
function scan(content: string | Buffer, separator = ',', pieceBytes = Infinity): Scan {
  const rows: string[][] = [];
  const lines: number[] = [];
  const scanner = new TableScanner(separator, ({ bytes, count, starts, ends, line }) => {
    rows.push(
      Array.from({ length: count }, (_, index) => bytes.toString('utf8', starts[index], ends[index])),
    );
    lines.push(line);
  });
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    scanner.push(Buffer.from(bytes.subarray(at, at + pieceBytes)));
  }
  scanner.end();
  return { rows, lines, isIrregular: scanner.isIrregular, isUtf8: scanner.isUtf8 };
}

const regular: readonly [string, string, string][] = [
  ['plain cells', 'a,b\n1,2\n3,4\n', ','],
  ['no line end behind the last', 'a,b\n1,2', ','],
  ['line ends of Windows', 'a;b\r\n1;2\r\n', ';'],
  ['a byte order mark', '\uFEFFa\tb\n1\t2\n', '\t'],
  ['empty cells', 'a,b,c\n,,\n1,,3\n', ','],
  ['blanks around cells', 'a , b\n 1,2  \n', ','],
  ['blank lines', 'a,b\n\n1,2\r\n\n\n3,4\n', ','],
  ['quotes', 'a,b\n"x, y","say ""hi"""\n"","""q"""\n', ','],
  ['quoted line breaks', 'a,b\n"1\n2",3\n4,"5\r\n\n6"\n7,8\n', ','],
  ['blanks around quotes', 'a,b\n "x" , "y"\n', ','],
  ['letters of several bytes', 'größe,名前\n"ä ""ß""",日本\n', ','],
  ['rows of different lengths', 'a,b\n1\n1,2,3\n', ','],
  ['a quote inside a cell', 'a,b\n5" pipe,2\n', ','],
];

for (const [what, content, separator] of regular) {
  test(`rows with ${what} are found as a parser finds them, however the bytes arrive`, () => {
    const records = parse(content, {
      bom: true,
      delimiter: separator,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
    });
    const expected = v.parse(cells, records).map((row) => row.map((cell) => cell.trim()));
    for (const pieceBytes of [Infinity, 7, 1]) {
      const { rows, isIrregular, isUtf8 } = scan(content, separator, pieceBytes);
      assert.deepEqual(rows, expected, `in pieces of ${pieceBytes}`);
      assert.deepEqual([isIrregular, isUtf8], [false, true]);
    }
  });
}

test('a row knows the line it ends on', () => {
  assert.deepEqual(scan('a,b\n\n"1\n2",3\n4,5\n').lines, [1, 4, 5]);
});

test('what only a parser can judge is irregular', () => {
  for (const content of ['a,b\n"x"y,2\n', 'a,b\n"x,2\n3,4\n', 'a,b\r1,2\r3,4\r\n']) {
    assert.equal(scan(content).isIrregular, true, JSON.stringify(content));
  }
});

test('a row that never ends is irregular', () => {
  assert.equal(scan(`a,b\n"${'x'.repeat(5_000_000)}`, ',', 65_536).isIrregular, true);
});

test('bytes that are not UTF-8 are noticed, also in a cell with quotes', () => {
  assert.equal(scan(Buffer.from('a,b\n"x ""y"" é",2\n', 'utf8')).isUtf8, true);
  assert.equal(scan(Buffer.from('a,b\ncaf\xe9,2\n', 'latin1')).isUtf8, false);
});
