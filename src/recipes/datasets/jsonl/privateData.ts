/** What a model should not learn by heart, and the text that each must hold, so that most lines cost one search. */
const secrets: readonly { readonly name: string; readonly sign: string; readonly pattern: RegExp }[] = [
  { name: 'a private key', sign: 'PRIVATE KEY', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  { name: 'an AWS access key', sign: 'AKIA', pattern: /\bAKIA[0-9A-Z]{16}\b/ },
  { name: 'a GitHub token', sign: 'gh', pattern: /\bgh[pousr]_[A-Za-z0-9]{36}/ },
  { name: 'a Hugging Face token', sign: 'hf_', pattern: /\bhf_[A-Za-z0-9]{30,}/ },
  { name: 'a Google API key', sign: 'AIza', pattern: /\bAIza[0-9A-Za-z_-]{35}/ },
  { name: 'a Slack token', sign: 'xox', pattern: /\bxox[abprs]-[0-9A-Za-z-]{10,}/ },
  { name: 'an API key', sign: 'sk-', pattern: /\bsk-[A-Za-z0-9_-]{20,}/ },
];

const email = /[\w.+-]+@[\w-]+\.[a-z]{2,}/i;
const iban = /\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){3,7}\b/;
/** Two letters and two digits, without which there is no IBAN. */
const ibanStart = /\b[A-Z]{2}\d{2}/;

/** `an AWS access key`; `undefined` when the line holds nothing of the kind. */
export function secretIn(line: string): string | undefined {
  return secrets.find(({ sign, pattern }) => line.includes(sign) && pattern.test(line))?.name;
}

/** `an e-mail address`; `undefined` when the line holds nothing of the kind. */
export function personalIn(line: string): string | undefined {
  if (line.includes('@') && email.test(line)) return 'an e-mail address';
  return ibanStart.test(line) && iban.test(line) ? 'a bank account number' : undefined;
}
