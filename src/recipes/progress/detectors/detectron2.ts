import { parseDuration } from '../numbers.js';
import type { Line } from '../line.js';
import type { Detector, Observation } from '../observation.js';
import { findMetrics } from '../pairs.js';

const iteration = /\biter: (\d{1,9})\s{1,4}(?=\w+: )/;
const eta = /\beta: ((?:\d{1,5} days?, )?[\d:]{4,14})/;

/** detectron2's event line: `eta: 0:14:15  iter: 19  total_loss: 3.505 …`. The total is never printed. */
export class Detectron2Detector implements Detector {
  read({ text }: Line): Observation | undefined {
    const match = text.includes('total_loss: ') ? iteration.exec(text) : null;
    if (!match) {
      return undefined;
    }
    const etaSeconds = parseDuration(eta.exec(text)?.[1] ?? '');
    return {
      framework: 'detectron2',
      step: Number(match[1]),
      scope: 'run',
      metrics: findMetrics(text.slice(match.index + match[0].length)),
      ...(etaSeconds !== undefined && { etaSeconds }),
      ...(etaSeconds === 0 && { finished: true }),
    };
  }
}
