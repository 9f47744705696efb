import type { Line } from '../line.js';
import type { Detector, Observation } from '../observation.js';
import { findMetrics } from '../pairs.js';

const train =
  /\bTrain: {1,6}(\d{1,6})(?:\/(\d{1,6}) \(\s{0,3}\d{1,3}%\))? \[\s{0,8}(\d{1,9})\/(\d{1,9}) \(\s{0,3}\d{1,3}%\)\]\s{1,4}/;
const test = /\bTest(?: \([\w ]{1,20}\))?: \[\s{0,8}\d{1,9}\/\d{1,9}\]\s{1,4}(?=Time: )/;

/** timm's train.py: epochs and steps from 0, values with their averages in brackets. */
export class TimmDetector implements Detector {
  read({ text }: Line): Observation | undefined {
    if (!text.includes('T') || !(text.includes('Train: ') || text.includes('Test'))) {
      return undefined;
    }
    const training = train.exec(text);
    if (training) {
      return {
        framework: 'timm',
        ...epochOf(training),
        step: Number(training[3]),
        totalSteps: Number(training[4]),
        scope: 'epoch',
        metrics: findMetrics(text.slice(training.index + training[0].length)),
      };
    }
    const testing = test.exec(text);
    return testing
      ? {
          framework: 'timm',
          metrics: findMetrics(text.slice(testing.index + testing[0].length)),
          phase: 'validation',
        }
      : undefined;
  }
}

/** timm counts from 0 and does not say how far; `1/3` is OpenPCDet's way of writing the same line, from 1. */
function epochOf([, epoch, total]: RegExpExecArray): Observation {
  return total === undefined
    ? { epoch: Number(epoch) + 1 }
    : { epoch: Number(epoch), totalEpochs: Number(total) };
}
