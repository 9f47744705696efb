import { l10n } from '../l10n.js';
import type { Problem, Repair } from '../recipes/datasets/problem.js';

/** Files are named up to this many; then they are counted. */
const mostNamed = 3;

/** `Changes data.yaml and labels/7.txt.`, or that nothing of the user's is changed. */
export function changesOf({ changes }: Pick<Repair, 'changes'>): string {
  if (changes.length === 0) return l10n.t('Only writes new files; yours stay as they are.');
  if (changes.length > mostNamed) {
    const more = changes.length - mostNamed + 1;
    const others = l10n.t('{0} more files', more.toLocaleString('en-US'));
    return l10n.t('Changes {0}.', listed([...changes.slice(0, mostNamed - 1), others]));
  }
  return l10n.t('Changes {0}.', listed(changes));
}

function listed(items: readonly string[]): string {
  const [last = '', ...before] = [...items].reverse();
  return before.length === 0 ? last : l10n.t('{0} and {1}', before.reverse().join(', '), last);
}

/** `2 errors and 1 warning`; empty when there are neither. Hints are no reason to worry anybody. */
export function countWords(problems: readonly Problem[]): string {
  const count = (severity: Problem['severity']): number =>
    problems.filter((problem) => problem.severity === severity).length;
  return listed([...errorWords(count('error')), ...warningWords(count('warning'))]);
}

function errorWords(count: number): string[] {
  if (count === 0) return [];
  return [count === 1 ? l10n.t('1 error') : l10n.t('{0} errors', count.toLocaleString('en-US'))];
}

function warningWords(count: number): string[] {
  if (count === 0) return [];
  return [count === 1 ? l10n.t('1 warning') : l10n.t('{0} warnings', count.toLocaleString('en-US'))];
}

/** What in a sentence may be the name of a file: `splits/val.txt` in `Wrote splits/val.txt with 20 images.` */
export function fileNamedIn(sentence: string): string[] {
  return sentence
    .split(/[\s,;:()'"`]+/)
    .map((word) => word.replace(/\.$/, ''))
    .filter((word) => /^[^/\\].*\.\w+$/.test(word) && !word.includes('..'));
}
