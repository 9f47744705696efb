/** Why a line is not JSON, in words for somebody who wrote it by hand or by a script of their own. */
export function describeJsonFlaw(line: string, error: unknown): string {
  const text = line.trim();
  if (/^\{\s*'/.test(text)) return 'it uses single quotes; JSON wants double quotes';
  if (/^\{\s*[“”„]/.test(text) || /[“”]\s*:/.test(text))
    return 'it uses typographic quotes; JSON wants " and "';
  if (/[}\]]\s*,$/.test(text)) return 'it ends with a comma';
  if (/,\s*[}\]]/.test(text)) return 'there is a comma before a closing bracket';
  if (/:\s*(NaN|-?Infinity|None|True|False|undefined)\b/.test(text)) return describeWord(text);
  const reason = error instanceof Error ? error.message : '';
  if (/end of JSON input|Unterminated string/i.test(reason)) return 'it ends in the middle';
  if (/Bad control character/i.test(reason))
    return 'a tab or another control character stands in a text; write \\t';
  if (/after JSON/i.test(reason)) return 'something follows its end; every object needs a line of its own';
  const position = /at position (\d+)/.exec(reason)?.[1];
  if (Number(position) >= line.trimEnd().length) return 'it ends in the middle';
  return position === undefined
    ? 'a quote, comma or bracket is missing or too much'
    : flawNear(line, Number(position));
}

function describeWord(text: string): string {
  const [, word = ''] = /:\s*(NaN|-?Infinity|None|True|False|undefined)\b/.exec(text) ?? [];
  const instead = { True: 'true', False: 'false' }[word] ?? 'null';
  return `${word} is no JSON; write ${instead}`;
}

function flawNear(line: string, position: number): string {
  const near = line.slice(Math.max(0, position - 12), position + 12).trim();
  return `something is wrong at column ${position + 1}, near ${near}`;
}
