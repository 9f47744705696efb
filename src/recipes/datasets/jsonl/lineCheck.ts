import type { DatasetFile } from '../datasetFolder.js';
import type { ExampleCheck } from './exampleCheck.js';
import { isObject, type JsonObject } from './exampleKind.js';
import type { FindingCode, Findings } from './finding.js';
import { describeJsonFlaw } from './jsonFlaw.js';
import type { LineBatch } from './lineBatches.js';
import { personalIn, secretIn } from './privateData.js';
import { SeenLines } from './seenLines.js';
import { estimateTokens } from './textLength.js';
import { typeName } from './turns.js';

/** What some files hold. Tokens are estimates. */
export interface FileCount {
  readonly examples: number;
  readonly tokens: number;
  readonly longestTokens: number;
  /** Examples with more tokens than are learned. */
  readonly tooLong: number;
}

/** Looks at every line, remembering only counts and the first line of each kind of flaw. */
export class LineCheck {
  readonly #examples: ExampleCheck | undefined;
  readonly #findings: Findings;
  readonly #maxLength: number;
  readonly #seen = new SeenLines();
  #file = '';
  #line = 0;
  readonly #tell = (code: FindingCode, detail?: string): void => {
    this.#findings.add(code, this.#file, this.#line, detail);
  };

  /** Without `examples` only what is no JSON is told. */
  constructor(examples: ExampleCheck | undefined, findings: Findings, maxLength: number) {
    this.#examples = examples;
    this.#findings = findings;
    this.#maxLength = maxLength;
  }

  async readAll(
    files: readonly DatasetFile[],
    open: (path: string) => AsyncIterable<LineBatch>,
    onBytes: (done: number) => void,
  ): Promise<FileCount> {
    const count = { examples: 0, tokens: 0, longestTokens: 0, tooLong: 0 };
    let before = 0;
    for (const { path, bytes } of files) {
      this.#file = path;
      for await (const { lines, firstLine, bytesRead } of open(path)) {
        lines.forEach((line, index) => {
          this.#line = firstLine + index;
          const tokens = this.#read(line);
          if (tokens === undefined) return;
          count.examples += 1;
          count.tokens += tokens;
          if (tokens > count.longestTokens) count.longestTokens = tokens;
          if (tokens > this.#maxLength) count.tooLong += 1;
        });
        onBytes(before + bytesRead);
      }
      before += bytes;
    }
    return count;
  }

  /** Its tokens; `undefined` when it holds no example. */
  #read(line: string): number | undefined {
    if (isBlank(line)) return undefined;
    const example = this.#parse(line);
    if (!example || !this.#examples) return undefined;
    const characters = this.#examples.check(example, this.#tell);
    if (this.#seen.add(line)) this.#tell('duplicate');
    const secret = secretIn(line);
    if (secret !== undefined) this.#tell('secret', secret);
    const personal = personalIn(line);
    if (personal !== undefined) this.#tell('personal', personal);
    return estimateTokens(characters, line);
  }

  #parse(line: string): JsonObject | undefined {
    try {
      const value: unknown = JSON.parse(line);
      if (isObject(value)) return value;
      this.#tell('not-object', typeName(value));
    } catch (error) {
      this.#tell('invalid', describeJsonFlaw(line, error));
    }
    return undefined;
  }
}

/** As `line.trim() === ''`, without a copy of every line. */
function isBlank(line: string): boolean {
  const code = line.charCodeAt(0);
  return line === '' || (code <= 0x20 && line.trim() === '');
}
