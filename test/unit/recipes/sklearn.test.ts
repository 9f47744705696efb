import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sklearn } from '../../../src/recipes/sklearn.js';
import type { CleanUp } from '../../support/tempDir.js';
import { parseParameters } from '../../../src/recipes/parameters.js';
import { checkFiles, type Files, never, openFolder, sentences } from './folders.js';

/** `rows` lines of cells made from their number, below a header. */
function table(header: string, rows: number, line: (index: number) => string): string {
  return [header, ...Array.from({ length: rows }, (_, index) => line(index))].join('\n') + '\n';
}

/** A table that has nothing wrong with it: one measured number, two classes. */
const good = table('size,kind', 40, (i) => `${(i * 7) % 13}.5,${i % 2 ? 'cat' : 'dog'}`);

async function said(
  t: CleanUp,
  content: string | Buffer,
  given: Record<string, unknown> = {},
): Promise<string[]> {
  return sentences(await checkFiles(t, sklearn, { 'data.csv': content }, given));
}

async function summary(t: CleanUp, files: Files, given: Record<string, unknown> = {}) {
  return (await checkFiles(t, sklearn, files, given)).summary;
}

test('a good table has no problems and is summed up', async (t) => {
  const found = await checkFiles(t, sklearn, { 'data.csv': good });
  assert.deepEqual(found, {
    problems: [],
    summary: {
      file: 'data.csv',
      rows: 40,
      columns: 2,
      target: 'kind',
      task: 'classification',
      classes: 2,
      features: ['size'],
    },
  });
});

test('the samples have no problems', async (t) => {
  for (const [name, rows] of [
    ['digits', 1797],
    ['wine', 178],
  ] as const) {
    const content = await readFile(new URL(`../../../samples/${name}/${name}.csv`, import.meta.url));
    const found = await checkFiles(t, sklearn, { 'data.csv': content });
    assert.deepEqual(
      found.problems.filter(({ severity }) => severity !== 'hint'),
      [],
    );
    assert.equal(found.summary.rows, rows);
    assert.equal(found.summary.task, 'classification');
  }
});

test('without a table there is nothing to learn from', async (t) => {
  assert.deepEqual(sentences(await checkFiles(t, sklearn, { 'notes.txt': 'x' })), [
    'error table.missing: The folder holds no .csv, .tsv, .csv.gz or .tsv.gz file. → Add one, as in data.csv, or choose another recipe.',
  ]);
});

test('of several tables train.csv is taken, or the one that is named', async (t) => {
  const files = { 'a.csv': good, 'b.csv': good };
  assert.deepEqual(sentences(await checkFiles(t, sklearn, files)), [
    'error table.several: The folder holds 2 tables (a.csv, b.csv). → Say which with file, as in file=a.csv, or call it train.csv.',
  ]);
  assert.equal((await summary(t, files, { file: 'b.csv' })).file, 'b.csv');
  assert.equal((await summary(t, { ...files, 'sub/train.csv': good })).file, 'sub/train.csv');
  assert.deepEqual(sentences(await checkFiles(t, sklearn, files, { file: 'c.csv' })), [
    "error table.missing: The folder has no table c.csv; did you mean 'a.csv'?",
  ]);
});

test('files that are no text tables say what they are', async (t) => {
  const cases: [string | Buffer, string][] = [
    ['', 'error table.empty: data.csv is empty. → Give it a header line and rows.'],
    ['\uFEFF \r\n', 'error table.empty: data.csv is empty. → Give it a header line and rows.'],
    [
      Buffer.from('PK\x03\x04rest'),
      'error table.not-text: data.csv is an Excel or zip file. → Export it as CSV.',
    ],
    [
      gzipSync(good),
      'error table.not-text: data.csv is compressed with gzip. → Let its name end in .csv.gz.',
    ],
    [
      Buffer.from('\uFEFFa,b\n', 'utf16le'),
      'error table.not-text: data.csv is UTF-16 text. → Save it as UTF-8.',
    ],
    [
      'a,b\n1,\0\n',
      'error table.not-text: data.csv holds zero bytes and is no text file. → Export it as CSV in UTF-8.',
    ],
    ['PAR1xxxx', 'error table.not-text: data.csv is a Parquet file. → Export it as CSV.'],
  ];
  for (const [content, sentence] of cases) assert.deepEqual(await said(t, content), [sentence]);
});

test('a compressed table is read, and a damaged one is refused', async (t) => {
  const packed = gzipSync(good);
  assert.equal((await summary(t, { 'data.csv.gz': packed })).rows, 40);
  const cut = await checkFiles(t, sklearn, { 'data.csv.gz': packed.subarray(0, -12) });
  assert.match(
    sentences(cut)[0] ?? '',
    /^error table\.damaged: data\.csv\.gz is damaged: it does not unpack after line \d+\./,
  );
  const plain = await checkFiles(t, sklearn, { 'data.csv.gz': good });
  assert.deepEqual(sentences(plain), [
    'error table.not-gzip: data.csv.gz is not compressed although its name ends in .gz. → Take .gz off its name.',
  ]);
});

test('separators, byte order marks, line ends, quotes and decimal commas are understood', async (t) => {
  const variants = [
    good.replaceAll(',', ';').replaceAll('.5', ',5'),
    good.replaceAll(',', '\t'),
    good.replaceAll(',', '|'),
    '\uFEFF' + good.replaceAll('\n', '\r\n'),
    good.replaceAll(',', ', '),
    good.replaceAll('cat', '"c,\n""at"'),
  ];
  for (const content of variants) {
    const found = await checkFiles(t, sklearn, { 'data.csv': content });
    assert.deepEqual(found.problems, [], JSON.stringify(content.slice(0, 40)));
    assert.deepEqual(found.summary.features, ['size']);
    assert.equal(found.summary.rows, 40);
  }
});

test('text that is not UTF-8 is read as Windows-1252 with a warning', async (t) => {
  assert.deepEqual(await said(t, Buffer.from(good.replaceAll('cat', 'caf\xe9'), 'latin1')), [
    'warning table.encoding: data.csv is not UTF-8; it is read as Windows-1252, and special letters may come out wrong. → Save it as UTF-8.',
  ]);
});

test('a row with more cells than the header is refused with its line', async (t) => {
  assert.deepEqual(await said(t, 'a,b\n1,2\n"x\ny",3\n1,2,3\n1,2,3,4\n'), [
    'error table.ragged: Line 5 of data.csv (and 1 more like it) has 3 columns, the header has 2. → Put cells that contain the separator in double quotes, or use one separator throughout.',
  ]);
});

test('a row with fewer cells is a warning', async (t) => {
  assert.deepEqual(await said(t, good.replace('0.5,dog', 'dog') + '1.5,cat\n'), [
    'warning table.short-rows: Line 2 of data.csv has 1 column, the header has 2; the missing cells count as gaps.',
    "warning table.target-gaps: 1 of 41 rows have no 'kind'; they are left out.",
    "hint table.text: Column 'size' holds text; each of its values becomes a yes/no column.",
  ]);
});

test('a quote that never closes is refused with the line before it', async (t) => {
  assert.deepEqual(await said(t, 'a,b\n1,2\n"3,4\n5,6\n'), [
    'error table.open-quote: data.csv has a quote at or after line 3 that never closes. → Close it, or write a quote inside a quoted cell twice ("").',
  ]);
});

test('a header without rows, numbers for a header and equal names are refused', async (t) => {
  assert.deepEqual(await said(t, 'a,b\n'), [
    'error table.header-only: data.csv has a header line but no rows. → Add rows below the column names.',
  ]);
  assert.deepEqual(await said(t, '1.5,2\n3,4\n'), [
    'error table.no-header: The first line of data.csv holds numbers, not the names of the columns. → Put a line with a name for every column first.',
  ]);
  assert.deepEqual(await said(t, 'a,b,a\n1,2,3\n'), [
    "error table.duplicate-column: data.csv has more than one column called 'a'. → Give each its own name.",
  ]);
});

test('a target that is not there offers the nearest column', async (t) => {
  assert.deepEqual(await said(t, good, { target: 'kinds' }), [
    "error table.target-missing: data.csv has no column 'kinds'; did you mean 'kind'?",
  ]);
  assert.deepEqual(await said(t, good, { target: 'price' }), [
    "error table.target-missing: data.csv has no column 'price'; choose one of size, kind.",
  ]);
});

test('the target is a column of a usual name, else the last', async (t) => {
  const labelled = good.replace('size,kind', 'Label,kind').replaceAll('.5,', ',');
  assert.equal((await summary(t, { 'data.csv': labelled })).target, 'Label');
  assert.equal((await summary(t, { 'data.csv': good })).target, 'kind');
});

test('the task follows from the target', async (t) => {
  const task = async (line: (i: number) => string): Promise<unknown> =>
    (await summary(t, { 'data.csv': table('x,y', 60, (i) => `${i % 7}.5,${line(i)}`) })).task;
  assert.equal(await task((i) => (i % 2 ? 'a' : 'b')), 'classification');
  assert.equal(await task((i) => String(i % 20)), 'classification');
  assert.equal(await task((i) => String(i % 21)), 'regression');
  assert.equal(await task((i) => `${i % 5}.25`), 'regression');
  assert.equal(await task((i) => (i % 2 ? '1.0' : '2.0')), 'classification');
});

test('rows without a target are left out, and a target without rows is refused', async (t) => {
  assert.deepEqual(await said(t, good + '1.5,\n2.5,NA\n'), [
    "warning table.target-gaps: 2 of 42 rows have no 'kind'; they are left out.",
  ]);
  assert.deepEqual(await said(t, 'size,kind\n1,\n2,NA\n'), [
    "error table.target-empty: The column 'kind' is empty in every row; there is nothing to learn. → Name another column with target.",
  ]);
});

test('one class, a class of one row and small classes are told', async (t) => {
  assert.deepEqual(await said(t, good.replaceAll('cat', 'dog')), [
    "error table.one-class: 'kind' is 'dog' in every row; there is nothing to tell apart. → Name another column with target, or add rows.",
  ]);
  assert.deepEqual(await said(t, good + '1.5,bird\n2.5,fish\n'), [
    "error table.rare-class: Class 'bird' of 'kind' and 1 other class have only 1 row; a class needs 2, one to learn and one to test. → Add rows of it, remove it, or name another column with target.",
  ]);
  assert.deepEqual(await said(t, good + '1.5,bird\n2.5,bird\n'), [
    "warning table.small-class: Class 'bird' of 'kind' has fewer than 5 rows; its score will be luck.",
  ]);
});

test('too few rows for both parts are refused', async (t) => {
  assert.deepEqual(await said(t, 'size,kind\n1.5,a\n2.5,b\n3.1,a\n4.5,b\n'), [
    "warning table.small-class: Class 'a' of 'kind' and 1 other class have fewer than 5 rows; its score will be luck.",
    'error table.too-few-rows: 4 rows are too few: with testSize 0.2, 1 are held back for testing and 3 are left to learn from, and each part needs 2. → Add rows.',
  ]);
});

test('a task that does not fit the target is refused', async (t) => {
  const amounts = table('size,price', 40, (i) => `${(i * 7) % 13}.5,${i}.25`);
  assert.deepEqual(await said(t, amounts, { task: 'classification' }), [
    "error table.continuous-target: 'price' has 40 different decimal values: that is regression, not classification. → Set task to regression.",
  ]);
  assert.deepEqual(await said(t, good, { task: 'regression' }), [
    "error table.text-target: 'kind' holds text, and regression needs numbers. → Set task to classification.",
  ]);
  assert.deepEqual(await said(t, amounts, { model: 'logistic' }), [
    'error table.model-task: The model logistic tells classes apart and learns no amounts. → Set model to ridge, or to auto.',
  ]);
});

test('a column that only numbers the rows, or equals the target, is warned about', async (t) => {
  const content = table(
    'id,size,code,kind',
    40,
    (i) => `${i + 100},${(i * 7) % 13}.5,${i % 2},${i % 2 ? 'cat' : 'dog'}`,
  );
  assert.deepEqual(await said(t, content), [
    "warning table.leak: Column 'code' says the same as the target in every row; the score will look too good. → Leave it out with ignore=code.",
    "warning table.row-number: Column 'id' only numbers the rows; what is learned from it fits no other table. → Leave it out with ignore=id.",
  ]);
  assert.deepEqual(await said(t, content, { ignore: 'code, id' }), []);
});

test('a column that holds the same amount as the target is warned about', async (t) => {
  const content = table('size,copy,price', 60, (i) => `${(i * 7) % 13}.5,${i}.250,${i}.25`);
  assert.deepEqual(await said(t, content), [
    "warning table.leak: Column 'copy' says the same as the target in every row; the score will look too good. → Leave it out with ignore=copy.",
  ]);
});

test('a saved row index and numbers that name things are pointed out', async (t) => {
  const content = table(
    ',customer_id,size,kind',
    40,
    (i) => `${i},${(i * 7919) % 100_003},${(i * 7) % 13}.5,${i % 2 ? 'cat' : 'dog'}`,
  );
  assert.deepEqual(await said(t, content), [
    "hint table.row-index: The column without a name, 'Unnamed: 0', looks like a saved row index. → Leave it out with ignore=Unnamed: 0.",
    "warning table.identifier: Column 'customer_id' holds another number in every row, which names it and says nothing. → Leave it out with ignore=customer_id.",
  ]);
});

test('dates are read as text, and it is said', async (t) => {
  const content = table(
    'day,born,size,kind',
    60,
    (i) => `2024-0${(i % 9) + 1}-1${i % 10},1.${(i % 12) + 1}.1990,${(i * 7) % 13}.5,${i % 2 ? 'a' : 'b'}`,
  );
  assert.deepEqual(await said(t, content), [
    "hint table.dates: 2 columns ('day', 'born') hold dates, which are taken for text; add columns like year, month or weekday to learn from them.",
  ]);
});

test('cells that no known separator parts are one column', async (t) => {
  assert.deepEqual(await said(t, 'size kind\n1 a\n2 b\n'), [
    "error table.one-column: data.csv has a single column, 'size kind'; its cells are not separated by , ; | or a tab. → Separate them by commas.",
  ]);
});

test('blanks around the name of a column do not matter', async (t) => {
  assert.deepEqual(await said(t, good.replace('size,kind', 'size, kind '), { target: 'kind' }), []);
});

test('folds need rows, and a class a row for each', async (t) => {
  assert.deepEqual(await said(t, good, { folds: 5 }), []);
  assert.deepEqual(await said(t, good, { folds: 1 }), [
    'error table.folds: One fold has no other to compare with. → Set folds to 5, or to 0 to train once.',
  ]);
  assert.deepEqual(await said(t, good, { folds: 20 }), [
    'error table.folds: 32 rows to learn from are too few for 20 folds; each needs 2. → Lower folds, or add rows.',
  ]);
  const birds = good + '1.5,bird\n'.repeat(5);
  assert.deepEqual(await said(t, birds, { folds: 5 }), [
    "warning table.folds: Class 'bird' of 'kind' has 5 rows, too few to have one in each of 5 folds. → Lower folds, or add rows of it.",
  ]);
});

test('a model of the other task is refused', async (t) => {
  assert.deepEqual(await said(t, good, { model: 'elastic-net' }), [
    'error table.model-task: The model elastic-net learns amounts, not classes. → Set model to logistic, or to auto.',
  ]);
});

test('a large table says how far its check is', async (t) => {
  const content = table('size,kind', 200_000, (i) => `${i % 13}.5,${i % 2 ? 'cat' : 'dog'}`);
  const seen: [number, number][] = [];
  const folder = await openFolder(t, { 'data.csv': content });
  const onProgress = (done: number, total: number) => seen.push([done, total]);
  await sklearn.check(folder, parseParameters(sklearn, {}), never, onProgress);
  assert.ok(seen.length > 2);
  assert.deepEqual(seen.at(-1), [content.length, content.length]);
});

test('a name to ignore must be a column and not the target', async (t) => {
  assert.deepEqual(await said(t, good, { ignore: 'sizes' }), [
    "error table.ignored-missing: data.csv has no column 'sizes' to ignore; did you mean 'size'?",
  ]);
  assert.deepEqual(await said(t, good, { ignore: 'kind' }), [
    "error table.target-ignored: 'kind' is the column to learn and cannot be ignored too. → Name another target.",
  ]);
});

test('a table of nothing but the target, or of texts without repeats, has nothing to learn from', async (t) => {
  const names = table('name,kind', 120, (i) => `person ${i},${i % 2 ? 'a' : 'b'}`);
  for (const content of [names, good.replace(/^[^,\n]*,/gm, '')]) {
    assert.deepEqual(await said(t, content), [
      'error table.no-features: data.csv has no column to learn from beside the target. → Add columns that say something about the target.',
    ]);
  }
});

test('text, gaps, constants, empty and unused columns are mentioned', async (t) => {
  const content = table('size,town,note,unit,none,kind', 120, (i) =>
    [
      i % 9 ? `${(i * 7) % 13}.5` : '',
      ['Rom', 'Bonn', 'Paris'][i % 3],
      `note ${i}`,
      'cm',
      '',
      i % 2 ? 'a' : 'b',
    ].join(','),
  );
  assert.deepEqual(await said(t, content), [
    "warning table.left-out: Column 'note' holds another text in nearly every row and is left out.",
    "hint table.empty-column: Column 'none' is empty and is left out.",
    "hint table.constant-column: Column 'unit' has the same value in every row.",
    "hint table.text: 2 columns ('town', 'unit') hold text; each of their values becomes a yes/no column.",
    "hint table.gaps: 14 cells are empty or infinite ('size'); the median or the commonest value is filled in.",
  ]);
});

test('a table with more values than are counted is still judged', async (t) => {
  const content = table('text,size,kind', 12_000, (i) => `t${i},${i}.5,${i % 2 ? 'a' : 'b'}`);
  assert.deepEqual(await said(t, content), [
    "warning table.left-out: Column 'text' holds another text in nearly every row and is left out.",
  ]);
  const classes = table('size,kind', 12_000, (i) => `${i}.5,k${i}`);
  assert.deepEqual(await said(t, classes), [
    "error table.too-many-classes: 'kind' has more than 10,000 different values: that is no set of classes. → Name another column with target.",
  ]);
});

test('rows with an infinite target are left out, which is said', async (t) => {
  const rows = table('size,price', 40, (i) => `${i},${i === 7 ? 'inf' : `${i * 3}.25`}`);
  const found = await said(t, rows, { target: 'price', task: 'regression' });
  assert.ok(
    found.includes("warning table.target-infinite: 1 row has an infinite 'price'; it is left out."),
    found.join('\n'),
  );
});
