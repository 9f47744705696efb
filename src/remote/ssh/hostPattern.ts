/**
 * Whether a name matches a list of OpenSSH patterns (`*`, `?`, and `!` which excludes), as in the Host lines of
 * ssh_config and the first field of known_hosts. Case does not count.
 */
export function matchesHostPatterns(patterns: readonly string[], name: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith('!');
    if (!toRegExp(negated ? pattern.slice(1) : pattern).test(name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** Whether a pattern names more than one host, or none: it cannot be connected to by itself. */
export function isPattern(pattern: string): boolean {
  return /^!|[*?]/.test(pattern);
}

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i');
}
