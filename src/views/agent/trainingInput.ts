import * as v from 'valibot';
import type { TrainRequest } from '../../jobs/plan.js';
import { modelsFolderFor } from '../modelsFolder.js';
import { pathInWorkspace, workspaceFolders } from './workspacePath.js';

const value = v.union([v.string(), v.number(), v.boolean()]);

/** What an agent says of a training, as the manifest's schemas allow it. */
export const trainingSchema = v.object({
  path: v.string(),
  recipe: v.optional(v.string()),
  parameters: v.optional(v.record(v.string(), value)),
  maxHours: v.optional(v.pipe(v.number(), v.gtValue(0))),
});

/** @throws {InputError} the path lies outside of the workspace */
export function toRequest({
  path,
  recipe,
  parameters,
  maxHours,
}: v.InferOutput<typeof trainingSchema>): TrainRequest {
  const absolute = pathInWorkspace(path);
  return {
    path: absolute,
    recipe,
    parameters,
    hours: maxHours,
    defaultTo: modelsFolderFor(absolute, workspaceFolders()),
  };
}
