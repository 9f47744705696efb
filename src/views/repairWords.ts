import type { Problem, Repair } from '../recipes/datasets/problem.js';

/** Files are named up to this many; then they are counted. */
const mostNamed = 3;

/** `Changes data.yaml and labels/7.txt.`, or that nothing of the user's is changed. */
export function changesOf({ changes }: Pick<Repair, 'changes'>): string {
  if (changes.length === 0) return 'Only writes new files; yours stay as they are.';
  if (changes.length > mostNamed) {
    const more = changes.length - mostNamed + 1;
    return `Changes ${listed([...changes.slice(0, mostNamed - 1), `${more.toLocaleString('en-US')} more files`])}.`;
  }
  return `Changes ${listed(changes)}.`;
}

function listed(items: readonly string[]): string {
  const [last = '', ...before] = [...items].reverse();
  return before.length === 0 ? last : `${before.reverse().join(', ')} and ${last}`;
}

/** `2 errors and 1 warning`; empty when there are neither. Hints are no reason to worry anybody. */
export function countWords(problems: readonly Problem[]): string {
  const counted = (severity: Problem['severity']): string[] => {
    const count = problems.filter((problem) => problem.severity === severity).length;
    if (count === 0) return [];
    return [`${count.toLocaleString('en-US')} ${severity}${count === 1 ? '' : 's'}`];
  };
  return listed([...counted('error'), ...counted('warning')]);
}

/** What in a sentence may be the name of a file: `splits/val.txt` in `Wrote splits/val.txt with 20 images.` */
export function fileNamedIn(sentence: string): string[] {
  return sentence
    .split(/[\s,;:()'"`]+/)
    .map((word) => word.replace(/\.$/, ''))
    .filter((word) => /^[^/\\].*\.\w+$/.test(word) && !word.includes('..'));
}
