import { l10n } from '../l10n.js';

/** What a row stands for; commands of its menu get this. */
export type Subject =
  | { readonly kind: 'provider'; readonly provider: string }
  | {
      readonly kind: 'instance';
      readonly provider: string;
      readonly instance: string;
      /** The job that is on a rented machine. */
      readonly jobId: string | null;
    }
  | { readonly kind: 'job'; readonly jobId: string }
  /** The folder that jobs were started from. */
  | { readonly kind: 'workspace' }
  | { readonly kind: 'port'; readonly jobId: string; readonly port: number }
  | { readonly kind: 'problem' };

/** One row of the tree, as plain data. */
export interface TreeRow {
  /** `provider/instance/job`: the same row at every look. */
  readonly id: string;
  readonly subject: Subject;
  readonly label: string;
  readonly description: string;
  /** Facts for the tooltip, `name` and text each; the text is shown as it is. */
  readonly facts: readonly Fact[];
  readonly icon: RowIcon;
  /** Words that menus look for. */
  readonly tags: readonly string[];
  readonly children: readonly TreeRow[];
}

export type Fact = readonly [name: string, text: string];

/** A ThemeIcon; the colour says the state and nothing else. */
export interface RowIcon {
  readonly name: string;
  readonly color?: string;
}

/** The facts that are known. */
export function knownFacts(all: readonly (readonly [name: string, text: string | null])[]): Fact[] {
  return all.filter((fact): fact is Fact => fact[1] !== null);
}

/** An error is a row: it is there as long as its cause, and disturbs nobody. */
export function problemRow(id: string, message: string): TreeRow {
  return {
    id,
    subject: { kind: 'problem' },
    label: message,
    description: '',
    facts: [[l10n.t('Problem'), message]],
    icon: { name: 'warning', color: 'problemsWarningIcon.foreground' },
    tags: ['problem'],
    children: [],
  };
}
