/** Where somebody writes in a run file. */
export interface Cursor {
  /** The names above, from the top: `['resources']`. */
  readonly path: readonly string[];
  /** The field whose value, or an item of it, is written; `null` where a name is. */
  readonly field: string | null;
  /** Where the word at the cursor begins. */
  readonly start: number;
  /** Columns that stand before a name in a block; `null` between brackets. */
  readonly indent: number | null;
}

/**
 * Where `offset` is, by brackets and indentation: what is being written is seldom YAML yet.
 * @returns `undefined` inside a comment
 */
export function cursorAt(text: string, offset: number): Cursor | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const start = offset - (/[^\s,[\]{}"']*$/.exec(text.slice(lineStart, offset))?.[0].length ?? 0);
  const brackets = openBrackets(text, blockStart(text, lineStart), offset);
  if (brackets === 'comment') return undefined;
  const [outermost] = brackets;
  if (!outermost) return blockCursor(text, lineStart, offset, start);
  const above = blockCursor(text, text.lastIndexOf('\n', outermost.at - 1) + 1, outermost.at, outermost.at);
  const outer = [...above.path, ...(above.field === null ? [] : [above.field])];
  const names = brackets.slice(1).flatMap(({ field }) => (field === null ? [] : [field]));
  return flowCursor([...outer, ...names], brackets.at(-1) ?? outermost, text.slice(0, offset), start);
}

interface Bracket {
  readonly kind: '[' | '{';
  readonly at: number;
  /** The name before it, inside another bracket. */
  readonly field: string | null;
  /** Behind the last comma in it, or the bracket. */
  part: number;
}

const fieldBefore = /(?:^|[\s,{[])([\w.-]+)\s*:\s*$/;

/** The brackets that are open at `end`, outermost first. */
function openBrackets(text: string, from: number, end: number): readonly Bracket[] | 'comment' {
  const open: Bracket[] = [];
  let quote: string | null = null;
  for (let at = from; at < end; at += 1) {
    const letter = text.charAt(at);
    if (quote !== null) {
      if (letter === quote || letter === '\n') quote = null;
    } else if ((letter === '"' || letter === "'") && /[\s,:[{]/.test(text.charAt(at - 1))) {
      quote = letter;
    } else if (letter === '#' && /\s/.test(text.charAt(at - 1) || ' ')) {
      const newline = text.indexOf('\n', at);
      if (newline === -1 || newline >= end) return 'comment';
      at = newline;
    } else if (letter === '{' || letter === '[') {
      const before = text.slice(open.at(-1)?.part ?? from, at);
      if (open.length === 0 && !/[:-]\s*$/.test(before)) continue;
      open.push({ kind: letter, at, field: fieldBefore.exec(before)?.[1] ?? null, part: at + 1 });
    } else if (letter === '}' || letter === ']') {
      open.pop();
    } else if (letter === ',') {
      const last = open.at(-1);
      if (last) last.part = at + 1;
    }
  }
  return open;
}

/** The start of the line that begins what `lineStart` belongs to: the last one without indentation. */
function blockStart(text: string, lineStart: number): number {
  for (let at = lineStart; at > 0; at = text.lastIndexOf('\n', at - 2) + 1) {
    if (/[^\s#]/.test(text.charAt(at))) return at;
  }
  return 0;
}

function flowCursor(path: readonly string[], bracket: Bracket, before: string, start: number): Cursor {
  if (bracket.kind === '[')
    return { path: path.slice(0, -1), field: path.at(-1) ?? null, start, indent: null };
  const [, field = null] = /^\s*([\w.-]+)\s*:\s/.exec(before.slice(bracket.part)) ?? [];
  return { path, field, start, indent: null };
}

function blockCursor(text: string, lineStart: number, offset: number, start: number): Cursor {
  const line = text.slice(lineStart, offset);
  const item = /^(\s*)-(\s|$)/.exec(line);
  if (item) {
    // Items may stand as far left as the name of their list.
    const path = namesAbove(text, lineStart, (item[1]?.length ?? 0) + 1);
    return { path: path.slice(0, -1), field: path.at(-1) ?? null, start, indent: null };
  }
  const [, spaces = '', field = null] = /^(\s*)(?:([\w.-]+)\s*:(?:\s|$))?/.exec(line) ?? [];
  const indent = spaces.length;
  return { path: namesAbove(text, lineStart, indent), field, start, indent };
}

/** The names that a line with this indentation stands below, from the top. */
function namesAbove(text: string, lineStart: number, indent: number): string[] {
  const names: string[] = [];
  let least = indent;
  for (const line of text.slice(0, lineStart).split('\n').reverse()) {
    const [, spaces = '', name] = /^(\s*)([\w.-]+)\s*:/.exec(line) ?? [];
    if (name === undefined || spaces.length >= least) continue;
    names.unshift(name);
    least = spaces.length;
    if (least === 0) break;
  }
  return names;
}
