/** Pieces of sentences about many things, so that all checks say them alike. */

/** `1 image`, `12,000 images` */
export function countOf(count: number, noun: string, nouns = `${noun}s`): string {
  return `${numberOf(count)} ${count === 1 ? noun : nouns}`;
}

/** `1,797` */
export function numberOf(count: number): string {
  return count.toLocaleString('en-US');
}

const namesShown = 5;

/** `'cat', 'dog', …` */
export function listOf(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).map((name) => `'${name}'`);
  return names.length > namesShown ? `${shown.join(', ')}, …` : shown.join(', ');
}

/** ` and 3 other files`; empty when there are none. */
export function andOthers(count: number): string {
  return count === 0 ? '' : ` and ${countOf(count, 'other file')}`;
}

/** `a.txt`, `a.txt (and 3 more like it)`: the subject of a sentence in the singular. */
export function named(first: string, count: number): string {
  return count === 1 ? first : `${first} (and ${numberOf(count - 1)} more like it)`;
}

/** `3 of 10 images have`, `All 10 images have`, `The only image has`: the subject of a sentence, with its verb. */
export function shareOf(part: number, whole: number, noun: string): string {
  if (whole === 1) return `The only ${noun} has`;
  if (part === whole) return `All ${numberOf(whole)} ${noun}s have`;
  return `${numberOf(part)} of ${numberOf(whole)} ${noun}s ${part === 1 ? 'has' : 'have'}`;
}
