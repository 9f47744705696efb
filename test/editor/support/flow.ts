import { waitFor } from '../../support/waitFor.js';
import { patience } from './jobs.js';
import type { Workbench } from './workbench.js';

export interface Answers {
  /** `This computer`, or the destination of a machine that is known. */
  readonly where?: string;
  /** Parameters to change before continuing, by name. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** From the Explorer's menu through every question to a started job, as a person would. */
export async function trainFromExplorer(
  workbench: Workbench,
  folder: string,
  answers: Answers = {},
): Promise<void> {
  await workbench.contextMenu(folder, 'Train with Trainyard…');
  await answerQuestions(workbench, answers);
}

/** The same from the first question. */
export async function answerQuestions(
  workbench: Workbench,
  { where = 'This computer', parameters = {} }: Answers = {},
): Promise<void> {
  const recipe = await workbench.quickPick(/: Recipe/);
  const recipes = async (): Promise<readonly string[] | false> => {
    const labels = await recipe.labels();
    return labels.length > 0 && labels;
  };
  const [best] = await waitFor('recipes', recipes, patience);
  await recipe.pick(best ?? '');
  await (await workbench.quickPick(/: Where/)).pick(where);
  for (const [name, value] of Object.entries(parameters)) {
    await (await workbench.quickPick(/: Parameters/)).pick(name);
    const box = await workbench.quickPick(/: Parameters/);
    // The box has the title of the list before it.
    await box.widget.locator('.quick-input-list').waitFor({ state: 'hidden' });
    await box.type(value);
    await box.accept();
  }
  await (await workbench.quickPick(/: Parameters/)).pick('Continue');
  await (await workbench.quickPick(/: Start/)).pick('Start');
}
