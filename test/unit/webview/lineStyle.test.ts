import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeMetric } from '../../../src/metricKind.js';
import { lineStyles, runStyles, type LinePalette } from '../../../webview/lineStyle.js';

const palette: LinePalette = {
  lines: ['blue', 'orange', 'green'],
  foreground: '#ccc',
  highContrast: false,
};

const kinds = (...names: string[]) => names.map(describeMetric);

describe('lineStyles', () => {
  it('gives every line its own colour', () => {
    assert.deepEqual(lineStyles(kinds('loss', 'val_loss'), palette), [
      { colour: 'blue', dash: [] },
      { colour: 'orange', dash: [] },
    ]);
  });

  it('pairs training and validation of one thing by colour, apart by tint and dash', () => {
    const names = ['train/box_loss', 'val/box_loss', 'train/cls_loss', 'val/cls_loss'];
    assert.deepEqual(lineStyles(kinds(...names), palette), [
      { colour: 'blue', dash: [] },
      { colour: 'color-mix(in srgb, blue 55%, #ccc)', dash: [6, 3] },
      { colour: 'orange', dash: [] },
      { colour: 'color-mix(in srgb, orange 55%, #ccc)', dash: [6, 3] },
    ]);
  });

  it('never relies on colour alone in high contrast', () => {
    const styles = lineStyles(kinds('loss', 'val_loss', 'test_loss'), { ...palette, highContrast: true });
    assert.equal(new Set(styles.map(({ dash }) => dash.join())).size, 3);
  });

  it('dashes lines when it runs out of colours', () => {
    const styles = lineStyles(kinds('a_loss', 'b_loss', 'c_loss', 'd_loss'), palette);
    assert.deepEqual(styles[3], { colour: 'blue', dash: [6, 3] });
  });
});

describe('runStyles', () => {
  it('gives a job one colour, and the part of the data a dash', () => {
    assert.deepEqual(runStyles(kinds('loss', 'val/loss', 'loss'), [0, 0, 1], palette), [
      { colour: 'blue', dash: [] },
      { colour: 'blue', dash: [6, 3] },
      { colour: 'orange', dash: [] },
    ]);
  });

  it('tells more jobs than colours apart by dashes', () => {
    const [first, fourth] = runStyles(kinds('loss', 'loss'), [0, 3], palette);
    assert.equal(first?.colour, fourth?.colour);
    assert.notDeepEqual(first?.dash, fourth?.dash);
  });
});
