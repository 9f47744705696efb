import { parseDuration } from '../numbers.js';
import type { Line } from '../line.js';
import type { Detector, Observation } from '../observation.js';
import { findMetrics } from '../pairs.js';

const row = /\bepoch: (\d{1,6})\/(\d{1,6}), iter: (\d{1,9})\/(\d{1,9}), /;
const eta = /\bETA: ((?:\d{1,5} days?, )?[\d:]{4,14})/;

/** YOLOX: `epoch: 56/300, iter: 10/114, mem: 13702Mb, …, total_loss: 3.2, …, ETA: 7:08:31`. */
export class YoloxDetector implements Detector {
  read({ text }: Line): Observation | undefined {
    const match = text.includes('iter: ') ? row.exec(text) : null;
    if (!match) {
      return undefined;
    }
    const etaSeconds = parseDuration(eta.exec(text)?.[1] ?? '');
    return {
      framework: 'yolox',
      epoch: Number(match[1]),
      totalEpochs: Number(match[2]),
      step: Number(match[3]),
      totalSteps: Number(match[4]),
      scope: 'epoch',
      metrics: findMetrics(text.slice(match.index + match[0].length)),
      ...(etaSeconds !== undefined && { etaSeconds }),
    };
  }
}
