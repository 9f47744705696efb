import type { Bar } from '../bar.js';
import { number, parseNumber } from '../numbers.js';
import type { Line } from '../line.js';
import type { LineLayout } from '../lineLayout.js';
import type { Detector, Observation, RunView } from '../observation.js';
import { nothingNew } from '../observation.js';
import { findMetrics, pairPlaces, type NamedPlace } from '../pairs.js';
import { groupSpan, shifted, type Place } from '../place.js';
import { newMetrics } from '../point.js';

const epochLabel = /(?:^|\s)Epoch (\d{1,6})$/d;
const rich =
  /^\s{0,4}Epoch (\d{1,6})(?:\/(\d{1,6}|-\d))?\s{1,4}[━╸╺ ]{1,80} {0,4}(\d{1,9})\/(\d{1,9}) \d{1,3}:\d\d:\d\d •(.{0,600})$/;
const checkpoint = new RegExp(
  `^Epoch (\\d{1,6}), global step (\\d{1,12}): '([^']{1,80})' reached (${number}) \\(best .{1,60}?\\), saving model to '([^']{1,1000})'`,
);
const epochText = /\bepoch (\d{1,6})\b/i;
const tableHeader = /^[\s│┃|]{0,10}(?:Test|Validate|Validation) metric\s/i;
const tableRow = new RegExp(
  `^[\\s│┃|]{0,30}([A-Za-z_][\\w/.@\\-]{0,80})[\\s│┃|]{1,60}(${number})[\\s│┃|]{0,40}$`,
);

/** Lightning: epochs from 0, their total only in a message; validation has bars of its own. */
export class LightningDetector implements Detector {
  readonly #run: RunView;
  #inTable = false;

  constructor(run: RunView) {
    this.#run = run;
  }

  read(line: Line): Observation | undefined {
    const { bar } = line;
    if (bar) {
      return this.#readBar(line, bar);
    }
    const { text } = line;
    if (text.includes('poch ')) {
      return this.#readEpochText(text);
    }
    return this.#isOurs ? this.#readTable(text) : undefined;
  }

  get #isOurs(): boolean {
    return this.#run.framework === 'lightning';
  }

  #readBar(line: Line, bar: Bar): Observation | undefined {
    const layout = line.find(epochBar);
    if (layout && (this.#isOurs || layout.namesVersion)) {
      return {
        framework: 'lightning',
        epoch: line.value(layout.epoch) + 1,
        step: bar.count,
        totalSteps: bar.total,
        scope: 'epoch',
        metrics: line.metrics(layout.pairs),
      };
    }
    return this.#isOurs ? nothingNew : undefined;
  }

  #readEpochText(text: string): Observation | undefined {
    const saved = checkpoint.exec(text);
    if (saved) {
      const metrics = newMetrics();
      metrics[saved[3] ?? ''] = parseNumber(saved[4] ?? '');
      return {
        framework: 'lightning',
        epoch: Number(saved[1]) + 1,
        metrics,
        phase: 'validation',
        checkpoint: saved[5] ?? '',
      };
    }
    const bar = text.includes('━') ? rich.exec(text) : null;
    if (bar) {
      return readRichBar(bar);
    }
    const named = this.#isOurs && text.length < 200 ? epochText.exec(text) : null;
    return named ? { epoch: Number(named[1]) + 1, metrics: findMetrics(text) } : undefined;
  }

  #readTable(text: string): Observation | undefined {
    if (tableHeader.test(text)) {
      this.#inTable = true;
      return { kind: 'silent' };
    }
    const match = this.#inTable ? tableRow.exec(text) : null;
    if (!match) {
      return undefined;
    }
    const metrics = newMetrics();
    metrics[match[1] ?? ''] = parseNumber(match[2] ?? '');
    return { metrics, phase: 'validation' };
  }
}

interface EpochBar {
  readonly epoch: Place;
  /** `v_num=0`: nobody else prints it. */
  readonly namesVersion: boolean;
  readonly pairs: readonly NamedPlace[];
}

function epochBar(text: string, layout: LineLayout): EpochBar | undefined {
  const { bar } = layout;
  const epoch = bar && groupSpan(epochLabel.exec(bar.label), 1);
  return bar && epoch
    ? {
        epoch: layout.number(shifted(epoch, bar.labelStart)),
        namesVersion: text.slice(bar.postfix.start, bar.postfix.end).includes('v_num='),
        pairs: pairPlaces(text, layout, bar.postfix),
      }
    : undefined;
}

/** `Epoch 0/9 ━━━━ 12/12 0:00:02 • 0:00:00 4.93it/s v_num: 0.000 train_loss: 0.19`: 9 is the last index. */
function readRichBar(match: RegExpExecArray): Observation {
  const lastIndex = Number(match[2] ?? -1);
  return {
    framework: 'lightning',
    epoch: Number(match[1]) + 1,
    ...(lastIndex >= 0 && { totalEpochs: lastIndex + 1 }),
    step: Number(match[3]),
    totalSteps: Number(match[4]),
    scope: 'epoch',
    metrics: findMetrics(match[5] ?? ''),
  };
}
