const level = '(?:DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL|STDOUT|STDERR|SUCCESS)';
const clock = '\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?';
const date = '\\d{4}[-/]\\d\\d[-/]\\d\\d';

/**
 * What loggers and launchers put before a line. A clock needs its colons: `[200]` is a boosting round.
 */
const prefixes = new RegExp(
  '^(?:' +
    [
      '\\[(?:rank|default)\\d{1,5}\\]:',
      '\\[ {0,12}\\d{1,9}\\.\\d{1,9}s\\]',
      '\\[\\d{1,6},(?:mpirank:)?\\d{1,6}(?:,[\\w-]{1,40})?\\]<std(?:out|err)>:(?:#015)?',
      `\\[?${date}[ T,]{1,2}${clock}(?:Z|[+-]\\d\\d:?\\d\\d)?\\]?(?: {0,3}[-|:](?= ))?`,
      `\\d\\d/\\d\\d/\\d{4} ${clock} -`,
      `\\[${clock}\\](?! (?:WARNING|INFO): )`,
      `\\[\\d\\d/\\d\\d ${clock} [\\w.]{1,80}\\]:`,
      `\\[${level}\\](?: {0,3}[-|:](?= ))?`,
      `${level}:[\\w.]{1,80}:`,
      `${level}: `,
      `[\\w.]{1,60} - ${level} -(?: [\\w.]{1,80} -)?`,
      `${level} -(?: [\\w.]{1,80} -)?`,
      `(?:\\| {0,2})?${level} {1,9}\\| [\\w.<>]{1,80}:(?:[\\w<>]{1,60}:)?\\d{0,6} -`,
      '\\(\\w{1,60} pid=\\d{1,9}(?:, ip=[\\d.]{1,20})?\\)',
      '\\[PID:\\d{1,9}\\]',
      '\\[RANK:\\d{1,5}\\]',
      '\\[[a-z_]{1,30}(?:\\.[a-z_]{1,40}){1,6}(?::\\d{1,6}|\\.\\w{1,60}:\\d{1,6})?\\]',
    ].join('|') +
    ') {0,2}',
);

/** How many prefixes may stand before one line. */
const maxPrefixes = 5;

/** The line without timestamps, ranks, log levels and logger names before it. */
export function withoutPrefixes(text: string): string {
  let rest = text;
  for (let count = 0; count < maxPrefixes && mayBegin(rest); count++) {
    const match = prefixes.exec(rest);
    if (!match) {
      break;
    }
    rest = rest.slice(match[0].length);
  }
  return rest;
}

/** Cheap, and true for every text that begins with a prefix. */
function mayBegin(text: string): boolean {
  const first = text[0] ?? '';
  if (first === '[' || first === '(' || first === '|') {
    return true;
  }
  if (first >= '0' && first <= '9') {
    return text[4] === '-' || text[4] === '/' || text[2] === '/';
  }
  return (first >= 'A' && first <= 'Z' && (text[1] ?? '') < 'a') || text.includes(' - ');
}
