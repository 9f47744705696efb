import type { ToolName } from '../toolNames.js';
import { metricsTool } from './metricsTool.js';
import { offersTool } from './offersTool.js';
import { rentTool, startTool } from './startTool.js';
import { statusTool } from './statusTool.js';
import { stopTool } from './stopTool.js';
import type { AgentDoor, AgentTool } from './tool.js';
import { validateTool } from './validateTool.js';

/** Every tool of the manifest. */
export const makeTools = (door: AgentDoor): Readonly<Record<ToolName, AgentTool>> => ({
  trainyard_list_offers: offersTool(door),
  trainyard_validate: validateTool(door),
  trainyard_start_training: startTool(door),
  trainyard_rent_and_train: rentTool(door),
  trainyard_status: statusTool(door),
  trainyard_metrics: metricsTool(door),
  trainyard_stop_training: stopTool(door),
});
