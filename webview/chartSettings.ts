import type { AxisChoice } from './series.js';

/** How the user wants charts to be drawn. */
export interface ChartSettings {
  readonly axis: AxisChoice;
  /** Weight of what was before in the running mean, 0..1; 0 draws the values alone. */
  readonly smoothing: number;
  readonly logarithmic: boolean;
}

export const defaultSettings: ChartSettings = { axis: 'auto', smoothing: 0, logarithmic: false };
