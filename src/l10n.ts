/** By the English text. What is not there is said in English. */
export type Translations = Readonly<Record<string, string>>;

let translations: Translations = {};

/** Lets {@link l10n} speak the language of the user. The door says it once, before anything is said; the CLI never does. */
export function speak(translated: Translations): void {
  translations = translated;
}

/**
 * The texts of what does not know VS Code, said as `vscode.l10n.t` does and out of the same files: `l10n/`. A text is
 * translated when it is said, so a table of texts that is made while its module is loaded stays English.
 */
export const l10n = {
  /** @param text in English, written out; `{0}` stands for the first value */
  t(text: string, ...values: readonly (string | number)[]): string {
    const said = translations[text] ?? text;
    if (values.length === 0) return said;
    return said.replace(/\{(\d+)\}/g, (mark, index) => String(values[Number(index)] ?? mark));
  },
};
