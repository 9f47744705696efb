/** Every tool of the manifest's `languageModelTools`; a test keeps the two equal. */
export const toolNames = [
  'trainyard_list_offers',
  'trainyard_validate',
  'trainyard_start_training',
  'trainyard_rent_and_train',
  'trainyard_status',
  'trainyard_metrics',
  'trainyard_stop_training',
] as const;

export type ToolName = (typeof toolNames)[number];
