import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { jobMarkdown } from '../../../src/views/jobMarkdown.js';
import { toMetricColumns } from '../../../src/views/metricColumns.js';
import { MetricSummaries } from '../../../src/views/metricSummary.js';
import { afterSeconds, jobAt, jobThatGaveUpAt } from './jobs.js';

const summaries = new MetricSummaries();
summaries.add(
  toMetricColumns([
    { epoch: 1, step: null, metrics: { loss: 0.5, lr: 0.1 } },
    { epoch: 2, step: null, metrics: { loss: 0.25, lr: 0.01 } },
    { epoch: 3, step: null, metrics: { loss: NaN, lr: 0.001 } },
  ]),
);

describe('a job as Markdown', () => {
  test('says what it was, its parameters, and what became of each metric', () => {
    const job = jobAt('released', { parameters: { epochs: 3, note: '' } });
    const lines = jobMarkdown(job, summaries.all, afterSeconds(60)).split('\n');
    assert.equal(lines[0], `### ${job.spec.name}`);
    assert.ok(lines.includes('- State: succeeded'), lines.join('\n'));
    assert.ok(lines.includes('| epochs | 3 |'));
    assert.ok(!lines.some((line) => line.includes('note')), 'what was left empty is no parameter');
    assert.ok(lines.includes('| loss | NaN | 0.25 | epoch 2 |'));
    assert.ok(lines.includes('| lr | 0.001 |  |  |'));
  });

  test('says why a job failed', () => {
    const text = jobMarkdown(jobThatGaveUpAt('training.started'), [], afterSeconds(60));
    assert.match(text, /- State: failed\n- End: The disk is full\./);
    assert.ok(!text.includes('| Metric'), 'no table without a number');
  });

  test('takes whatever people write for text', () => {
    const name = 'a|b *c* <img src=x>\n# d [e](f)';
    const text = jobMarkdown(jobAt('planned', { name }), [], afterSeconds(1));
    assert.equal(text.split('\n')[0], '### a\\|b \\*c\\* \\<img src=x\\> \\# d \\[e\\](f)');
  });
});
