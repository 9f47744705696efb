import * as v from 'valibot';
import * as vscode from 'vscode';
import { InputError } from '../../errors.js';

const schema = v.object({
  path: v.string(),
  recipe: v.optional(v.string()),
  params: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]))),
  provider: v.optional(v.string()),
});

/** What a task of `tasks.json` says. */
export type TaskDefinition = v.InferOutput<typeof schema>;

/** @throws {InputError} it says no path, or something of another kind */
export function parseTaskDefinition(definition: unknown): TaskDefinition {
  const parsed = v.safeParse(schema, definition);
  if (parsed.success) return parsed.output;
  throw new InputError(
    vscode.l10n.t('This task of tasks.json needs a path: a dataset folder or a trainyard.yaml.'),
  );
}
