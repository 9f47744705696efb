/** What goes behind `Column 'a'` and behind `2 columns ('a', 'b')`. */
export interface Wording {
  readonly one: string;
  readonly several: string;
}

/** What a recipe does by itself with the columns of a table, so that the check can say it. */
export interface TableLearner {
  /** What becomes of text. */
  readonly text: Wording;
  /** What becomes of empty cells. */
  readonly gaps: string;
  /** Present when the library counts classes from 0 and the recipe maps them: its name. */
  readonly mapsClassesFor?: string;
  /** Present when the library takes fewer letters in names than tables have: its name and which it does not take. */
  readonly names?: { readonly library: string; readonly forbidden: RegExp };
}

/** scikit-learn's estimators want numbers without gaps. */
export const sklearnLearner: TableLearner = {
  text: {
    one: 'holds text; each of its values becomes a yes/no column',
    several: 'hold text; each of their values becomes a yes/no column',
  },
  gaps: 'the median or the commonest value is filled in',
};

/** XGBoost and LightGBM learn from categories and gaps as they are. */
export function boostingLearner(library: string, forbidden: RegExp): TableLearner {
  return {
    text: {
      one: 'holds text; its values are learned from as categories',
      several: 'hold text; their values are learned from as categories',
    },
    gaps: `${library} learns from gaps as they are`,
    mapsClassesFor: library,
    names: { library, forbidden },
  };
}
