import * as v from 'valibot';
import * as vscode from 'vscode';
import { InputError } from '../../errors.js';
import { isOwn } from '../../jobs/place.js';
import type { Plan, TrainRequest } from '../../jobs/plan.js';
import { describeRental } from '../../jobs/rentalTerms.js';
import { whereOf } from '../jobWords.js';
import { AgreedPlans } from './agreedPlans.js';
import type { AgentDoor, AgentTool } from './tool.js';
import { toRequest, trainingSchema } from './trainingInput.js';

const ownSchema = v.object({ ...trainingSchema.entries, where: v.optional(v.string(), 'local') });
const rentSchema = v.object({
  ...trainingSchema.entries,
  providers: v.optional(v.array(v.string())),
  offer: v.optional(v.string()),
  gpu: v.optional(v.array(v.string())),
  vramGb: v.optional(v.number()),
  gpus: v.optional(v.number()),
  spot: v.optional(v.boolean()),
  maxUsdPerHour: v.optional(v.pipe(v.number(), v.gtValue(0))),
  budgetUsd: v.pipe(v.number(), v.gtValue(0)),
});

/** Trains on a machine of the user's own, which costs nothing. */
export const startTool = (door: AgentDoor): AgentTool =>
  starting(door, (input) => {
    const given = v.parse(ownSchema, input);
    if (!isOwn(given.where)) {
      throw new InputError(
        `${given.where} rents machines: use the tool that rents and trains, which tells the user the price first.`,
      );
    }
    return Promise.resolve({ ...toRequest(given), providers: [given.where] });
  });

/**
 * Rents a machine and trains there. A tool of its own, so that whoever lets an agent train without asking has not let it
 * spend money.
 */
export const rentTool = (door: AgentDoor): AgentTool =>
  starting(door, async (input) => {
    const given = v.parse(rentSchema, input);
    const { providers: known } = door.engine;
    const usable = await known.usableClouds();
    // Without any key the plan says which one to add; without a place it would take a machine of the user's own.
    const clouds = usable.length > 0 ? usable : known.clouds;
    const named = given.providers?.map((id) => known.cloud(id).id);
    const { gpu, vramGb, gpus, spot, maxUsdPerHour, budgetUsd, offer } = given;
    return {
      ...toRequest(given),
      providers: named ?? clouds.map(({ id }) => id),
      gpu,
      vram: vramGb,
      gpus,
      spot,
      maxPrice: maxUsdPerHour,
      budget: budgetUsd,
      offerId: offer,
    };
  });

function starting(
  { engine, fleet }: AgentDoor,
  requestOf: (input: unknown) => Promise<TrainRequest>,
): AgentTool {
  const agreed = new AgreedPlans<Plan>();
  return {
    async prepare(input, signal) {
      requireTrust();
      const plan = await engine.plan(await requestOf(input), signal);
      agreed.remember(input, plan, Date.now());
      return confirmationOf(plan);
    },
    async run(input) {
      requireTrust();
      const plan = agreed.take(input, Date.now());
      const job = await engine.start(plan);
      await fleet.refresh();
      const { spec, offer } = plan;
      return { job, name: spec.name, recipe: spec.recipe, where: whereOf(spec), offer };
    },
  };
}

function confirmationOf(plan: Plan): vscode.PreparedToolInvocation {
  const { spec } = plan;
  const lines = describeRental(plan);
  const cost = lines.length > 0 ? lines : [vscode.l10n.t('It runs on {0} and costs nothing.', whereOf(spec))];
  const message = new vscode.MarkdownString();
  for (const line of [
    vscode.l10n.t('Train {0} on {1}.', spec.recipe, vscode.workspace.asRelativePath(spec.dataset)),
    ...cost,
  ]) {
    message.appendText(line).appendMarkdown('\n\n');
  }
  const title =
    lines.length > 0
      ? vscode.l10n.t('Rent a machine and start a training?')
      : vscode.l10n.t('Start a training?');
  return {
    invocationMessage: vscode.l10n.t('Starting {0}', spec.name),
    confirmationMessages: { title, message },
  };
}

function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new InputError(
    vscode.l10n.t('Training runs code of this workspace, and you have not said that you trust it.'),
  );
}
