import { exitCodes, type ExitCode } from '../errors.js';
import { formatPrice } from '../format.js';
import { noKeyError, withKey, worstOf, type OfferFailure } from '../jobs/offers.js';
import { usualDiskGb } from '../jobs/wish.js';
import type { Offer, OfferNeed } from '../providers/cloud.js';
import type { Door, Given, Option, Verb } from './verb.js';

/** Options that say what a rented machine must be like. */
export const machineOptions: Readonly<
  Record<'gpu' | 'vram' | 'gpus' | 'spot' | 'max-price' | 'region', Option>
> = {
  gpu: { type: 'string', value: 'NAME', multiple: true, help: 'GPU model that will do; may be repeated' },
  vram: { type: 'string', value: 'GB', help: 'least memory of one GPU' },
  gpus: { type: 'string', value: 'N', help: 'GPUs in the machine (default: 1)' },
  spot: { type: 'boolean', help: 'only interruptible machines, which are cheaper' },
  'max-price': { type: 'string', value: '$/h', help: 'highest price of the machine an hour' },
  region: { type: 'string', value: 'NAME', multiple: true, help: 'where it stands; may be repeated' },
};

export const offers: Verb = {
  name: 'offers',
  usage: '[options]',
  summary: 'Lists what every provider with a key rents now, cheapest first.',
  positionals: { least: 0, most: 0 },
  options: {
    ...machineOptions,
    gpus: { type: 'string', value: 'N', help: 'least number of GPUs in the machine' },
    provider: { type: 'string', value: 'P', multiple: true, help: 'only of this one; may be repeated' },
  },
  async run(given, door, signal): Promise<ExitCode> {
    const { engine, terminal } = door;
    const ids = given.texts('provider');
    const named = ids.length > 0 ? ids.map((id) => engine.providers.cloud(id)) : engine.providers.clouds;
    const clouds = await withKey(named);
    if (clouds.length === 0) throw noKeyError(named);
    terminal.status(`Asking ${clouds.map(({ title }) => title).join(', ')}`);
    const failures: OfferFailure[] = [];
    const onFailure = (failure: OfferFailure): void => void failures.push(failure);
    const found = await engine.offers(clouds, needOf(given), { signal, onFailure, orMoreGpus: true });
    const worst = worstOf(failures);
    const isOver = worst !== undefined && failures.length === clouds.length;
    for (const failure of failures) {
      if (!isOver || failure !== worst) terminal.remark(`${failure.title}: ${failure.message}`);
    }
    if (isOver) throw worst.error;
    show(found, door);
    return exitCodes.good;
  },
};

function needOf(given: Given): OfferNeed {
  return {
    gpus: given.texts('gpu'),
    vramGb: given.positiveNumber('vram') ?? null,
    count: given.wholeNumber('gpus') ?? 1,
    maxUsdPerHour: given.positiveNumber('max-price') ?? null,
    spot: given.flag('spot') ? true : null,
    regions: given.texts('region'),
    diskGb: usualDiskGb,
  };
}

function show(found: readonly Offer[], { terminal }: Door): void {
  for (const { provider, id, gpu, count, vramGb, usdPerHour, region, spot, available } of found) {
    terminal.record({ provider, id, gpu, count, vramGb, usdPerHour, region, spot, available });
  }
  if (terminal.json) return;
  if (found.length === 0) terminal.remark('Nothing that is offered now fits. Ask for less.');
  for (const line of toTable(found.map(toRow))) terminal.say(line);
}

function toRow({ provider, id, gpu, count, vramGb, usdPerHour, region, spot, available }: Offer): string[] {
  return [
    formatPrice(usdPerHour),
    `${count > 1 ? `${count}× ` : ''}${gpu}`,
    `${vramGb} GB`,
    available === false ? 'none free' : spot ? 'spot' : '',
    provider,
    region ?? '',
    id,
  ];
}

/** Columns of equal width, the last one as it is. */
function toTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
