/** The one of `names` a person most likely meant by `given`; `undefined` when none is close. */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const wanted = given.trim().toLowerCase();
  const farthest = Math.max(1, Math.floor(wanted.length / 3));
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(wanted, name.trim().toLowerCase());
    if (distance <= farthest && distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best?.name;
}

const namesInSentence = 12;

/** The end of a sentence about an unknown name: `did you mean 'target'?` or `choose one of a, b, c.` */
export function suggest(given: string, names: readonly string[]): string {
  const name = nearestName(given, names);
  if (name !== undefined) return `did you mean '${name}'?`;
  const more = names.length > namesInSentence ? ', …' : '.';
  return `choose one of ${names.slice(0, namesInSentence).join(', ')}${more}`;
}

/** How many letters must be put in, left out, changed or swapped with their neighbour (at most once each). */
function editDistance(from: string, to: string): number {
  const [a, b] = [Array.from(from), Array.from(to)];
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  a.forEach((letter, row) => {
    const current = [row + 1];
    b.forEach((other, column) => {
      const replaced = at(previous, column) + (letter === other ? 0 : 1);
      let distance = Math.min(replaced, at(previous, column + 1) + 1, at(current, column) + 1);
      if (column > 0 && letter === b[column - 1] && other === a[row - 1] && row > 0) {
        distance = Math.min(distance, at(beforePrevious, column - 1) + 1);
      }
      current.push(distance);
    });
    beforePrevious = previous;
    previous = current;
  });
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
