import type { CloudOptions, SimulatedCloud } from './base/simulatedCloud.js';
import { SimulatedCanopywave } from './canopywave/simulatedCanopywave.js';
import { SimulatedLambda } from './lambda/simulatedLambda.js';
import { SimulatedRunpod } from './runpod/simulatedRunpod.js';
import { SimulatedVast } from './vast/simulatedVast.js';

/** Every simulated cloud there is. */
export const simulatedClouds: readonly (new (options?: CloudOptions) => SimulatedCloud)[] = [
  SimulatedCanopywave,
  SimulatedRunpod,
  SimulatedVast,
  SimulatedLambda,
];
