import { problem, type Problem } from '../problem.js';

/** What can be wrong with a single line. */
export type FindingCode =
  | 'invalid'
  | 'not-object'
  | 'fields'
  | 'type'
  | 'form'
  | 'role'
  | 'no-answer'
  | 'same-role'
  | 'open-end'
  | 'late-system'
  | 'empty'
  | 'identical-pair'
  | 'empty-rejected'
  | 'repeated-prompt'
  | 'duplicate'
  | 'extra-fields'
  | 'secret'
  | 'personal';

/** Says that the line being looked at has this flaw. */
export type Tell = (code: FindingCode, detail?: string) => void;

interface Words {
  readonly severity: Problem['severity'];
  /** What follows `Line 3 of chat.jsonl (and 2 more like it)`. */
  readonly says: (detail: string) => string;
  readonly fix: string | null;
}

/** In the order in which they are told. */
const words: Readonly<Record<FindingCode, Words>> = {
  invalid: {
    severity: 'error',
    says: (why) => `is not valid JSON: ${why}`,
    fix: 'Write one JSON object per line, as a JSON library does.',
  },
  'not-object': {
    severity: 'error',
    says: (what) => `holds ${what} instead of an object with fields`,
    fix: 'Write one JSON object per line.',
  },
  fields: {
    severity: 'error',
    says: (difference) => `has other fields than the rest: ${difference}`,
    fix: 'Give all lines the same fields, or move these lines to a folder of their own.',
  },
  type: {
    severity: 'error',
    says: (what) => `cannot be read: ${what}`,
    fix: 'Write text there, or a list of messages.',
  },
  form: {
    severity: 'error',
    says: (difference) => difference,
    fix: 'Write all lines as texts, or all as messages.',
  },
  role: {
    severity: 'error',
    says: (role) => `has a message of '${role}', which no chat format knows`,
    fix: 'Call the roles system, user, assistant and tool.',
  },
  'no-answer': {
    severity: 'error',
    says: () => 'has no message of the assistant: there is nothing to learn from',
    fix: 'Add the answer, or remove the conversation.',
  },
  'same-role': {
    severity: 'warning',
    says: (role) => `has two ${role} messages in a row`,
    fix: 'Merge them: some models refuse such a conversation, others learn it badly.',
  },
  'open-end': {
    severity: 'warning',
    says: (role) => `ends with a ${role} message: nothing is learned from that end`,
    fix: 'Add the answer, or remove the last message.',
  },
  'late-system': {
    severity: 'warning',
    says: () => 'has a system message after its beginning',
    fix: 'Put it first: many chat formats know no other place for it.',
  },
  empty: {
    severity: 'warning',
    says: (what) => `has an empty ${what} text`,
    fix: 'Fill it in, or remove the line: the model would learn to say nothing.',
  },
  'identical-pair': {
    severity: 'warning',
    says: () => 'has the same answer as chosen and as rejected: nothing is learned from it',
    fix: 'Remove such pairs.',
  },
  'empty-rejected': {
    severity: 'warning',
    says: () => 'has an empty rejected answer',
    fix: 'Give a real answer that is worse: else the model only learns not to be silent.',
  },
  'repeated-prompt': {
    severity: 'warning',
    says: () => 'repeats the prompt at the beginning of chosen',
    fix: 'Leave the prompt out of chosen and rejected.',
  },
  'extra-fields': {
    severity: 'hint',
    says: (names) => `has fields that are not learned (${names})`,
    fix: null,
  },
  duplicate: {
    severity: 'hint',
    says: () => 'repeats an earlier line',
    fix: 'Remove repeats: they weigh double.',
  },
  secret: {
    severity: 'hint',
    says: (what) => `seems to hold ${what}`,
    fix: 'Remove it: the model may give it away.',
  },
  personal: {
    severity: 'hint',
    says: (what) => `holds ${what}`,
    fix: 'Make sure that the model may know it: it may give it away.',
  },
};

interface Found {
  count: number;
  readonly file: string;
  readonly line: number;
  readonly detail: string;
}

/** Counts what is wrong with lines, and keeps the first of each kind: a million bad lines are one sentence. */
export class Findings {
  readonly #found = new Map<FindingCode, Found>();
  #errors = 0;

  /** Lines that a training would stop at. */
  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  add(code: FindingCode, file: string, line: number, detail = ''): void {
    if (words[code].severity === 'error') this.#errors += 1;
    const found = this.#found.get(code);
    if (found) found.count += 1;
    else this.#found.set(code, { count: 1, file, line, detail });
  }

  problems(): Problem[] {
    return (Object.keys(words) as FindingCode[]).flatMap((code) => {
      const found = this.#found.get(code);
      return found ? [toProblem(code, found)] : [];
    });
  }
}

function toProblem(code: FindingCode, { count, file, line, detail }: Found): Problem {
  const { severity, says, fix } = words[code];
  const more = count > 1 ? ` (and ${(count - 1).toLocaleString('en')} more like it)` : '';
  const message = `Line ${line} of ${file}${more} ${says(detail)}.`;
  return problem(severity, `jsonl.${code}`, message, { file, line, fix });
}
