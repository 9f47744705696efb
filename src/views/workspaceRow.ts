import { basename, dirname } from 'node:path';
import type { Job } from '../jobs/job.js';
import { l10n } from '../l10n.js';
import { jobRow, type ListedJob } from './jobRow.js';
import { holds } from './modelsFolder.js';
import type { TreeRow } from './treeRow.js';

/** A row for each folder that jobs were started from, in the order of their newest jobs. */
export function workspaceRows(
  jobs: readonly ListedJob[],
  openFolders: readonly string[],
  now: number,
): TreeRow[] {
  const workspaces = new Map<string, ListedJob[]>();
  for (const facts of jobs) {
    const folder = workspaceOf(facts.job, openFolders);
    const its = workspaces.get(folder);
    if (its) its.push(facts);
    else workspaces.set(folder, [facts]);
  }
  return [...workspaces].map(([folder, its]) => workspaceRow(folder, its, openFolders, now));
}

/** The open folder that holds the dataset (the innermost of several), else the one that the model goes to. */
function workspaceOf({ spec }: Job, openFolders: readonly string[]): string {
  const [holder] = openFolders.filter((folder) => holds(folder, spec.dataset)).sort(longestFirst);
  return holder ?? dirname(spec.results.to);
}

const longestFirst = (a: string, b: string): number => b.length - a.length;

function workspaceRow(
  folder: string,
  jobs: readonly ListedJob[],
  openFolders: readonly string[],
  now: number,
): TreeRow {
  const id = `workspace:${folder}`;
  const isOpen = openFolders.includes(folder);
  return {
    id,
    subject: { kind: 'workspace' },
    label: basename(folder) || folder,
    description: isOpen ? '' : dirname(folder),
    facts: [
      [l10n.t('Folder'), folder],
      [l10n.t('Jobs'), String(jobs.length)],
    ],
    icon: { name: isOpen ? 'root-folder-opened' : 'folder' },
    tags: ['workspace'],
    children: jobs.map((facts) => jobRow(id, facts, now, { saysPlace: true })),
  };
}
