import { join } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import type { Draft, TrainRequest } from '../jobs/plan.js';
import type { Problem, Repair } from '../recipes/datasets/problem.js';
import { digest } from '../recipes/datasets/problemDigest.js';

/** Who says it, beside each problem. */
const source = 'Trainyard';
/** More of a kind say no more to a person; a further line says how many there are. */
const mostOfAKind = 100;
/** Longer than a line that people look at; VS Code ends it with the line. */
const lineEnd = 10_000;

/** Something that can be repaired, and what to look at again afterwards. */
export interface Repairable {
  readonly repair: Repair;
  readonly problem: Problem;
  /** Absolute path of the dataset folder. */
  readonly dataset: string;
  /** The check that found it. */
  readonly request: TrainRequest;
}

interface Finding {
  readonly uri: vscode.Uri;
  readonly diagnostic: vscode.Diagnostic;
  /** The id that a code action names. */
  readonly repairId: string | undefined;
}

interface Checked {
  readonly findings: readonly Finding[];
  readonly repairs: ReadonlyMap<string, Repairable>;
}

/**
 * What the checks of datasets found, in the Problems panel, on the files themselves, until the dataset is checked again;
 * with a quick fix where there is a repair.
 */
export class DatasetProblems implements vscode.CodeActionProvider, Disposable {
  readonly #own = new DisposableStore();
  readonly #shown = this.#own.add(vscode.languages.createDiagnosticCollection('trainyard'));
  /** By dataset folder. */
  readonly #checked = new Map<string, Checked>();
  #repairsSeen = 0;

  constructor() {
    const providedCodeActionKinds = [vscode.CodeActionKind.QuickFix];
    this.#own.add(
      vscode.languages.registerCodeActionsProvider({ scheme: 'file' }, this, { providedCodeActionKinds }),
    );
  }

  /** Shows what a check found in place of what the one before it found in the same dataset. */
  async show(request: TrainRequest, { spec: { dataset }, check }: Draft): Promise<void> {
    const repairs = new Map<string, Repairable>();
    const ids = new Map<Repair, string>();
    for (const problem of check.problems) {
      const { repair } = problem;
      if (!repair || ids.has(repair)) continue;
      const id = String((this.#repairsSeen += 1));
      ids.set(repair, id);
      repairs.set(id, { repair, problem, dataset, request });
    }
    const told = digest(check.problems, mostOfAKind);
    const anchor = await anchorFor(dataset, request.path, told);
    const findings = told.map((problem) => ({
      uri: vscode.Uri.file(join(dataset, problem.file ?? anchor)),
      diagnostic: toDiagnostic(problem),
      repairId: problem.repair && ids.get(problem.repair),
    }));
    this.#replace(dataset, { findings, repairs });
  }

  /** Every repair that is offered now, or those of one dataset. */
  repairs(dataset?: string): readonly Repairable[] {
    return [...this.#checked]
      .filter(([folder]) => dataset === undefined || folder === dataset)
      .flatMap(([, { repairs }]) => [...repairs.values()]);
  }

  /** The repair of a code action; `undefined` when its dataset has been checked again since. */
  repair(id: string): Repairable | undefined {
    for (const { repairs } of this.#checked.values()) {
      const found = repairs.get(id);
      if (found) return found;
    }
    return undefined;
  }

  provideCodeActions({ uri }: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    return this.#findingsOf(uri.toString()).flatMap(({ diagnostic, repairId }) => {
      if (repairId === undefined || !diagnostic.range.intersection(range)) return [];
      const known = this.repair(repairId);
      return known ? [toCodeAction(known, diagnostic, repairId)] : [];
    });
  }

  dispose(): void {
    this.#own.dispose();
  }

  /** Datasets may lie in each other, and then say something about the same file. */
  #replace(dataset: string, checked: Checked): void {
    const before = this.#checked.get(dataset)?.findings ?? [];
    this.#checked.set(dataset, checked);
    const uris = new Map([...before, ...checked.findings].map(({ uri }) => [uri.toString(), uri]));
    for (const [key, uri] of uris) {
      this.#shown.set(
        uri,
        this.#findingsOf(key).map(({ diagnostic }) => diagnostic),
      );
    }
  }

  #findingsOf(uri: string): Finding[] {
    return [...this.#checked.values()].flatMap(({ findings }) =>
      findings.filter((finding) => finding.uri.toString() === uri),
    );
  }
}

const severities: Readonly<Record<Problem['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  hint: vscode.DiagnosticSeverity.Information,
};

function toDiagnostic({ severity, code, line, message, fix }: Problem): vscode.Diagnostic {
  const row = (line ?? 1) - 1;
  const diagnostic = new vscode.Diagnostic(
    new vscode.Range(row, 0, row, line === null ? 0 : lineEnd),
    fix === null ? message : `${message} ${fix}`,
    severities[severity],
  );
  diagnostic.source = source;
  diagnostic.code = code;
  return diagnostic;
}

function toCodeAction({ repair }: Repairable, diagnostic: vscode.Diagnostic, id: string): vscode.CodeAction {
  const action = new vscode.CodeAction(repair.title, vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  action.isPreferred = true;
  action.command = { command: 'trainyard.dataset.repair', title: repair.title, arguments: [id] };
  return action;
}

/** The file that stands for the folder; looked for only when something concerns the folder as a whole. */
async function anchorFor(dataset: string, path: string, problems: readonly Problem[]): Promise<string> {
  if (problems.every(({ file }) => file !== null)) return '';
  const { anchorOf } = await import('./launch/problemAnchor.js');
  return anchorOf(dataset, path, problems);
}
