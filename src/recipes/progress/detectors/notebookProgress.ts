import type { Line } from '../line.js';
import type { Detector, Observation, RunView } from '../observation.js';
import { metricName } from '../pairs.js';
import { parseNumber } from '../numbers.js';
import { newMetrics } from '../point.js';

const bar =
  /^\s{0,8}\[\s{0,8}(\d{1,9})\/\s{0,8}(\d{1,9}) [\d:]{4,14}(?: < [\d:]{1,14}, [\d.]{1,12} it\/s)?, Epoch ([\d.]{1,12})\/(\d{1,9})\]\s{0,4}$/;
const header = /^\s{0,8}(Step|Epoch)(?:\t| {2,8})(Training Loss\b.{0,300})$/;
const separator = /\t| {2,40}/;

/** What the Trainer of Hugging Face shows in notebooks, copied as text: a bar, and a table of losses. */
export class NotebookProgressDetector implements Detector {
  readonly #run: RunView;
  #counts: 'step' | 'epoch' = 'step';
  #columns: readonly string[] = [];

  constructor(run: RunView) {
    this.#run = run;
  }

  read({ text }: Line): Observation | undefined {
    if (text.includes(', Epoch ')) {
      return readBar(text);
    }
    if (text.includes('Training Loss')) {
      return this.#readHeader(text);
    }
    return this.#columns.length > 0 ? this.#readRow(text) : undefined;
  }

  #readHeader(text: string): Observation | undefined {
    const match = header.exec(text);
    if (!match) {
      return undefined;
    }
    this.#counts = match[1] === 'Step' ? 'step' : 'epoch';
    this.#columns = (match[2] ?? '').trim().split(separator).map(metricName);
    return { framework: 'hf-trainer', kind: 'silent' };
  }

  /** `2	0.412300	0.498000`; before the first loss a cell says `No log`. */
  #readRow(text: string): Observation | undefined {
    const [count = '', ...cells] = text.trim().split(separator);
    if (cells.length !== this.#columns.length || !/^\d{1,9}$/.test(count)) {
      this.#columns = text.trim() === '' ? this.#columns : [];
      return undefined;
    }
    const metrics = newMetrics();
    for (const [index, name] of this.#columns.entries()) {
      const cell = cells[index] ?? '';
      if (/^[-+]?(?:[\d.]{1,30}(?:e[-+]?\d{1,3})?|nan|inf)$/i.test(cell)) {
        metrics[name] = parseNumber(cell);
      }
    }
    return this.#counts === 'step'
      ? { step: Number(count), scope: 'run', metrics, kind: kindOf(Number(count), this.#run.step) }
      : { epoch: Number(count), metrics, kind: kindOf(Number(count), this.#run.epoch) };
  }
}

/** The table stands under the bar, which is further. */
function kindOf(count: number, reached: number | null): 'aside' | undefined {
  return reached !== null && count < reached ? 'aside' : undefined;
}

function readBar(text: string): Observation | undefined {
  const match = bar.exec(text);
  if (!match) {
    return undefined;
  }
  const [step, totalSteps, epoch, totalEpochs] = match.slice(1).map(Number);
  return {
    framework: 'hf-trainer',
    step,
    totalSteps,
    scope: 'run',
    epoch,
    totalEpochs,
    ...(step === totalSteps && { finished: true }),
  };
}
