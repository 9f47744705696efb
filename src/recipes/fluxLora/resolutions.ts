import { textOf } from '../parameterValues.js';
import type { Parameters } from '../recipe.js';

/** The sizes to learn at, in pixels, which take turns; what is no number is `NaN`. */
export function resolutionsOf(parameters: Parameters): number[] {
  return textOf(parameters, 'resolution')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number);
}
