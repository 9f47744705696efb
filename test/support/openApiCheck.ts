import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorObject, type ValidateFunction, Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { hasCode } from '../../src/errors.js';

/** A request as a simulator received it. */
export interface ApiRequest {
  readonly method: string;
  /** With the API's base path, without the query, decoded: `/v2/pods/abc`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The body as JSON; `undefined` when there was none. */
  readonly body: unknown;
}

/** A place where a provider's description is known to be wrong, and how that is known. */
export interface Excuse {
  /** Part of the misfit's line. */
  readonly misfit: string;
  readonly why: string;
}

/** Descriptions of the providers' interfaces; they are not part of the repository. */
const specFolder = join(import.meta.dirname, '..', '..', '..', 'shared', 'reference', 'specs');

/**
 * What is wrong with requests by the provider's own OpenAPI file (JSON or YAML, version 3.0 or 3.1): one line for each
 * misfit, none twice, none that is excused. `undefined` on a computer that does not have the file.
 */
export async function openApiMisfits(
  file: string,
  requests: readonly ApiRequest[],
  excuses: readonly Excuse[] = [],
): Promise<readonly string[] | undefined> {
  const text = await readSpec(join(specFolder, file));
  if (text === undefined) return undefined;
  const api = new OpenApi(file.endsWith('.json') ? JSON.parse(text) : parse(text));
  const lines = new Set(requests.flatMap((request) => api.misfits(request)));
  return [...lines].filter((line) => !excuses.some(({ misfit }) => line.includes(misfit)));
}

async function readSpec(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

type Json = Readonly<Record<string, unknown>>;

/** Where a parameter stands, what it is called, and what it may be. */
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Json;
  /** Its text is JSON. */
  readonly isJson: boolean;
  /** A list is one text with commas. */
  readonly hasCommas: boolean;
}

interface Operation {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly pathValues: ReadonlyMap<string, string>;
  readonly body: { readonly required: boolean; readonly schema: Json | undefined } | undefined;
}

/** One provider's description, ready to judge requests. */
export class OpenApi {
  readonly #spec: Json;
  readonly #base: string;
  readonly #strict = new Ajv2020(ajvOptions);
  /** Parameters are text on their way; the schema says what they stand for. */
  readonly #coercing = new Ajv2020({ ...ajvOptions, coerceTypes: true });
  readonly #compiled = new Map<Json, ValidateFunction>();

  constructor(spec: unknown) {
    const whole = object(spec);
    this.#spec = String(whole.openapi).startsWith('3.0') ? object(withoutNullable(whole)) : whole;
    const [server] = list(this.#spec.servers).map(object);
    this.#base = new URL(text(server?.url) ?? '/', 'http://api.invalid').pathname.replace(/\/$/, '');
  }

  /** One line for each thing the description does not allow. */
  misfits(request: ApiRequest): string[] {
    const operation = this.#operation(request);
    if (operation === undefined) return [`${request.method} ${request.path} is not in the description`];
    const misfits = [
      ...this.#unknownParameters(operation, request),
      ...this.#parameterMisfits(operation, request),
      ...this.#bodyMisfits(operation, request),
    ];
    return misfits.map((misfit) => `${operation.name}: ${misfit}`);
  }

  #operation({ method, path }: ApiRequest): Operation | undefined {
    if (!path.startsWith(this.#base)) return undefined;
    const asked = path.slice(this.#base.length).split('/');
    const candidates = Object.entries(object(this.#spec.paths)).flatMap(([template, item]) => {
      const found = this.#resolve(item)[method.toLowerCase()];
      const pathValues = found === undefined ? undefined : matchPath(template.split('/'), asked);
      return pathValues === undefined ? [] : [{ template, pathValues, item: this.#resolve(item), found }];
    });
    // A path without parameters is meant before one with them.
    candidates.sort((a, b) => a.pathValues.size - b.pathValues.size);
    const [best] = candidates;
    if (best === undefined) return undefined;
    const operation = object(best.found);
    return {
      name: `${method} ${this.#base}${best.template}`,
      parameters: [...list(best.item.parameters), ...list(operation.parameters)].map((parameter) =>
        this.#parameter(this.#resolve(parameter)),
      ),
      pathValues: best.pathValues,
      body:
        operation.requestBody === undefined ? undefined : this.#body(this.#resolve(operation.requestBody)),
    };
  }

  #parameter(parameter: Json): Parameter {
    const content = this.#resolve(object(parameter.content)['application/json']);
    return {
      name: String(parameter.name),
      in: String(parameter.in),
      required: parameter.required === true,
      schema: object(parameter.schema ?? content.schema),
      isJson: parameter.content !== undefined,
      hasCommas: parameter.explode === false,
    };
  }

  #body(body: Json): Operation['body'] {
    const content = object(object(body.content)['application/json']);
    return {
      required: body.required === true,
      schema: content.schema === undefined ? undefined : object(content.schema),
    };
  }

  #unknownParameters({ parameters }: Operation, { query }: ApiRequest): string[] {
    const known = new Set(parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name));
    return Object.keys(query)
      .filter((name) => !known.has(name))
      .map((name) => `unknown query parameter ${name}`);
  }

  #parameterMisfits({ parameters, pathValues }: Operation, { query }: ApiRequest): string[] {
    return parameters.flatMap((parameter) => {
      if (parameter.in !== 'query' && parameter.in !== 'path') return [];
      const what = `${parameter.in} parameter ${parameter.name}`;
      const given = parameter.in === 'query' ? query[parameter.name] : pathValues.get(parameter.name);
      if (given === undefined) return parameter.required ? [`${what} is missing`] : [];
      return this.#check(this.#coercing, parameter.schema, { value: this.#valueOf(parameter, given) }, what);
    });
  }

  #valueOf({ schema, isJson, hasCommas }: Parameter, given: string): unknown {
    if (isJson) return JSON.parse(given);
    if (this.#resolve(schema).type !== 'array') return given;
    return hasCommas ? given.split(',') : [given];
  }

  #bodyMisfits({ body }: Operation, request: ApiRequest): string[] {
    if (request.body === undefined) return body?.required === true ? ['the body is missing'] : [];
    if (body === undefined) return ['no body is expected'];
    if (body.schema === undefined) return [];
    return this.#check(this.#strict, body.schema, { value: request.body }, 'body');
  }

  /** Checks inside an object, since only there a value can be replaced by the one it stands for. */
  #check(ajv: Ajv2020, schema: Json, holder: { value: unknown }, what: string): string[] {
    const validate = this.#compiled.get(schema) ?? ajv.compile(this.#inItsPlace(schema));
    this.#compiled.set(schema, validate);
    if (validate(holder)) return [];
    return (validate.errors ?? []).map((error) => describe(error, what));
  }

  /** With everything that it may refer to. */
  #inItsPlace(schema: Json): Json {
    const { components, paths } = this.#spec;
    return { components, paths, type: 'object', properties: { value: schema } };
  }

  /** What a reference within the description stands for. */
  #resolve(item: unknown): Json {
    const reference = text(object(item).$ref);
    if (reference === undefined) return object(item);
    const steps = reference.slice(2).split('/').map(unescapePointer);
    return this.#resolve(steps.reduce<unknown>((place, step) => object(place)[step], this.#spec));
  }
}

const ajvOptions = { strict: false, allErrors: true, validateSchema: false, validateFormats: false } as const;

/** The values of a template's parameters, if the path is one of it. */
function matchPath(template: readonly string[], path: readonly string[]): Map<string, string> | undefined {
  if (template.length !== path.length) return undefined;
  const values = new Map<string, string>();
  for (const [index, part] of template.entries()) {
    const given = path[index] ?? '';
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (name !== undefined && given !== '') values.set(name, given);
    else if (part !== given) return undefined;
  }
  return values;
}

function describe({ instancePath, message, params }: ErrorObject, what: string): string {
  const place = instancePath.replace(/^\/value/, '');
  const detail = object(params);
  const about =
    text(detail.additionalProperty ?? detail.unevaluatedProperty) ?? list(detail.allowedValues).join();
  return `${what}${place} ${message ?? 'does not fit'}${about === '' ? '' : ` (${about})`}`;
}

/** OpenAPI 3.0 said `nullable` where JSON Schema says that `null` is one of the types. */
function withoutNullable(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(withoutNullable);
  if (typeof item !== 'object' || item === null) return item;
  const { nullable, ...rest } = object(item);
  if (typeof nullable !== 'boolean') return mapValues(object(item), withoutNullable);
  const schema = mapValues(rest, withoutNullable);
  return nullable ? { anyOf: [schema, { type: 'null' }] } : schema;
}

function mapValues(item: Json, change: (value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, change(value)]));
}

function unescapePointer(step: string): string {
  return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
}

function object(item: unknown): Json {
  return typeof item === 'object' && item !== null ? (item as Json) : {};
}

function list(item: unknown): readonly unknown[] {
  return Array.isArray(item) ? item : [];
}

function text(item: unknown): string | undefined {
  return typeof item === 'string' ? item : undefined;
}
