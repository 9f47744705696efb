import type * as v from 'valibot';
import { type Call, HttpClient, type HttpFailure } from '../http.js';
import type { CloudOptions } from '../cloud.js';
import { Pace } from '../pace.js';
import {
  doneAnswer,
  instanceAnswer,
  instancesAnswer,
  type LambdaInstance,
  launchAnswer,
  regionsAnswer,
  type SshKey,
  sshKeyAnswer,
  sshKeysAnswer,
  type TypeOffer,
  typesAnswer,
} from './answers.js';
import { isMissing, isNotFound, toCloudError, toLaunchError } from './errors.js';

/** Lambda takes one request a second, and one launch in 12 seconds; a little more keeps off the edge. */
const gapMs = 1_100;
const launchGapMs = 12_500;
/** How long to stay away when it says "too often": it does not say itself. */
const refusedWaitMs = 3_000;

export const apiPath = '/api/v1';

/** Lambda's REST interface, as far as it is used. Its errors are of `src/errors.ts`. */
export class LambdaApi {
  readonly #http: HttpClient;
  /** A launch waits here first, and then for its turn among all calls. */
  readonly #launches: Pace;

  constructor({ key, endpoint, logger, timeScale }: CloudOptions) {
    this.#http = new HttpClient({
      name: 'Lambda',
      base: endpoint + apiPath,
      headers: { authorization: `Bearer ${key}` },
      secrets: [key],
      lanes: { general: gapMs },
      logger,
      timeScale,
      waitOf: ({ status }: HttpFailure) => (status === 429 ? refusedWaitMs : undefined),
    });
    this.#launches = new Pace(launchGapMs * timeScale);
  }

  /** Harmless, and refused without a good key. */
  async regions(signal: AbortSignal): Promise<void> {
    await this.#get('/regions', regionsAnswer, signal);
  }

  async types(signal: AbortSignal): Promise<readonly TypeOffer[]> {
    return Object.values((await this.#get('/instance-types', typesAnswer, signal)).data);
  }

  /** Every machine of the account: Lambda has no pages. */
  async instances(signal: AbortSignal): Promise<readonly LambdaInstance[]> {
    return (await this.#get('/instances', instancesAnswer, signal)).data;
  }

  /** `undefined`: there is none. */
  async instance(id: string, signal: AbortSignal): Promise<LambdaInstance | undefined> {
    const path = `/instances/${encodeURIComponent(id)}`;
    const call = { method: 'GET', path, answer: instanceAnswer, repeat: 'safe' } as const;
    return (await this.#sendUnlessGone(call, signal))?.data;
  }

  /** @returns the id of the machine; its errors are those of `Cloud.rent` */
  async launch(order: object, label: string, signal: AbortSignal): Promise<string> {
    await this.#launches.turn(signal);
    const path = '/instance-operations/launch';
    const call = { method: 'POST', path, body: order, answer: launchAnswer, repeat: 'once' } as const;
    try {
      const [id = ''] = (await this.#http.send(call, signal)).data.instance_ids;
      return id;
    } catch (error) {
      throw toLaunchError(error, label);
    }
  }

  /** Gone already is success. One at a time: an unknown id would have the others refused. */
  async terminate(id: string, signal: AbortSignal): Promise<void> {
    const path = '/instance-operations/terminate';
    const body = terminateBody(id);
    await this.#sendUnlessGone({ method: 'POST', path, body, answer: doneAnswer, repeat: 'safe' }, signal);
  }

  async sshKeys(signal: AbortSignal): Promise<readonly SshKey[]> {
    return (await this.#get('/ssh-keys', sshKeysAnswer, signal)).data;
  }

  /** When its answer was lost, a name that is taken is a refusal. */
  async addSshKey(name: string, publicKey: string, signal: AbortSignal): Promise<SshKey> {
    const body = { name, public_key: publicKey };
    const call = { method: 'POST', path: '/ssh-keys', body, answer: sshKeyAnswer, repeat: 'safe' } as const;
    return (await this.#send(call, signal)).data;
  }

  /** Gone already is success. */
  async deleteSshKey(id: string, signal: AbortSignal): Promise<void> {
    const path = `/ssh-keys/${encodeURIComponent(id)}`;
    try {
      await this.#http.send({ method: 'DELETE', path, answer: doneAnswer, repeat: 'safe' }, signal);
    } catch (error) {
      // Of a key that is gone Lambda says that the path is unknown.
      if (!isNotFound(error)) throw toCloudError(error);
    }
  }

  #get<S extends v.GenericSchema>(path: string, answer: S, signal: AbortSignal): Promise<v.InferOutput<S>> {
    return this.#send({ method: 'GET', path, answer, repeat: 'safe' }, signal);
  }

  async #send<S extends v.GenericSchema>(call: Call<S>, signal: AbortSignal): Promise<v.InferOutput<S>> {
    try {
      return await this.#http.send(call, signal);
    } catch (error) {
      throw toCloudError(error);
    }
  }

  /** `undefined`: what the path or body names is not there. */
  async #sendUnlessGone<S extends v.GenericSchema>(
    call: Call<S>,
    signal: AbortSignal,
  ): Promise<v.InferOutput<S> | undefined> {
    try {
      return await this.#http.send(call, signal);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw toCloudError(error);
    }
  }
}

/** What a machine's end is asked for with. */
export function terminateBody(id: string): { readonly instance_ids: readonly [string] } {
  return { instance_ids: [id] };
}
