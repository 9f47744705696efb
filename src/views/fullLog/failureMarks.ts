import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../disposable.js';
import { failingLines, type FailingLine } from '../../recipes/progress/index.js';
import { logScheme } from './logAddress.js';

/**
 * Marks the lines of logs that say what went wrong: in the editor and its ruler, in the gutter, and, for pages of a full
 * log, as problems, so that *Go to Next Problem* leads through them.
 */
export class FailureMarks implements Disposable {
  readonly #own = new DisposableStore();
  readonly #problems = this.#own.add(vscode.languages.createDiagnosticCollection('trainyard-log'));
  readonly #mark: vscode.TextEditorDecorationType;

  /** @param media the folder of the extension's pictures */
  constructor(media: vscode.Uri) {
    this.#mark = this.#own.add(
      vscode.window.createTextEditorDecorationType({
        isWholeLine: true,
        backgroundColor: new vscode.ThemeColor('inputValidation.errorBackground'),
        overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.errorForeground'),
        overviewRulerLane: vscode.OverviewRulerLane.Full,
        gutterIconPath: vscode.Uri.joinPath(media, 'failing-line.svg'),
        gutterIconSize: 'contain',
      }),
    );
  }

  /** Marks what the text says now. */
  show(editor: vscode.TextEditor): void {
    const { document } = editor;
    const found = failingLines(document.getText()).filter(({ line }) => line < document.lineCount);
    editor.setDecorations(
      this.#mark,
      found.map(({ line, failure }) => ({
        range: document.lineAt(line).range,
        hoverMessage: new vscode.MarkdownString().appendText(`${failure.message} ${failure.fix}`),
      })),
    );
    if (document.uri.scheme !== logScheme) return;
    this.#problems.set(
      document.uri,
      found.map((failing) => toDiagnostic(failing, document)),
    );
  }

  /** A page that nobody looks at any more is no problem. */
  forget({ uri }: vscode.TextDocument): void {
    this.#problems.delete(uri);
  }

  dispose(): void {
    this.#own.dispose();
  }
}

function toDiagnostic(
  { line, from, failure }: FailingLine,
  document: vscode.TextDocument,
): vscode.Diagnostic {
  const { range } = document.lineAt(line);
  const diagnostic = new vscode.Diagnostic(
    range,
    `${failure.message} ${failure.fix}`,
    vscode.DiagnosticSeverity.Error,
  );
  diagnostic.source = 'Trainyard';
  diagnostic.code = failure.code;
  if (from !== line) {
    const beginning = new vscode.Location(document.uri, document.lineAt(from).range);
    diagnostic.relatedInformation = [
      new vscode.DiagnosticRelatedInformation(beginning, vscode.l10n.t('The traceback begins here.')),
    ];
  }
  return diagnostic;
}
