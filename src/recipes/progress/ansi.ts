const escapeCharacter = String.fromCharCode(27);
const bell = String.fromCharCode(7);

/** Colours and cursor movement (CSI), titles and links (OSC), and the two-character escapes. */
export const sequences = new RegExp(
  `${escapeCharacter}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${bell}${escapeCharacter}]*(?:${bell}|${escapeCharacter}\\\\)?|[@-Z\\\\^_])`,
  'g',
);
const cursorUp = new RegExp(`${escapeCharacter}\\[\\d{0,4}A`);

/** The texts between cursor-up movements, without escape sequences: each is one state of the screen's line. */
export function plainTexts(raw: string): readonly string[] {
  if (!raw.includes(escapeCharacter)) {
    return [raw];
  }
  return raw.split(cursorUp).map((text) => text.replace(sequences, ''));
}
