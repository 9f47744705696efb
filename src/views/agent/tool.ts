import type * as vscode from 'vscode';
import type { Fleet } from '../../fleet.js';
import type { Trainyard } from '../../trainyard.js';

/** Something that a chat agent can do with Trainyard. */
export interface AgentTool {
  /** What the user is told and asked before; nothing has happened by then. Absent where it only looks. */
  prepare?(input: unknown, signal: AbortSignal): Promise<vscode.PreparedToolInvocation>;
  /** Does it. @returns plain data for the agent @throws {UserError} with a sentence that the agent can tell */
  run(input: unknown, signal: AbortSignal): Promise<unknown>;
}

/** What the tools work with. */
export interface AgentDoor {
  readonly engine: Trainyard;
  readonly fleet: Fleet;
}
