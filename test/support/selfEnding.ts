import type { SelfEndAttempt } from '../../src/providers/cloud.js';

type Values = Readonly<Record<string, string | undefined>>;

/**
 * Does what the watchdog on a machine does: the first attempt that is answered with success counts.
 * @param values the machine's environment, and what it was handed
 * @throws {Error} none was
 */
export async function endFromInside(attempts: readonly SelfEndAttempt[], values: Values): Promise<void> {
  const refusals: string[] = [];
  for (const attempt of attempts) {
    const refusal = await send(attempt, values);
    if (refusal === undefined) return;
    refusals.push(refusal);
  }
  throw new Error(`No attempt ended the machine: ${refusals.join('; ')}`);
}

/** @returns why it failed; `undefined` on success */
async function send(attempt: SelfEndAttempt, given: Values): Promise<string | undefined> {
  const found = attempt.find === null ? {} : await look(attempt.find, given);
  const values = { ...given, ...found };
  const answer = await fetch(filled(attempt.url, values), {
    method: attempt.method,
    headers: filledAll(attempt.headers, values),
    ...(attempt.body === null ? {} : { body: filled(attempt.body, values) }),
  });
  return answer.ok ? undefined : `${attempt.method} ${attempt.url} → ${answer.status} ${await answer.text()}`;
}

async function look(find: NonNullable<SelfEndAttempt['find']>, values: Values): Promise<Values> {
  const answer = await fetch(filled(find.url, values), {
    method: find.method,
    headers: filledAll(find.headers, values),
  });
  const all = ((await answer.json()) as Record<string, Record<string, unknown>[] | undefined>)[find.list];
  const where = Object.entries(filledAll(find.where, values));
  const entry = all?.find((each) => where.every(([name, value]) => each[name] === value));
  return { [find.as]: entry === undefined ? undefined : String(entry[find.field]) };
}

function filledAll(texts: Readonly<Record<string, string>>, values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, filled(text, values)]));
}

function filled(text: string, values: Values): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The machine has no ${name}.`);
    return value;
  });
}
