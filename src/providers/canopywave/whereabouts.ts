import { AccountError, CloudUnavailableError, InputError } from '../../errors.js';
import type { CloudOptions } from '../cloud.js';
import type { CanopyWaveApi } from './api.js';
import { isNotFound } from './errors.js';
import { facts } from './facts.js';

/** Which project we work in, and which regions there are. Asked once, then remembered. */
export class Whereabouts {
  readonly #api: CanopyWaveApi;
  readonly #settings: CloudOptions['settings'];
  #project: string | undefined;
  #regions: readonly string[] | undefined;

  constructor(api: CanopyWaveApi, settings: CloudOptions['settings']) {
    this.#api = api;
    this.#settings = settings;
  }

  /**
   * The only project of the key, or the one of the setting.
   * @throws {InputError} there are several and no setting, or the setting names none of them
   * @throws {AccountError} there is none
   */
  async project(signal: AbortSignal): Promise<string> {
    this.#project ??= await this.#findProject(signal);
    return this.#project;
  }

  async #findProject(signal: AbortSignal): Promise<string> {
    const wanted = this.#settings.project;
    try {
      return chooseProject(await this.#api.projects(signal), wanted);
    } catch (error) {
      // This call is known to fail for long where the others work.
      if (error instanceof CloudUnavailableError && wanted !== undefined) return wanted;
      throw error;
    }
  }

  /** Empty when neither CanopyWave nor the setting names one. */
  async regions(signal: AbortSignal): Promise<readonly string[]> {
    this.#regions ??= await this.#findRegions(signal);
    return this.#regions;
  }

  async #findRegions(signal: AbortSignal): Promise<readonly string[]> {
    const fallback = this.#settings.region === undefined ? [] : [this.#settings.region];
    try {
      const regions = await this.#api.regions(await this.project(signal), signal);
      return regions.length > 0 ? regions : fallback;
    } catch (error) {
      if (isNotFound(error)) return fallback;
      throw error;
    }
  }
}

/** @throws {InputError | AccountError} see {@link Whereabouts.project} */
export function chooseProject(projects: readonly string[], wanted: string | undefined): string {
  const [only, ...others] = projects;
  if (only === undefined)
    throw new AccountError(`Your CanopyWave account has no project. Make one in ${facts.consoleUrl}.`);
  if (others.length === 0) return only;
  if (wanted !== undefined && projects.includes(wanted)) return wanted;
  const names = projects.join(', ');
  throw new InputError(
    wanted === undefined
      ? `Your CanopyWave key sees more than one project: ${names}. Set CANOPYWAVE_PROJECT to the one to rent in.`
      : `Your CanopyWave key sees no project ${wanted}. Set CANOPYWAVE_PROJECT to one of: ${names}.`,
  );
}
