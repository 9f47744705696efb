import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ComparisonTable } from '../../../src/protocol.js';
import { comparisonMarkdown } from '../../../src/views/comparisonMarkdown.js';
import { comparisonTable, type ComparisonEntry } from '../../../src/views/comparisonTable.js';
import { toMetricColumns } from '../../../src/views/metricColumns.js';
import { MetricSummaries } from '../../../src/views/metricSummary.js';
import { afterSeconds, jobAt } from './jobs.js';

function entry(
  id: string,
  parameters: Readonly<Record<string, string | number>>,
  metrics: Record<string, number>,
): ComparisonEntry {
  const summaries = new MetricSummaries();
  summaries.add(toMetricColumns([{ epoch: 1, step: null, metrics }]));
  return { job: jobAt('released', { id, name: 'digits', parameters }), metrics: summaries.all };
}

const compare = (...entries: ComparisonEntry[]): ComparisonTable =>
  comparisonTable(entries, afterSeconds(60));
const rowOf = (table: ComparisonTable, name: string) => table.rows.find((row) => row.name === name);

describe('a comparison', () => {
  const table = compare(
    entry('digits-aaa', { epochs: 3, lr: 0.1, note: '' }, { loss: 0.5, accuracy: 0.9, lr: 0.1 }),
    entry('digits-bbb', { epochs: 3, lr: 0.2 }, { loss: 0.25, accuracy: 0.9 }),
  );

  test('tells jobs of one name apart', () => {
    assert.deepEqual(
      table.jobs.map(({ id, name, state }) => [id, name, state]),
      [
        ['digits-aaa', 'digits aaa', 'succeeded'],
        ['digits-bbb', 'digits bbb', 'succeeded'],
      ],
    );
  });

  test('says in which parameters jobs differ', () => {
    assert.equal(rowOf(table, 'epochs')?.differs, false);
    const lr = table.rows.find(({ about, name }) => about === 'parameter' && name === 'lr');
    assert.deepEqual([lr?.cells, lr?.differs], [['0.1', '0.2'], true]);
    assert.deepEqual(rowOf(table, 'note')?.cells, [null, null], 'what is empty was left to the recipe');
  });

  test('marks the best of the results, by what is better, and nobody where all are equal', () => {
    assert.deepEqual(rowOf(table, 'loss')?.best, [1]);
    assert.deepEqual(rowOf(table, 'accuracy')?.best, []);
    const lr = table.rows.find(({ about, name }) => about === 'result' && name === 'lr');
    assert.deepEqual([lr?.cells, lr?.best], [['0.1', null], []], 'neither direction is better');
  });

  test('leaves out what no job has, as the cost of machines of the user', () => {
    assert.equal(rowOf(table, 'Cost'), undefined);
    assert.equal(rowOf(table, 'State')?.differs, false);
  });

  test('takes any name for a parameter', () => {
    const odd = compare(entry('a', {}, {}), entry('b', { constructor: 'x' }, {}));
    assert.deepEqual(rowOf(odd, 'constructor')?.cells, [null, 'x']);
  });

  test('is a table of Markdown, too', () => {
    const lines = comparisonMarkdown(table).split('\n');
    assert.deepEqual(lines.slice(0, 2), ['|  | digits aaa | digits bbb |', '| --- | --- | --- |']);
    assert.ok(lines.includes('| loss | 0.5 | 0.25 ★ |'), lines.join('\n'));
  });
});
