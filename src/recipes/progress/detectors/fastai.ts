import { parseNumber } from '../numbers.js';
import type { Line } from '../line.js';
import type { Detector, Observation } from '../observation.js';
import { newMetrics } from '../point.js';

const header = /^\s{0,8}epoch\s{1,20}(train_loss\b.{0,400})$/;
const row = /^\s{0,8}(\d{1,6})\s{1,20}([-\d.].{0,300})$/;
const columnName = /^[A-Za-z_][\w.@%/()-]*$/;

/** fastai's table: its header names the columns; the first row says whether epochs begin at 0. */
export class FastaiDetector implements Detector {
  #columns: readonly string[] = [];
  #base: number | undefined;

  read({ text, bar }: Line): Observation | undefined {
    if (text.includes('train_loss')) {
      const match = header.exec(text);
      if (match) {
        return this.#readHeader(match[1] ?? '');
      }
    }
    return this.#columns.length > 0 && !bar ? this.#readRow(text) : undefined;
  }

  /** Behind the names there may be the rest of a download bar. */
  #readHeader(names: string): Observation {
    const words = names.trim().split(/\s+/);
    const end = words.findIndex((word) => !columnName.test(word));
    this.#columns = end === -1 ? words : words.slice(0, end);
    this.#base = undefined;
    return { framework: 'fastai', restart: true, kind: 'silent' };
  }

  #readRow(text: string): Observation | undefined {
    const match = row.exec(text);
    const cells = match?.[2]?.trim().split(/\s+/) ?? [];
    if (!match || cells.length < this.#columns.length - 1 || cells.length > this.#columns.length + 1) {
      return undefined;
    }
    const printed = Number(match[1]);
    this.#base ??= printed === 0 ? 0 : 1;
    const metrics = newMetrics();
    for (const [index, name] of this.#columns.entries()) {
      const cell = cells[index] ?? '';
      if (name !== 'time' && /^[-+]?(?:[\d.]{1,40}(?:e[-+]?\d+)?|nan|inf)$/i.test(cell)) {
        metrics[name] = parseNumber(cell);
      }
    }
    return { framework: 'fastai', epoch: printed + 1 - this.#base, metrics };
  }
}
