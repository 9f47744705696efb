import * as v from 'valibot';
import { type Answer, type CloudRequest, json } from '../base/cloudServer.js';
import { bestLevel, catalog, type CatalogGpu, stockOf, type Tier } from './catalog.js';
import { type Field, GraphQlSyntaxError, type Operation, parseQuery } from './graphQlQuery.js';
import type { Pod, PodOrder } from './pod.js';

/** What the older interface does to the account, by whoever asks. */
export interface GraphQlAccount {
  balanceUsd(): number;
  spendUsdPerHour(): number;
  /** @throws {GraphQlError} */
  rent(order: PodOrder, terminateAfter: string | undefined): Pod | null;
  find(id: string): Pod | undefined;
  terminate(pod: Pod): void;
  stop(pod: Pod): void;
}

/** An error in the body of an answer with status 200. */
export class GraphQlError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

const envelope = v.strictObject({
  query: v.string(),
  variables: v.optional(v.record(v.string(), v.unknown()), {}),
});

const podInput = v.strictObject({
  name: v.string(),
  imageName: v.string(),
  gpuTypeId: v.string(),
  gpuCount: v.pipe(v.number(), v.integer(), v.minValue(1)),
  cloudType: v.optional(v.picklist(['ALL', 'SECURE', 'COMMUNITY']), 'ALL'),
  containerDiskInGb: v.number(),
  volumeInGb: v.optional(v.number(), 0),
  volumeMountPath: v.optional(v.string(), '/workspace'),
  ports: v.optional(v.string(), ''),
  dockerArgs: v.optional(v.string(), ''),
  env: v.optional(v.array(v.strictObject({ key: v.string(), value: v.string() })), []),
  startSsh: v.optional(v.boolean(), false),
  supportPublicIp: v.optional(v.boolean()),
  dataCenterId: v.optional(v.string()),
  minCudaVersion: v.optional(v.string()),
  stopAfter: v.optional(v.string()),
  terminateAfter: v.optional(v.string()),
  bidPerGpu: v.optional(v.number()),
});

type Resolver = (field: Field) => unknown;

/** RunPod's GraphQL, as far as spot pods, prices, the balance and the end of pods go. */
export class GraphQlApi {
  readonly #account: GraphQlAccount;

  constructor(account: GraphQlAccount) {
    this.#account = account;
  }

  /** @param pod whose own key asks; it may end or stop itself, and nothing else */
  answer({ body, fault }: CloudRequest, pod: Pod | undefined): Answer {
    try {
      const operation = readOperation(body);
      if (fault?.kind === 'no-capacity')
        throw new GraphQlError('There are no longer any instances available', 'SUPPLY_CONSTRAINT');
      const root = operation.kind === 'query' ? this.#queries : this.#mutations;
      if (pod !== undefined && !isOnlyAbout(pod, operation))
        throw new GraphQlError('Unauthorized', 'UNAUTHENTICATED');
      return json(200, { data: select(operation.fields, root) });
    } catch (error) {
      if (!(error instanceof GraphQlError)) throw error;
      return json(200, {
        data: null,
        errors: [{ message: error.message, extensions: { code: error.code } }],
      });
    }
  }

  readonly #queries: Readonly<Record<string, Resolver>> = {
    myself: ({ fields }) =>
      select(fields, {
        id: () => 'user_2simulated',
        clientBalance: () => this.#account.balanceUsd(),
        currentSpendPerHr: () => this.#account.spendUsdPerHour(),
        spendLimit: () => 80,
      }),
    gpuTypes: ({ fields }) => catalog.map((gpu) => select(fields, gpuResolvers(gpu))),
  };

  readonly #mutations: Readonly<Record<string, Resolver>> = {
    podRentInterruptable: (field) => this.#rent(field, true),
    podFindAndDeployOnDemand: (field) => this.#rent(field, false),
    podTerminate: ({ args }) => {
      const pod = this.#account.find(podIdOf(args));
      if (pod === undefined) throw new GraphQlError('pod not found to terminate', 'RUNPOD');
      this.#account.terminate(pod);
      return null;
    },
    podStop: ({ args, fields }) => {
      const pod = this.#account.find(podIdOf(args));
      if (pod === undefined) throw new GraphQlError('pod not found to stop', 'RUNPOD');
      this.#account.stop(pod);
      return select(fields, podResolvers(pod));
    },
  };

  #rent({ args, fields }: Field, isSpot: boolean): unknown {
    const parsed = v.safeParse(podInput, args.input);
    if (!parsed.success) throw new GraphQlError(parsed.issues[0].message, 'BAD_USER_INPUT');
    const input = parsed.output;
    const gpu = catalog.find(({ id }) => id === input.gpuTypeId);
    if (gpu === undefined) throw new GraphQlError('gpu type not found', 'BAD_USER_INPUT');
    const tier = input.cloudType === 'COMMUNITY' ? 'COMMUNITY' : 'SECURE';
    const stock = stockOf(gpu, { tier, count: input.gpuCount, minCuda: input.minCudaVersion });
    const bid = gpu.bid[tier];
    if (bestLevel(stock) === 'NONE' || (isSpot && (bid === null || (input.bidPerGpu ?? 0) < bid)))
      return null;
    const order = orderOf(input, gpu, tier, stock.find(([, level]) => level !== 'NONE')?.[0] ?? '', isSpot);
    const pod = this.#account.rent(order, input.terminateAfter);
    return pod === null ? null : select(fields, podResolvers(pod));
  }
}

function orderOf(
  input: v.InferOutput<typeof podInput>,
  gpu: CatalogGpu,
  tier: Tier,
  dataCenter: string,
  isSpot: boolean,
): PodOrder {
  return {
    name: input.name,
    image: input.imageName,
    gpu,
    gpuCount: input.gpuCount,
    tier,
    dataCenter: dataCenter === '' ? null : dataCenter,
    diskGb: input.containerDiskInGb,
    volume: input.volumeInGb === 0 ? null : { size: input.volumeInGb, path: input.volumeMountPath },
    ports: input.ports.split(',').filter((port) => port !== ''),
    env: Object.fromEntries(input.env.map(({ key, value }) => [key, value])),
    args: input.dockerArgs,
    startSsh: input.startSsh,
    isSpot,
    usdPerHour: (isSpot ? (input.bidPerGpu ?? 0) : gpu.price[tier]) * input.gpuCount,
  };
}

function readOperation(body: unknown): Operation {
  const parsed = v.safeParse(envelope, body);
  if (!parsed.success) throw new GraphQlError('Must provide query string.', 'BAD_REQUEST');
  try {
    return parseQuery(parsed.output.query, parsed.output.variables);
  } catch (error) {
    if (error instanceof GraphQlSyntaxError) throw new GraphQlError(error.message, 'GRAPHQL_PARSE_FAILED');
    throw error;
  }
}

function isOnlyAbout({ id }: Pod, { kind, fields }: Operation): boolean {
  return (
    kind === 'mutation' &&
    fields.every(({ name, args }) => ['podTerminate', 'podStop'].includes(name) && podIdOf(args) === id)
  );
}

/** What was asked for, by its alias. */
function select(fields: readonly Field[], resolvers: Readonly<Record<string, Resolver>>): object {
  const values = fields.map((field) => {
    const resolve = resolvers[field.name];
    if (resolve === undefined)
      throw new GraphQlError(`Cannot query field "${field.name}".`, 'GRAPHQL_VALIDATION_FAILED');
    return [field.alias, resolve(field)] as const;
  });
  return Object.fromEntries(values);
}

function gpuResolvers(gpu: CatalogGpu): Readonly<Record<string, Resolver>> {
  return {
    id: () => gpu.id,
    displayName: () => gpu.name,
    memoryInGb: () => gpu.memory,
    secureCloud: () => gpu.maxCount.SECURE > 0,
    communityCloud: () => gpu.maxCount.COMMUNITY > 0,
    securePrice: () => gpu.price.SECURE,
    communityPrice: () => gpu.price.COMMUNITY,
    secureSpotPrice: () => gpu.bid.SECURE,
    communitySpotPrice: () => gpu.bid.COMMUNITY,
    lowestPrice: ({ args, fields }) => lowestPrice(gpu, args.input, fields),
  };
}

const lowestPriceInput = v.strictObject({ gpuCount: v.number(), secureCloud: v.optional(v.boolean()) });

function lowestPrice(gpu: CatalogGpu, input: unknown, fields: readonly Field[]): object {
  const parsed = v.safeParse(lowestPriceInput, input);
  if (!parsed.success) throw new GraphQlError(parsed.issues[0].message, 'BAD_USER_INPUT');
  const tier = parsed.output.secureCloud === false ? 'COMMUNITY' : 'SECURE';
  const level = bestLevel(stockOf(gpu, { tier, count: parsed.output.gpuCount, minCuda: undefined }));
  const word = `${level.charAt(0)}${level.slice(1).toLowerCase()}`;
  return select(fields, {
    minimumBidPrice: () => gpu.bid[tier],
    uninterruptablePrice: () => gpu.price[tier],
    stockStatus: () => (level === 'NONE' ? null : word),
  });
}

function podResolvers(pod: Pod): Readonly<Record<string, Resolver>> {
  return {
    id: () => pod.id,
    name: () => pod.label,
    desiredStatus: () => (pod.status === 'EXITED' ? 'EXITED' : 'RUNNING'),
    costPerHr: () => pod.cost,
  };
}

function podIdOf(args: Readonly<Record<string, unknown>>): string {
  const parsed = v.safeParse(v.object({ podId: v.string() }), args.input);
  return parsed.success ? parsed.output.podId : '';
}
