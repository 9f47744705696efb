import { posix } from 'node:path';
import type { DatasetFolder } from './datasetFolder.js';
import { problem, type Problem } from './problem.js';

/** What a requirements file asks for, with what it includes, and why some of it cannot be had on a machine. */
export interface Requirements {
  readonly requirements: readonly string[];
  readonly constraints: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Reads a pip requirements file of the folder and everything it includes by `-r` and `-c`.
 * Lines mean on the machine what they mean here, so those that name files of this computer are problems.
 */
export async function readRequirements(
  folder: DatasetFolder,
  path: string,
  signal: AbortSignal,
): Promise<Requirements> {
  const reading = new Reading(folder, signal);
  await reading.read(path, 'requirements');
  return reading;
}

type Kind = 'requirements' | 'constraints';

const include = /^(?:(-r|--requirement)|-c|--constraint)(?:\s+|=|(?<=^-[rc]))(\S.*)$/;
const editable = /^(?:-e|--editable)(?:\s+|=)/;
const fileOption = /^(?:-f|--find-links)(?:\s+|=)(?!https?:)/;
const remoteUrl = /^(?:\w+\+)?(?:https?|ssh|git):\/\//i;
const localRequirement =
  /^(?:\.{1,2}(?:[[\\/]|$)|\/|~[\\/]|[A-Za-z]:[\\/]|file:|[^\s@;]+[\\/])|\.(?:whl|zip|tar\.gz)$|@\s*file:/;
const urlWithPassword = /:\/\/[^/\s@:]+:(?!\$\{)[^/\s@]+@|:\/\/(?!\$\{|git@)[^/\s@:]{16,}@/;

class Reading implements Requirements {
  readonly requirements: string[] = [];
  readonly constraints: string[] = [];
  readonly problems: Problem[] = [];
  readonly #folder: DatasetFolder;
  readonly #signal: AbortSignal;
  readonly #seen = new Set<string>();

  constructor(folder: DatasetFolder, signal: AbortSignal) {
    this.#folder = folder;
    this.#signal = signal;
  }

  async read(path: string, kind: Kind): Promise<void> {
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    for (const { text, number } of logicalLines(await this.#folder.text(path, this.#signal))) {
      const match = include.exec(text);
      if (match) await this.#include(path, number, match[2] ?? '', match[1] ? kind : 'constraints');
      else this.#add(path, number, text, kind);
    }
  }

  async #include(path: string, line: number, target: string, kind: Kind): Promise<void> {
    const included = posix.normalize(posix.join(posix.dirname(path), target));
    if (await this.#folder.find(included, this.#signal)) return this.read(included, kind);
    const message = `${path}:${line} includes ${target}, which is not in the folder.`;
    this.problems.push(
      refuse('requirements.include', path, line, message, 'Add the file, or take the line out.'),
    );
  }

  #add(path: string, line: number, text: string, kind: Kind): void {
    const reason = reasonToRefuse(text);
    if (reason) {
      const message = `${path}:${line} ${reason.what}.`;
      this.problems.push(refuse(reason.code, path, line, message, reason.fix));
    } else this[kind].push(text);
  }
}

function refuse(code: string, file: string, line: number, message: string, fix: string): Problem {
  return problem('error', code, message, { file, line, fix });
}

interface Reason {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
}

/** Why a requirement cannot be installed on another machine; `undefined` when nothing speaks against it. */
export function reasonToRefuse(text: string): Reason | undefined {
  if (urlWithPassword.test(text)) {
    return {
      code: 'requirements.secret',
      what: 'holds a password, which would end up in logs',
      fix: "Take it out, and put it into the machine's own pip or uv settings.",
    };
  }
  const source = text.replace(editable, '');
  const isLocal =
    fileOption.test(text) || (!remoteUrl.test(source) && localRequirement.test(withoutMarker(source)));
  if (!isLocal) return undefined;
  return {
    code: 'requirements.local-path',
    what: `installs from a path of this computer (${source})`,
    fix: 'Name a published package or an https:// address instead; code of the folder itself needs no installing.',
  };
}

/** Options of an index (`--extra-index-url https://…`) and markers may hold slashes without naming a path. */
function withoutMarker(source: string): string {
  if (source.startsWith('-') || /@\s*(?:\w+\+)?https?:/.test(source)) return '';
  return (source.split(/\s+--|;/)[0] ?? '').trim();
}

/** Lines without comments, joined where they end in a backslash; `number` is that of the first. */
function logicalLines(text: string): { text: string; number: number }[] {
  const lines: { text: string; number: number }[] = [];
  let open: { text: string; number: number } | undefined;
  text.split(/\r\n|\r|\n/).forEach((raw, index) => {
    const line = raw.replace(/(^|\s)#.*$/, '');
    const current = open ? { ...open, text: open.text + line } : { text: line, number: index + 1 };
    open = current.text.endsWith('\\') ? { ...current, text: current.text.slice(0, -1) } : undefined;
    if (!open) lines.push(current);
  });
  return [...lines, ...(open ? [open] : [])]
    .map((line) => ({ ...line, text: line.text.trim() }))
    .filter((line) => line.text !== '');
}
