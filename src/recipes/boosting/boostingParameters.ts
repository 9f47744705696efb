import { tableParameters } from '../datasets/tableParameters.js';
import type { Parameter } from '../recipe.js';

/** What XGBoost and LightGBM are told in the same words. */
export const boostingParameters = {
  ...tableParameters,
  rounds: {
    name: 'rounds',
    type: 'integer',
    minimum: 1,
    maximum: 100_000,
    default: 1000,
    help: 'Most boosting rounds; early stopping mostly ends the training sooner.',
  },
  learningRate: {
    name: 'learningRate',
    type: 'number',
    minimum: 0.0001,
    maximum: 1,
    default: 0.1,
    help: 'How much each round counts; less needs more rounds and often predicts better.',
  },
  earlyStopping: {
    name: 'earlyStopping',
    type: 'integer',
    minimum: 0,
    maximum: 100_000,
    default: 50,
    help: 'Ends after this many rounds without a better score on the held-back rows; 0 never does.',
  },
  subsample: {
    name: 'subsample',
    type: 'number',
    minimum: 0.01,
    maximum: 1,
    default: 1,
    help: 'Share of the rows each round learns from; below 1 it overfits less.',
  },
  colsample: {
    name: 'colsample',
    type: 'number',
    minimum: 0.01,
    maximum: 1,
    default: 1,
    help: 'Share of the columns each tree learns from; below 1 it overfits less.',
  },
  l1: {
    name: 'l1',
    type: 'number',
    minimum: 0,
    default: 0,
    advanced: true,
    help: 'L1 regularization of the leaves; more makes weak leaves zero.',
  },
  classWeight: {
    name: 'classWeight',
    type: 'choice',
    choices: ['none', 'balanced'],
    default: 'none',
    help: 'With balanced, rare classes weigh as much as common ones.',
  },
  metric: {
    name: 'metric',
    type: 'string',
    default: '',
    help: 'What is measured each round, separated by commas; the first decides which round is best.',
  },
  objective: {
    name: 'objective',
    type: 'string',
    default: '',
    advanced: true,
    help: 'What is made small, by the name the library has for it; empty follows from the task.',
  },
} as const satisfies Record<string, Parameter>;
