const string = String.raw`"(?:[^"\\]|\\.)*"`;
const list = String.raw`\[(?:${string}|[^[\]"]|\[(?:${string}|[^[\]"])*\])*\]`;
const object = String.raw`\{(?:${string}|[^{}"]|\{(?:${string}|[^{}"])*\})*\}`;
const names =
  '[a-z_]*(?:token|password|secret|api_?key|private_?key)|jupyter_url|ssh_key|onstart|extra_env|env';
/** Fields whose values are secrets wherever they stand in an answer. Sources: the providers' own descriptions of their answers. */
const secretFields = new RegExp(`("(?:${names})"\\s*:\\s*)(?:${string}|${list}|${object})`, 'gi');

/** `text` with every secret in it replaced, fit for a log or an error. */
export function redact(text: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret.length > 0);
  const withoutKeys = known.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  return withoutKeys.replace(secretFields, '$1"***"').replace(/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 ***');
}
