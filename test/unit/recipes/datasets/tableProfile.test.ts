import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { profileTable, type TableProfile } from '../../../../src/recipes/datasets/tableProfile.js';
import type { CleanUp } from '../../../support/tempDir.js';
import { never, openFolder } from '../folders.js';

interface Asked {
  readonly name?: string;
  readonly separator?: string;
  readonly target?: number;
  readonly onBytesRead?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

async function profile(t: CleanUp, content: string | Buffer, asked: Asked = {}): Promise<TableProfile> {
  const { name = 'data.csv', separator = ',', target, onBytesRead, signal = never } = asked;
  const folder = await openFolder(t, { [name]: content });
  const format = { separator, gzip: name.endsWith('.gz') };
  const wish = { path: name, format, targetOf: () => target, ...(onBytesRead && { onBytesRead }) };
  return profileTable(folder, wish, signal);
}

function told({ names, columns, rows, twins, longRows, shortRows }: TableProfile) {
  return {
    rows,
    twins,
    longRows,
    shortRows,
    columns: columns.map((column, index) => ({
      name: names[index],
      gaps: column.gaps,
      infinities: column.infinities,
      distinct: column.distinct,
      isWhole: column.isWhole,
      isNumeric: column.isNumeric,
      isUnique: column.isUnique,
      hasDates: column.hasDates,
      hasDecimalCommas: column.hasDecimalCommas,
      range: column.isNumeric ? [column.minimum, column.maximum] : [],
      counts: column.counts().sort(([a], [b]) => (a < b ? -1 : 1)),
    })),
  };
}

const lines = Array.from({ length: 300 }, (_, i) => {
  const cells = [i, i % 7, (i % 5) + 0.5, ['a', 'bb', 'ccc', 'NA', ''][i % 5], i % 11 ? 'inf' : '-1'];
  return [...cells, `2024-01-${String((i % 28) + 1).padStart(2, '0')}`, i % 7].join(',');
});
const content = ['nr,digit,half,text,odd,day,again', ...lines, '1,2', '1,2,3,4,5,6,7,8'].join('\n');

test('the scan of a table and its parser find the same', async (t) => {
  const scanned = await profile(t, content, { target: 1 });
  // Text behind a closing quote is nothing a scan understands.
  const parsed = await profile(t, content.replace('nr,', '"n"r,'), { target: 1 });
  assert.deepEqual({ ...told(parsed), columns: [] }, { ...told(scanned), columns: [] });
  assert.deepEqual(told(parsed).columns.slice(1), told(scanned).columns.slice(1));
  assert.equal(scanned.rows, 302);
  assert.equal(parsed.encoding, 'utf-8');
});

test('a large table that turns out irregular late is read by the parser', async (t) => {
  const many = '1,2\n'.repeat(80_000);
  const table = `x,y\n${many}"3"0,4\n${many}`;
  for (const [name, bytes] of [
    ['data.csv', Buffer.from(table)],
    ['data.csv.gz', gzipSync(table)],
  ] as const) {
    const { rows, columns } = await profile(t, bytes, { name });
    assert.equal(rows, 160_001);
    assert.equal(columns[1]?.distinct, 2);
  }
});

test('columns that equal the target are found: by their values one to one, or by their numbers', async (t) => {
  const rows = Array.from({ length: 50 }, (_, i) => {
    const price = `${i * 1.5}`;
    return [
      price,
      Number(price).toFixed(3),
      `${i % 2}`,
      i % 2 ? 'yes' : 'no',
      `${i * 1.5 + (i === 49 ? 1 : 0)}`,
    ];
  });
  const table = ['price,copy,bit,word,nearly', ...rows.map((cells) => cells.join(','))].join('\n');
  assert.deepEqual((await profile(t, table, { target: 0 })).twins, ['copy']);
  assert.deepEqual((await profile(t, table, { target: 3 })).twins, ['bit']);
});

test('text that is not UTF-8 keeps its letters', async (t) => {
  const { encoding, columns, names } = await profile(t, Buffer.from('gr\xf6\xdfe,b\ncaf\xe9,1\n', 'latin1'));
  assert.equal(encoding, 'windows-1252');
  assert.deepEqual(names, ['größe', 'b']);
  assert.deepEqual(columns[0]?.counts(), [['café', 1]]);
});

test('every byte that is read is told, also of a compressed table', async (t) => {
  for (const [name, bytes] of [
    ['data.csv', Buffer.from(content)],
    ['data.csv.gz', gzipSync(content)],
  ] as const) {
    const seen: number[] = [];
    await profile(t, bytes, { name, onBytesRead: (read) => seen.push(read) });
    assert.equal(seen.at(-1), bytes.length);
  }
});

test('a check that nobody wants any more ends in the middle of the table', async (t) => {
  const controller = new AbortController();
  const seen: number[] = [];
  const long = 'x,y\n' + '1,2\n'.repeat(2_000_000);
  const onBytesRead = (read: number) => {
    seen.push(read);
    controller.abort();
  };
  await assert.rejects(profile(t, long, { onBytesRead, signal: controller.signal }), { name: 'AbortError' });
  assert.ok((seen.at(-1) ?? 0) < long.length / 2, `read ${seen.at(-1)} of ${long.length} bytes`);
});

test('values are counted up to a limit, whatever they are', async (t) => {
  const rows = Array.from({ length: 12_000 }, (_, i) => `${i % 9_000},t${i},${i % 10_000},n${i % 10_001}`);
  const { columns } = await profile(t, ['a,b,c,d', ...rows].join('\n'));
  assert.deepEqual(
    columns.map(({ distinct, isUnique }) => [distinct, isUnique]),
    [
      [9_000, false],
      [Infinity, true],
      [10_000, false],
      [Infinity, true],
    ],
  );
});
