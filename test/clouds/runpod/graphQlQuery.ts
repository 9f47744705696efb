/** One field that is asked for, with what is asked for inside it. */
export interface Field {
  readonly alias: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly fields: readonly Field[];
}

export class GraphQlSyntaxError extends Error {}

const token = /\s*([{}():,[\]!$=]|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|[A-Za-z_]\w*)/y;

/** Reads one operation: fields, aliases, arguments and variables; no fragments or directives. */
export function parseQuery(query: string, variables: Readonly<Record<string, unknown>>): Operation {
  return new Parser(query, variables).operation();
}

export interface Operation {
  readonly kind: 'query' | 'mutation';
  readonly fields: readonly Field[];
}

class Parser {
  readonly #tokens: string[] = [];
  readonly #variables: Readonly<Record<string, unknown>>;

  constructor(query: string, variables: Readonly<Record<string, unknown>>) {
    this.#variables = variables;
    token.lastIndex = 0;
    for (let at = 0; at < query.trimEnd().length; at = token.lastIndex) {
      const found = token.exec(query)?.[1];
      if (found === undefined) throw new GraphQlSyntaxError(`Syntax Error: unexpected character at ${at}`);
      this.#tokens.push(found);
    }
  }

  operation(): Operation {
    const kind = this.#is('mutation') ? 'mutation' : 'query';
    while (this.#tokens[0] !== '{' && this.#tokens[0] !== '(') this.#next();
    if (this.#is('(')) while (!this.#is(')')) this.#next();
    return { kind, fields: this.#selection() };
  }

  #selection(): readonly Field[] {
    this.#expect('{');
    const fields: Field[] = [];
    while (!this.#is('}')) fields.push(this.#field());
    return fields;
  }

  #field(): Field {
    const alias = this.#next();
    const name = this.#is(':') ? this.#next() : alias;
    const args = this.#is('(') ? this.#pairs(')') : {};
    return { alias, name, args, fields: this.#tokens[0] === '{' ? this.#selection() : [] };
  }

  #pairs(end: string): Record<string, unknown> {
    const pairs: Record<string, unknown> = {};
    while (!this.#is(end)) {
      const name = this.#next();
      this.#expect(':');
      pairs[name] = this.#value();
      this.#is(',');
    }
    return pairs;
  }

  #value(): unknown {
    const first = this.#next();
    if (first === '{') return this.#pairs('}');
    if (first === '$') return this.#variables[this.#next()];
    if (first === '[') {
      const items: unknown[] = [];
      while (!this.#is(']')) {
        items.push(this.#value());
        this.#is(',');
      }
      return items;
    }
    // What is left is JSON, or the word of an enumeration.
    return /^["\d-]|^(true|false|null)$/.test(first) ? (JSON.parse(first) as unknown) : first;
  }

  /** Takes the next token if it is this one. */
  #is(text: string): boolean {
    if (this.#tokens[0] !== text) return false;
    this.#tokens.shift();
    return true;
  }

  #expect(text: string): void {
    if (!this.#is(text)) throw new GraphQlSyntaxError(`Syntax Error: expected ${text}`);
  }

  #next(): string {
    const next = this.#tokens.shift();
    if (next === undefined) throw new GraphQlSyntaxError('Syntax Error: unexpected end');
    return next;
  }
}
