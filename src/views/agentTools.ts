import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import type { AgentDoor, AgentTool } from './agent/tool.js';
import { toSignal } from './cancellable.js';
import { toolNames, type ToolName } from './toolNames.js';

/** Trainyard's tools for chat agents. They are loaded with the first use; what changes or costs something asks first. */
export class AgentTools implements Disposable {
  readonly #door: AgentDoor;
  readonly #own = new DisposableStore();
  #tools: Promise<Readonly<Record<ToolName, AgentTool>>> | undefined;

  constructor(door: AgentDoor) {
    this.#door = door;
    for (const name of toolNames) this.#own.add(vscode.lm.registerTool(name, this.#registered(name)));
  }

  dispose(): void {
    this.#own.dispose();
  }

  #registered(name: ToolName): vscode.LanguageModelTool<unknown> {
    return {
      prepareInvocation: async ({ input }, token) => {
        const tool = await this.#tool(name);
        return tool.prepare?.(input, toSignal(token));
      },
      invoke: async ({ input }, token) => {
        const tool = await this.#tool(name);
        const answer = await tool.run(input, toSignal(token));
        return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(answer))]);
      },
    };
  }

  async #tool(name: ToolName): Promise<AgentTool> {
    this.#tools ??= import('./later.js').then(({ makeTools }) => makeTools(this.#door));
    return (await this.#tools)[name];
  }
}
