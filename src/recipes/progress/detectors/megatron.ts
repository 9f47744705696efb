import { number, parseNumber } from '../numbers.js';
import type { Line } from '../line.js';
import type { Detector, Observation } from '../observation.js';
import { newMetrics } from '../point.js';

const head = /\biteration\s{1,12}(\d{1,12})\/\s{0,12}(\d{1,12}) \|/;
const cell = new RegExp(`^\\s{0,4}([A-Za-z][\\w .()\\-/]{0,60}?): {1,12}(${number})\\s{0,4}$`);

/** Megatron-LM: ` iteration  5426/ 250000 | learning rate: 2.999E-04 | lm loss: 2.1 |`; names hold blanks. */
export class MegatronDetector implements Detector {
  read({ text }: Line): Observation | undefined {
    const match = text.includes('iteration') && text.includes(' | ') ? head.exec(text) : null;
    if (!match) {
      return undefined;
    }
    const metrics = newMetrics();
    for (const part of text.slice(match.index + match[0].length).split('|', 60)) {
      const [, name = '', value = ''] = cell.exec(part) ?? [];
      if (name !== '') {
        metrics[name] ??= parseNumber(value);
      }
    }
    return {
      framework: 'megatron',
      step: Number(match[1]),
      totalSteps: Number(match[2]),
      scope: 'run',
      metrics,
    };
  }
}
