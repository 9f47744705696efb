/** Letters per token, as most tokenizers have it for Latin script, and for the others. */
const charactersPerToken = 4;
const foreignCharactersPerToken = 1.5;

/** About how many tokens so many characters of a line are: a line tells which script it is written in. */
export function estimateTokens(characters: number, line: string): number {
  const foreign = foreignShare(line);
  return characters * ((1 - foreign) / charactersPerToken + foreign / foreignCharactersPerToken);
}

/** Of the letters of a line, those beyond Latin and Greek; a few of them are looked at. */
function foreignShare(line: string): number {
  const step = Math.max(1, Math.floor(line.length / 64));
  let looked = 0;
  let foreign = 0;
  for (let index = 0; index < line.length; index += step) {
    looked += 1;
    if (line.charCodeAt(index) > 0x3ff) foreign += 1;
  }
  return looked === 0 ? 0 : foreign / looked;
}
