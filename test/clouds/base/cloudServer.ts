import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { delay } from '../../../src/delay.js';
import { type Fault, type FaultPoint, type Faults, isAnswerFault, type TroubleFault } from './faults.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a route is asked. */
export interface CloudRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  /** The parts that the route's pattern names, decoded: `{ id: 'abc' }` for `/pods/:id`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** What the body says as JSON; `undefined` when there is none. */
  readonly body: unknown;
  /** What goes wrong and is the route's to do: capacity, stale lists. The rest the server does. */
  readonly fault: Fault | undefined;
}

/** What is answered: JSON, plain text, or a status alone. */
export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type RouteHandler = (request: CloudRequest) => Answer | Promise<Answer>;

export interface RouteOptions {
  /** Asks the faults at this point; without one nothing goes wrong here. */
  readonly point?: FaultPoint;
}

/** How this provider says what every API has to say. */
export interface ProviderManners {
  /** Asked before every route: a wrong key, a limit of its own. `undefined` lets the request through. */
  admit(request: CloudRequest): Answer | undefined;
  /** No route fits. */
  unknownRoute(request: CloudRequest): Answer;
  /** The body is not JSON. */
  badJson(request: CloudRequest): Answer;
  /** The words and headers of a 429, 500 or 503; the status is the fault's. */
  trouble(fault: TroubleFault, request: CloudRequest): Answer;
}

/** A request as tests look at it afterwards. */
export interface RecordedRequest {
  /** Real milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** The pattern of its route, `/pods/:id`; `null` where none fitted. */
  readonly route: string | null;
  readonly query: Readonly<Record<string, string>>;
  /** Without the key. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** The beginning of the SHA-256 of the Authorization header; `null` without one. */
  readonly authorization: string | null;
  readonly body: unknown;
  readonly fault: Fault | undefined;
  /** What was answered; `null` when the connection was broken or left hanging, or while it is being answered. */
  status: number | null;
}

/** An HTTP API on loopback: routes, faults, and a record of all that was asked. */
export class CloudServer {
  readonly requests: RecordedRequest[] = [];
  readonly #manners: ProviderManners;
  readonly #faults: Faults;
  readonly #routes: Route[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #closing = new AbortController();

  constructor(manners: ProviderManners, faults: Faults) {
    this.#manners = manners;
    this.#faults = faults;
  }

  /** The first route that fits answers. A pattern is a path in which `:name` stands for one part. */
  route(method: Method, pattern: string, handler: RouteHandler, { point }: RouteOptions = {}): void {
    this.#routes.push({ method, pattern, expression: expressionOf(pattern), handler, point });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** `http://127.0.0.1:PORT` */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The server does not listen yet.');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Requests of a method and route so far, in order: `asked('GET', '/v2/pods')`. */
  asked(method: Method, pattern: string): readonly RecordedRequest[] {
    return this.requests.filter((each) => each.method === method && each.route === pattern);
  }

  /** Ends at once, with what hangs. Safe to repeat. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(incoming, response);
    } catch (error) {
      if (this.#closing.signal.aborted || incoming.socket.destroyed) return;
      // A mistake in a simulator must be seen in the test, not be taken for a fault of the cloud.
      send(response, {
        status: 599,
        text: error instanceof Error ? (error.stack ?? error.message) : 'error',
      });
    }
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://cloud');
    const text = await bodyOf(incoming);
    const { method = 'GET', headers } = incoming;
    const path = decoded(url.pathname);
    const json = parseJson(text);
    const route = this.#routes.find((each) => each.method === method && each.expression.test(url.pathname));
    const params = { ...route?.expression.exec(url.pathname)?.groups };
    for (const [name, part] of Object.entries(params)) params[name] = decoded(part);
    const asked = { method, path, params, query: url.searchParams, headers, body: json.value };

    const refusal =
      this.#manners.admit({ ...asked, fault: undefined }) ??
      (json.isGood ? undefined : this.#manners.badJson({ ...asked, fault: undefined })) ??
      (route === undefined ? this.#manners.unknownRoute({ ...asked, fault: undefined }) : undefined);
    const fault = refusal || route?.point === undefined ? undefined : this.#faults.at(route.point);
    const request = { ...asked, fault };
    const record = recordOf(request, route?.pattern ?? null);
    this.requests.push(record);
    const answer = refusal ?? (await this.#act(route?.handler, request));
    if (answer === 'hang') return;
    if (answer === 'break' || response.destroyed) return void incoming.socket.destroy();
    record.status = answer.status;
    send(response, answer);
  }

  /** Does what was asked, unless a fault stands in the way. */
  async #act(handler: RouteHandler | undefined, request: CloudRequest): Promise<Answer | 'hang' | 'break'> {
    if (handler === undefined) throw new Error('no route');
    const { fault } = request;
    if (fault === undefined || !isAnswerFault(fault)) return handler(request);
    switch (fault.kind) {
      case '429':
        return this.#manners.trouble(fault, request);
      case '500':
      case '503':
        if (fault.done === true) await handler(request);
        return this.#manners.trouble(fault, request);
      case 'timeout':
        if (fault.done === true) await handler(request);
        return 'hang';
      case 'lost-reply':
        await handler(request);
        return 'break';
      case 'refuse':
        return 'break';
      case 'slow':
        await delay(fault.ms, this.#closing.signal);
        return handler(request);
    }
  }
}

interface Route {
  readonly method: Method;
  readonly pattern: string;
  readonly expression: RegExp;
  readonly handler: RouteHandler;
  readonly point: FaultPoint | undefined;
}

/** An answer in JSON. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, json: value, headers };
}

/** The token of an `Authorization: Bearer …` header. */
export function bearerOf({ headers }: CloudRequest): string | undefined {
  return /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
}

/** `Retry-After`, where the fault has one; for {@link ProviderManners.trouble}. */
export function retryAfter(fault: TroubleFault): Readonly<Record<string, string>> {
  return fault.kind === '429' && fault.retryAfterSeconds !== undefined
    ? { 'retry-after': String(fault.retryAfterSeconds) }
    : {};
}

/** The names in an object that a provider does not know; all of nothing when it is no object. */
export function unknownFields(body: unknown, known: readonly string[]): readonly string[] {
  if (typeof body !== 'object' || body === null) return [];
  return Object.keys(body).filter((name) => !known.includes(name));
}

function expressionOf(pattern: string): RegExp {
  const parts = pattern
    .split('/')
    .map((part) =>
      part.startsWith(':') ? `(?<${part.slice(1)}>[^/]+)` : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    );
  return new RegExp(`^${parts.join('/')}$`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): { readonly value: unknown; readonly isGood: boolean } {
  if (text === '') return { value: undefined, isGood: true };
  try {
    return { value: JSON.parse(text) as unknown, isGood: true };
  } catch {
    return { value: undefined, isGood: false };
  }
}

function recordOf(request: CloudRequest, route: string | null): RecordedRequest {
  const { authorization, ...headers } = request.headers;
  return {
    at: Date.now(),
    method: request.method,
    path: request.path,
    route,
    query: Object.fromEntries(request.query),
    headers,
    authorization: authorization === undefined ? null : fingerprint(authorization),
    body: request.body,
    fault: request.fault,
    status: null,
  };
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function send(response: ServerResponse, answer: Answer): void {
  const body = answer.json === undefined ? answer.text : JSON.stringify(answer.json);
  const type = answer.json === undefined ? 'text/plain; charset=utf-8' : 'application/json';
  const headers = { ...(body === undefined ? {} : { 'content-type': type }), ...answer.headers };
  response.writeHead(answer.status, headers).end(body);
}
