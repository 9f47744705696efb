import * as v from 'valibot';
import { digest } from '../../recipes/datasets/problemDigest.js';
import type { AgentDoor, AgentTool } from './tool.js';
import { toRequest, trainingSchema } from './trainingInput.js';

/** How many problems of a kind an agent is told. */
const mostOfAKind = 10;

/** What would be refused or disappoint, before anything is started. */
export const validateTool = ({ engine }: AgentDoor): AgentTool => ({
  async run(input, signal) {
    const draft = await engine.draft(toRequest(v.parse(trainingSchema, input)), signal);
    const { problems, summary } = draft.check;
    const lacking = await engine.missingSecrets(draft);
    return {
      recipe: draft.spec.recipe,
      why: draft.why,
      parameters: draft.spec.parameters,
      ok: lacking.length === 0 && problems.every(({ severity }) => severity !== 'error'),
      missingKeys: lacking.map(({ why }) => why),
      problems: digest(problems, mostOfAKind).map(({ severity, code, file, line, message, fix }) => ({
        severity,
        code,
        file,
        line,
        message,
        fix,
      })),
      summary,
    };
  },
});
