import { exitCodes, messageOf, type ExitCode } from '../errors.js';
import { formatPrice } from '../format.js';
import { labelPrefix, type CloudProvider } from '../providers/cloud.js';
import type { Provider } from '../providers/provider.js';
import type { Verb } from './verb.js';

/** A provider whose list takes longer is shown without one. */
const patienceMs = 20_000;

export const providers: Verb = {
  name: 'providers',
  usage: '',
  summary: 'Lists the places where training can run, and whether there is a key for those that need one.',
  positionals: { least: 0, most: 0 },
  options: {},
  async run(_given, { engine, terminal }, signal): Promise<ExitCode> {
    const views = await Promise.all(engine.providers.all.map((provider) => look(provider, signal)));
    const width = Math.max(...views.map(({ provider }) => provider.id.length));
    for (const { provider, key, machines, error } of views) {
      const { id, title } = provider;
      if (error !== null) terminal.remark(`${title}: ${error}`);
      terminal.record({ provider: id, title, instances: machines?.length ?? null, key });
      if (terminal.json) continue;
      terminal.say(`${id.padEnd(width)}  ${title} (${describe(provider, key, machines)})`);
      if (provider.rents && !key) terminal.say(`${' '.repeat(width)}  ${howToGetKey(provider)}`);
    }
    return exitCodes.good;
  },
};

interface ProviderLook {
  readonly provider: Provider;
  /** Whether it can be used: those that need no key always can. */
  readonly key: boolean;
  /** Names of the machines there, of rented ones those that are ours; `null` when nobody knows. */
  readonly machines: readonly string[] | null;
  readonly error: string | null;
}

async function look(provider: Provider, signal: AbortSignal): Promise<ProviderLook> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const key = !provider.rents || (await provider.hasKey());
  if (!key) return { provider, key, machines: [], error: null };
  try {
    const list = provider.rents ? provider.machines(performance.now(), until) : provider.list(until);
    const names = (await list).map(({ name }) => name);
    const ours = provider.rents ? names.filter((name) => name.startsWith(labelPrefix)) : names;
    return { provider, key, machines: ours, error: null };
  } catch (error) {
    signal.throwIfAborted();
    return { provider, key, machines: null, error: messageOf(error) };
  }
}

function describe(provider: Provider, key: boolean, machines: readonly string[] | null): string {
  if (provider.rents && !key) return `no key: set ${provider.facts.keyName}`;
  const here = machines === null ? 'machines unknown' : machines.join(', ');
  if (!provider.rents) return here || 'none yet';
  return `key in ${provider.facts.keyName}${here === '' ? '' : `, ${here}`}`;
}

function howToGetKey({ facts: { keyHint, keyUrl } }: CloudProvider): string {
  return keyHint.includes('https://') ? keyHint : `${keyHint} ${keyUrl}`;
}

export const instances: Verb = {
  name: 'instances',
  usage: '',
  summary: 'Lists the machines, with their state, price and job.',
  positionals: { least: 0, most: 0 },
  options: {},
  async run(_given, { engine, terminal }, signal): Promise<ExitCode> {
    for (const { provider, machines, error } of await engine.machines(signal)) {
      if (error !== null) terminal.remark(`The machines of ${provider.title} are not known: ${error}`);
      for (const { instance, job, ssh, isOurs } of machines) {
        const { id, name, state, usdPerHour } = instance;
        terminal.record({ provider: provider.id, id, label: name, state, usdPerHour, job, ssh });
        if (terminal.json) continue;
        const price = usdPerHour > 0 ? `  ${formatPrice(usdPerHour)}` : '';
        const use = job ?? (isOurs ? 'no job' : 'not ours');
        terminal.say(`${provider.id.padEnd(10)} ${name}  ${id}  ${state}${price}  ${use}`);
      }
    }
    return exitCodes.good;
  },
};
