import { InputError } from '../errors.js';
import type { SecretSource } from '../jobs/secrets.js';
import type { CloudSettings } from '../providers/clouds.js';

export interface EditorCloudSettingsOptions {
  /** The user's keys, then the environment. */
  readonly keys: SecretSource;
  /** A setting by its name without `trainyard.`, as it is in `settings.json`. */
  readonly read: (name: string) => unknown;
}

/** Settings of the clouds by the environment variable that says the same in the terminal, without `trainyard.`. */
export const settingNames: Readonly<Record<string, string>> = {
  TRAINYARD_ENDPOINT_CANOPYWAVE: 'canopywave.endpoint',
  TRAINYARD_ENDPOINT_RUNPOD: 'runpod.endpoint',
  TRAINYARD_ENDPOINT_VAST: 'vast.endpoint',
  TRAINYARD_ENDPOINT_LAMBDA: 'lambda.endpoint',
  CANOPYWAVE_PROJECT: 'canopywave.project',
  CANOPYWAVE_REGION: 'canopywave.region',
  RUNPOD_IMAGE: 'runpod.image',
};

/** `lambda.keyOnMachine`: whether machines of a cloud may hold the key of the whole account. */
export const keyOnMachineSetting = (provider: string): string => `${provider}.keyOnMachine`;

/** What the user has set about clouds in the editor; the environment counts where nothing is set. Read anew at every use. */
export class EditorCloudSettings implements CloudSettings {
  readonly #keys: SecretSource;
  readonly #read: EditorCloudSettingsOptions['read'];

  constructor({ keys, read }: EditorCloudSettingsOptions) {
    this.#keys = keys;
    this.#read = read;
  }

  async get(name: string): Promise<string | undefined> {
    const setting = settingNames[name];
    const value = setting === undefined ? undefined : this.#read(setting);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : this.#keys.get(name);
  }

  /**
   * US dollars; `null` when nothing is set.
   * @throws {InputError} what is set is no amount
   */
  monthlyBudgetUsd(env: NodeJS.ProcessEnv): number | null {
    const set = this.#read('monthlyBudget') ?? 0;
    if (set !== 0) return amountOf(set, 'The setting trainyard.monthlyBudget');
    const text = env.TRAINYARD_MONTHLY_BUDGET?.trim();
    return text ? amountOf(Number(text), 'TRAINYARD_MONTHLY_BUDGET') : null;
  }
}

function amountOf(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new InputError(`${name} must be an amount in US dollars above 0; it is ${JSON.stringify(value)}.`);
}
