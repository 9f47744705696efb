import * as v from 'valibot';
import { AuthError, CloudUnavailableError, InputError, messageOf } from '../../errors.js';
import { type HttpClient, HttpFailure } from '../http.js';
import { balanceData, graphQlAnswer, type SpotPrice, spotPodData, spotPricesData } from './answers.js';
import { createRefusal, doubt, isAboutCapacity, noCapacity, noCredit, refusal } from './failures.js';

/** It may be switched off any day: nobody waits long for it. */
const questionMs = 10_000;

const balanceQuery = 'query { myself { id clientBalance } }';

const spotPricesQuery = `query ($count: Int!) {
  gpuTypes {
    id
    displayName
    memoryInGb
    secure: lowestPrice(input: { gpuCount: $count, secureCloud: true }) { minimumBidPrice stockStatus }
    community: lowestPrice(input: { gpuCount: $count, secureCloud: false }) { minimumBidPrice stockStatus }
  }
}`;

const rentSpotMutation = `mutation ($input: PodRentInterruptableInput!) {
  podRentInterruptable(input: $input) { id costPerHr }
}`;

/** Codes by which GraphQL servers refuse a request before anything is done. */
const refusedUnread = ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED', 'BAD_USER_INPUT'];

/**
 * RunPod's older interface, which it means to switch off in 2027. Only what REST v2 does not have: spot pods and the
 * balance.
 */
export class GraphQl {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** @throws {CloudUnavailableError} it does not tell */
  async account(signal: AbortSignal): Promise<{ readonly id: string | null; readonly balanceUsd: number }> {
    const { myself } = await this.#ask(balanceQuery, {}, balanceData, signal);
    return { id: myself.id, balanceUsd: myself.clientBalance };
  }

  /** @throws {CloudUnavailableError} it does not tell */
  async spotPrices(count: number, signal: AbortSignal): Promise<readonly SpotPrice[]> {
    return (await this.#ask(spotPricesQuery, { count }, spotPricesData, signal)).gpuTypes;
  }

  /** @throws as `Cloud.rent` says */
  async rentSpot(
    input: object,
    label: string,
    signal: AbortSignal,
  ): Promise<{ readonly id: string; readonly usdPerHour: number | null }> {
    const { data, errors } = await this.#send(rentSpotMutation, { input }, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw createRefusal(error, label);
    });
    const made = v.safeParse(spotPodData, data);
    if (made.success && made.output.podRentInterruptable !== null) {
      const { id, costPerHr } = made.output.podRentInterruptable;
      return { id, usdPerHour: costPerHr };
    }
    throw spotRefusal(errors[0], made.success, label);
  }

  async #ask<S extends v.GenericSchema>(
    query: string,
    variables: object,
    schema: S,
    signal: AbortSignal,
  ): Promise<v.InferOutput<S>> {
    const { data, errors } = await this.#send(query, variables, signal, questionMs).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        throw unavailable(messageOf(refusal(error)), error);
      },
    );
    const parsed = v.safeParse(schema, data);
    if (!parsed.success) throw unavailable(errors[0]?.message ?? 'its answer cannot be read');
    return parsed.output;
  }

  #send(query: string, variables: object, signal: AbortSignal, deadlineMs = 30_000) {
    const call = {
      method: 'POST',
      path: '/graphql',
      body: { query, variables },
      answer: graphQlAnswer,
      repeat: 'once',
      lane: 'graphql',
      deadlineMs,
    } as const;
    return this.#http.send(call, signal);
  }
}

interface GraphQlError {
  readonly message: string;
  readonly extensions: { readonly code: string | null } | null;
}

/** @param saidNothing whether the answer is the plain `null` by which RunPod says that nothing fits */
function spotRefusal(error: GraphQlError | undefined, saidNothing: boolean, label: string): Error {
  if (error === undefined)
    return saidNothing ? noCapacity('no host takes this bid') : doubt('an answer without a pod', label);
  const code = error.extensions?.code ?? '';
  if (code === 'INSUFFICIENT_BALANCE') return noCredit(error);
  if (isAboutCapacity(`${code} ${error.message}`)) return noCapacity(error.message);
  if (refusedUnread.includes(code))
    return new InputError(`RunPod does not accept the order of this spot pod: ${error.message}`);
  return doubt(error.message, label, error);
}

function unavailable(why: string, cause?: unknown): Error {
  if (cause instanceof HttpFailure && cause.status === 401) return new AuthError(why, { cause });
  return new CloudUnavailableError(`RunPod does not tell balance and spot prices now: ${why}`, { cause });
}
