import { delay } from '../../delay.js';
import { CloudUnavailableError, isAbort, messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { labelPrefix, type Resource, type ResourceLedger } from '../cloud.js';
import type { PublicIp } from './answers.js';
import type { CanopyWaveApi } from './api.js';
import { isNotFound, isRefusal, toCloudError } from './errors.js';
import { ipOfIntent, ipRow, madeRow, refusedRow } from './ipRows.js';
import { type Machine, type Place, isAt, placeOf } from './machineId.js';
import { stateOf } from './states.js';

/** A machine has no port to lead an address to until it is built: 1 to 3 minutes as a rule. */
const betweenTriesMs = 5_000;
const mostTries = 120;

export interface PublicIpsOptions {
  readonly api: CanopyWaveApi;
  readonly logger: Logger;
  readonly timeScale: number;
}

/**
 * Public addresses of machines, which are rented apart from them. Only those that a ledger's rows tell of, or that lead
 * to a machine of ours, are used or released; one that the user keeps free stays so.
 */
export class PublicIps {
  readonly #api: CanopyWaveApi;
  readonly #logger: Logger;
  readonly #timeScale: number;

  constructor({ api, logger, timeScale }: PublicIpsOptions) {
    this.#api = api;
    this.#logger = logger;
    this.#timeScale = timeScale;
  }

  /** Gives the machine called `label` an address, unless it has one. Safe to repeat. */
  async attach(machine: Machine, label: string, ledger: ResourceLedger, signal: AbortSignal): Promise<void> {
    const ips = await this.#api.ips(machine, signal);
    await this.#recall(machine, label, ips, ledger);
    if (ips.some(({ server }) => server === label)) return;
    const id =
      freeIpOf(ledger.rows, machine, ips) ?? (await this.#allocate(machine, label, ips, ledger, signal));
    await this.#associate(id, machine, label, signal);
  }

  /** The addresses of a place that are surely ours, under the names of their rows. */
  async ours(place: Place, rows: readonly Resource[], signal: AbortSignal): Promise<Resource[]> {
    const ips = await this.#api.ips(place, signal);
    const there = latest(rows.filter((row) => row.kind === 'ip' && isAt(row, place)));
    const found = there.flatMap((row) => {
      const ip = row.id === null ? this.#intended(row, ips, there) : ips.find(({ id }) => id === row.id);
      return ip === undefined ? [] : [madeRow(row, ip.id)];
    });
    const byLabel = ips
      .filter(({ id, server }) => server?.startsWith(labelPrefix) && !found.some((row) => row.id === id))
      .map(({ id, server }) => madeRow(ipRow(place, server ?? ''), id));
    return [...found, ...byLabel];
  }

  /** Gives an address back. Gone already is success; one that leads to a machine that is not ours is left alone. */
  async release(row: Resource, signal: AbortSignal): Promise<void> {
    const place = placeOf(row);
    const ips = await this.#api.ips(place, signal);
    const id = row.id ?? this.#intended(row, ips, [])?.id;
    if (id === undefined) return;
    const server = ips.find((ip) => ip.id === id)?.server ?? null;
    if (server !== null && !server.startsWith(labelPrefix)) {
      this.#logger.warn(`CanopyWave address ${id} leads to ${server} now, which is not ours → kept`);
      return;
    }
    if (server !== null) await this.#disassociate(id, place, signal);
    try {
      await this.#api.releaseIp(id, place, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Notes the id of an address that was asked for before and whose answer was lost. */
  async #recall(
    place: Place,
    label: string,
    ips: readonly PublicIp[],
    ledger: ResourceLedger,
  ): Promise<void> {
    const row = ledger.rows.findLast(({ kind, name }) => kind === 'ip' && name === label);
    if (row?.id !== null || !isAt(row, place)) return;
    const ip = this.#intended(row, ips, ledger.rows);
    if (ip !== undefined) await ledger.made(madeRow(row, ip.id));
  }

  /** What an intended row has come to: nothing, one address, or one of several that nobody can tell apart. */
  #intended(row: Resource, ips: readonly PublicIp[], rows: readonly Resource[]): PublicIp | undefined {
    const known = rows.map(({ id }) => id);
    const candidates = ipOfIntent(
      row,
      ips.filter(({ id }) => !known.includes(id)),
    );
    if (candidates.length <= 1) return candidates[0];
    const ids = candidates.map(({ id, ip }) => ip ?? id).join(', ');
    this.#logger.warn(
      `CanopyWave address of ${row.name} → one of ${ids}, all left alone: look in the console`,
    );
    return undefined;
  }

  async #allocate(
    { project, region }: Machine,
    label: string,
    ips: readonly PublicIp[],
    ledger: ResourceLedger,
    signal: AbortSignal,
  ): Promise<string> {
    const place = { project, region };
    const row = ipRow(
      place,
      label,
      ips.map(({ id }) => id),
    );
    await ledger.intend(row);
    try {
      const { id } = await this.#api.allocateIp(place, signal);
      await ledger.made(madeRow(row, id));
      return id;
    } catch (error) {
      // Without this, an address that the user makes some day would be taken for the one that was asked for here.
      if (isRefusal(error)) await ledger.intend(refusedRow(row));
      throw error;
    }
  }

  async #associate(id: string, machine: Machine, label: string, signal: AbortSignal): Promise<void> {
    let mayBeStarting = true;
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.#failureOf(this.#api.associateIp(id, machine, signal));
      if (failure === undefined) return;
      signal.throwIfAborted();
      const ips = await this.#api.ips(machine, signal);
      if (ips.some((ip) => ip.id === id && ip.server === label)) return;
      if (attempt >= mostTries || (isRefusal(failure) && !mayBeStarting))
        throw new CloudUnavailableError(
          `CanopyWave did not lead a public address to the machine ${label}: ${messageOf(toCloudError(failure))}`,
          { cause: failure },
        );
      // Looked at after the refusal: a machine that has started in between gets one more try.
      mayBeStarting = stateOf((await this.#api.server(machine, signal)).status) === 'starting';
      await delay(betweenTriesMs * this.#timeScale, signal);
    }
  }

  async #failureOf(work: Promise<void>): Promise<unknown> {
    try {
      await work;
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** The machine it led to may be gone, and then there is nothing to undo. */
  async #disassociate(id: string, place: Place, signal: AbortSignal): Promise<void> {
    try {
      await this.#api.disassociateIp(id, place, signal);
    } catch (error) {
      if (isAbort(error)) throw error;
      this.#logger.debug(`CanopyWave address ${id} disassociate → ${messageOf(error)}`);
    }
  }
}

/** Of rows of one name the one that was written last. */
function latest(rows: readonly Resource[]): readonly Resource[] {
  return [...new Map(rows.map((row) => [row.name, row])).values()];
}

/** An address that a job's rows know and that leads nowhere: left from a machine before this one. */
function freeIpOf(rows: readonly Resource[], place: Place, ips: readonly PublicIp[]): string | undefined {
  const ids = rows.filter((row) => row.kind === 'ip' && isAt(row, place)).map(({ id }) => id);
  return ips.find(({ id, server }) => server === null && ids.includes(id))?.id;
}
