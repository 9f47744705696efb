import type * as v from 'valibot';
import type { CloudOptions } from '../cloud.js';
import { type Call, HttpClient } from '../http.js';
import * as answers from './answers.js';
import type { Machine, Place } from './machineId.js';

export interface LaunchOrder extends Place {
  readonly name: string;
  readonly flavor: string;
  readonly image: string;
  readonly password: string;
  readonly keypair: string;
}

/** No limit is documented; clients that keep to one call a second are not refused. */
const gapMs = 1000;
const launchDeadlineMs = 60_000;

/**
 * The calls of CanopyWave's interface, one method each. They throw what `HttpClient.send` throws.
 * Source: its page "Manage Cloud via API"; `/regions`, `/flavor-availability` and `/account/balance` are seen in clients only.
 */
export class CanopyWaveApi {
  readonly #http: HttpClient;
  /** The key, and the passwords of machines that are being launched: errors quote none of them. */
  readonly #secrets: string[];

  constructor({ key, endpoint, logger, timeScale }: CloudOptions) {
    this.#secrets = [key];
    this.#http = new HttpClient({
      name: 'CanopyWave',
      base: `${endpoint}/api/v1`,
      headers: { authorization: `Bearer ${key}` },
      secrets: this.#secrets,
      lanes: { general: gapMs },
      logger,
      timeScale,
    });
  }

  projects(signal: AbortSignal) {
    return this.#get('/projects', {}, answers.projectsAnswer, signal);
  }

  regions(project: string, signal: AbortSignal) {
    return this.#get('/regions', { project }, answers.regionsAnswer, signal);
  }

  instanceTypes(signal: AbortSignal) {
    return this.#get('/instance-types', {}, answers.instanceTypesAnswer, signal);
  }

  /** Sent once: nobody is to wait for a hint. */
  availability({ project, region }: Place, flavor: string, signal: AbortSignal) {
    return this.#http.send(
      {
        method: 'GET',
        path: '/flavor-availability',
        query: { project, region, flavor },
        answer: answers.availabilityAnswer,
        repeat: 'once',
      },
      signal,
    );
  }

  /** Sent once: nobody is to wait for a hint. */
  balance(signal: AbortSignal) {
    return this.#http.send(
      {
        method: 'GET',
        path: '/account/balance',
        answer: answers.balanceAnswer,
        repeat: 'once',
      },
      signal,
    );
  }

  /** The machines of all regions. */
  instances(project: string, signal: AbortSignal) {
    return this.#get('/instances', { project }, answers.instancesAnswer, signal);
  }

  /** Only those that run, with their public addresses. */
  running({ project, region }: Place, signal: AbortSignal) {
    return this.#get('/instances/running', { project, region }, answers.runningAnswer, signal);
  }

  server({ project, region, server }: Machine, signal: AbortSignal) {
    const path = `/instances/${encodeURIComponent(server)}`;
    return this.#get(path, { project, region }, answers.serverAnswer, signal);
  }

  async launch(order: LaunchOrder, signal: AbortSignal): Promise<string> {
    this.#secrets.push(order.password);
    const call = {
      method: 'POST',
      path: '/instance-operations/launch',
      body: { ...order, is_monitoring: false },
      answer: answers.launchAnswer,
      repeat: 'once',
      deadlineMs: launchDeadlineMs,
    } as const;
    try {
      return (await this.#http.send(call, signal)).id;
    } finally {
      this.#secrets.splice(this.#secrets.indexOf(order.password), 1);
    }
  }

  async terminate({ project, region, server }: Machine, signal: AbortSignal): Promise<void> {
    await this.#post('/instance-operations/terminate', { region, project, id: server }, 'safe', signal);
  }

  ips({ project, region }: Place, signal: AbortSignal) {
    return this.#get('/ips', { project, region }, answers.ipsAnswer, signal);
  }

  allocateIp({ project, region }: Place, signal: AbortSignal) {
    return this.#http.send(
      {
        method: 'POST',
        path: '/ips',
        body: { region, project },
        answer: answers.allocatedAnswer,
        repeat: 'once',
      },
      signal,
    );
  }

  async associateIp(ipId: string, machine: Machine, signal: AbortSignal): Promise<void> {
    const { project, region, server } = machine;
    const path = `/ips/${encodeURIComponent(ipId)}/associate`;
    await this.#post(path, { region, project, instanceId: server }, 'once', signal);
  }

  async disassociateIp(ipId: string, place: Place, signal: AbortSignal): Promise<void> {
    await this.#delete(`/ips/${encodeURIComponent(ipId)}/disassociate`, place, signal);
  }

  async releaseIp(ipId: string, place: Place, signal: AbortSignal): Promise<void> {
    await this.#delete(`/ips/${encodeURIComponent(ipId)}`, place, signal);
  }

  keys({ project, region }: Place, signal: AbortSignal) {
    return this.#get('/ssh-keys', { project, region }, answers.keysAnswer, signal);
  }

  async addKey(
    { project, region }: Place,
    name: string,
    publicKey: string,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#post('/ssh-keys', { region, project, name, publicKey }, 'safe', signal);
  }

  async deleteKey(name: string, place: Place, signal: AbortSignal): Promise<void> {
    await this.#delete(`/ssh-keys/${encodeURIComponent(name)}`, place, signal);
  }

  #get<S extends v.GenericSchema>(
    path: string,
    query: Readonly<Record<string, string>>,
    answer: S,
    signal: AbortSignal,
  ): Promise<v.InferOutput<S>> {
    return this.#http.send({ method: 'GET', path, query, answer, repeat: 'safe' }, signal);
  }

  async #post(path: string, body: unknown, repeat: Call<never>['repeat'], signal: AbortSignal) {
    await this.#http.send({ method: 'POST', path, body, answer: answers.ignoredAnswer, repeat }, signal);
  }

  async #delete(path: string, { project, region }: Place, signal: AbortSignal): Promise<void> {
    await this.#http.send(
      { method: 'DELETE', path, query: { project, region }, answer: answers.ignoredAnswer, repeat: 'safe' },
      signal,
    );
  }
}
