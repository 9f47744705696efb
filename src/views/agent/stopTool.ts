import * as v from 'valibot';
import * as vscode from 'vscode';
import { formatUsd } from '../../format.js';
import { costUsd } from '../../jobs/job.js';
import { hasRented } from '../jobMachines.js';
import { whereNow } from '../jobWords.js';
import type { AgentDoor, AgentTool } from './tool.js';

const inputSchema = v.object({ job: v.string() });

/** Ends a training with a last checkpoint. */
export const stopTool = ({ engine, fleet }: AgentDoor): AgentTool => ({
  async prepare(input) {
    const job = await engine.job(await engine.resolveJob(v.parse(inputSchema, input).job));
    const { name, id } = job.spec;
    const spent = hasRented(job)
      ? vscode.l10n.t('It has cost {0} so far.', formatUsd(costUsd(job, Date.now())))
      : vscode.l10n.t('It costs nothing.');
    return {
      invocationMessage: vscode.l10n.t('Stopping {0}', name),
      confirmationMessages: {
        title: vscode.l10n.t('Stop {0}?', name),
        message: new vscode.MarkdownString().appendText(
          vscode.l10n.t(
            '{0} on {1} may write a last checkpoint, and what it has made is brought here. {2} It can be resumed.',
            id,
            whereNow(job),
            spent,
          ),
        ),
      },
    };
  },
  async run(input) {
    const { spec, stage } = await engine.requestStop(
      await engine.resolveJob(v.parse(inputSchema, input).job),
    );
    await fleet.refresh();
    return { job: spec.id, state: stage.state, stopRequested: true };
  },
});
