import { access } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { JobSpec } from '../../jobs/job.js';
import { sourceReferences, uploadedFrom } from '../../jobs/sourceReferences.js';

/** More links than this help nobody, and each is looked at when the document changes. */
const mostLinks = 2_000;

/** The places of a log that lead to a file of the dataset's folder which is there. */
export async function linksOf(
  document: vscode.TextDocument,
  spec: Pick<JobSpec, 'id' | 'dataset'>,
): Promise<vscode.DocumentLink[]> {
  const known = new Map<string, string | null>();
  const links: vscode.DocumentLink[] = [];
  for (const { start, end, path, line } of sourceReferences(document.getText())) {
    const file = known.has(path) ? known.get(path) : await fileHere(spec, path);
    known.set(path, file ?? null);
    if (file == null) continue;
    const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
    const link = new vscode.DocumentLink(range, vscode.Uri.file(file).with({ fragment: `L${line}` }));
    link.tooltip = vscode.l10n.t('Open {0} at line {1}', vscode.workspace.asRelativePath(file), line);
    links.push(link);
    if (links.length === mostLinks) break;
  }
  return links;
}

async function fileHere(spec: Pick<JobSpec, 'id' | 'dataset'>, path: string): Promise<string | null> {
  const file = uploadedFrom(spec, path);
  if (file === null) return null;
  return access(file).then(
    () => file,
    () => null,
  );
}
