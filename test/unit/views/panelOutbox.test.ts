import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import type { PanelUpdate, ToPanel } from '../../../src/protocol.js';
import { toMetricColumns } from '../../../src/views/metricColumns.js';
import { PanelOutbox } from '../../../src/views/panelOutbox.js';
import { checkpoint, header, modelSample } from '../../support/panelContent.js';

const points = (epoch: number): PanelUpdate => ({
  type: 'points',
  metrics: toMetricColumns([{ epoch, step: null, metrics: { loss: epoch } }]),
});

describe('PanelOutbox', () => {
  let sent: ToPanel[];
  let outbox: PanelOutbox;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    sent = [];
    outbox = new PanelOutbox((message) => sent.push(message), 250);
  });

  afterEach(() => mock.timers.reset());

  it('sends at once after a quiet time', () => {
    outbox.add(points(1));
    assert.equal(sent.length, 1);
  });

  it('joins what comes within an interval into one message', () => {
    for (let epoch = 1; epoch <= 5; epoch++) outbox.add(points(epoch));
    mock.timers.tick(250);
    assert.equal(sent.length, 2);
    const [, batch] = sent;
    assert.ok(batch?.type === 'points');
    assert.deepEqual([...(batch.metrics[0]?.value ?? [])], [2, 3, 4, 5]);
  });

  it('joins what the model made within an interval, in order', () => {
    for (let id = 1; id <= 3; id++) outbox.add({ type: 'modelSamples', samples: [modelSample(id)] });
    mock.timers.tick(250);
    assert.deepEqual(
      sent.map((message) => message.type === 'modelSamples' && message.samples.map(({ id }) => id)),
      [[1], [2, 3]],
    );
  });

  it('sends only the newest header', () => {
    outbox.add({ type: 'header', header: header({ epoch: 1 }) });
    outbox.add({ type: 'header', header: header({ epoch: 2 }) });
    outbox.add({ type: 'header', header: header({ epoch: 3 }) });
    mock.timers.tick(250);
    assert.deepEqual(
      sent.map((message) => message.type === 'header' && message.header.epoch),
      [1, 3],
    );
  });

  it('sends only the newest list of checkpoints', () => {
    for (let count = 1; count <= 3; count++)
      outbox.add({ type: 'checkpoints', checkpoints: Array.from({ length: count }, () => checkpoint()) });
    mock.timers.tick(250);
    assert.deepEqual(
      sent.map((message) => message.type === 'checkpoints' && message.checkpoints.length),
      [1, 3],
    );
  });

  it('is ready to send at once again when an interval brought nothing', () => {
    outbox.add(points(1));
    mock.timers.tick(250);
    outbox.add(points(2));
    assert.equal(sent.length, 2);
  });

  it('forgets what waits when everything is replaced', () => {
    outbox.add(points(1));
    outbox.add(points(2));
    outbox.replaceAll({ type: 'unavailable', message: 'gone' });
    mock.timers.tick(1000);
    assert.deepEqual(
      sent.map(({ type }) => type),
      ['points', 'unavailable'],
    );
  });

  it('sends nothing after its end', () => {
    outbox.add(points(1));
    outbox.add(points(2));
    outbox.dispose();
    mock.timers.tick(1000);
    assert.equal(sent.length, 1);
  });
});
