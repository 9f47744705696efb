import type { DatasetFolder } from '../datasets/datasetFolder.js';
import { tinyModel } from './parameters.js';

/** Taken for a model whose name does not say its size: on the safe side of what people train on one GPU. */
const unknownBillions = 8;
/** Published weights have two bytes. */
const bytesPerWeight = 2;
/** Weights of the model that is made on the spot, at most. */
const tinyBillions = 0.001;

/** Billions of weights of a model, by its name or by the files of a folder of the dataset. */
export async function billionsOf(model: string, folder: DatasetFolder, signal: AbortSignal): Promise<number> {
  if (model === tinyModel) return tinyBillions;
  const weights = (await folder.files(signal)).filter(
    ({ path }) => path.startsWith(`${model}/`) && /\.(safetensors|bin)$/.test(path),
  );
  const bytes = weights.reduce((sum, file) => sum + file.bytes, 0);
  return bytes > 0 ? bytes / bytesPerWeight / 1e9 : (billionsInName(model) ?? unknownBillions);
}

/** Whether the model is a folder of the dataset. */
export async function isInFolder(
  model: string,
  folder: DatasetFolder,
  signal: AbortSignal,
): Promise<boolean> {
  return (await folder.find(`${model}/config.json`, signal)) !== undefined;
}

/** `Qwen/Qwen2.5-0.5B` → 0.5, `Mixtral-8x7B` → 56, `SmolLM2-135M` → 0.135, `Qwen3-30B-A3B` → 30. */
export function billionsInName(model: string): number | undefined {
  const name = model.slice(model.lastIndexOf('/') + 1);
  const sizes = [...name.matchAll(/(?:^|[^a-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])/gi)].map(
    ([, experts = '1', size = '', unit = '']) =>
      Number(experts) * Number(size) * (unit.toLowerCase() === 'm' ? 0.001 : 1),
  );
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}
