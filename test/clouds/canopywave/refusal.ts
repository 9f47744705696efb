import { type Answer, type CloudRequest, json, unknownFields } from '../base/cloudServer.js';

/** A request that CanopyWave does not carry out, in its way of saying so. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** An error is a text and nothing else. */
export function errorAnswer(status: number, message: string): Answer {
  return json(status, { error: message });
}

/**
 * What a request says, all texts but the `flags`: of GET and DELETE in the query, of POST in the body.
 * @throws {Refusal} something is missing, is no text, or is not known
 */
export function fieldsOf<const Name extends string, const Option extends string = never>(
  request: CloudRequest,
  required: readonly Name[],
  optional: readonly Option[] = [],
  flags: readonly string[] = [],
): Record<Name, string> & Partial<Record<Option, string>> {
  const given: unknown = request.method === 'POST' ? request.body : Object.fromEntries(request.query);
  if (typeof given !== 'object' || given === null) throw new Refusal(400, 'A JSON body is required');
  const [unknown] = unknownFields(given, [...required, ...optional, ...flags]);
  if (unknown !== undefined) throw new Refusal(400, `Unknown field ${unknown}`);
  const fields = new Map<string, unknown>(Object.entries(given));
  for (const name of required) if (!fields.has(name)) throw new Refusal(400, `${name} is required`);
  for (const [name, value] of fields) {
    const kind = flags.includes(name) ? 'boolean' : 'string';
    if (typeof value !== kind || value === '') throw new Refusal(400, `${name} must be a ${kind}`);
  }
  return Object.fromEntries(fields) as Record<Name, string> & Partial<Record<Option, string>>;
}
