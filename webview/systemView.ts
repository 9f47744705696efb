import type { GpuSample, SystemSample } from '../src/protocol.js';
import { element, setText } from './element.js';
import { formatBytes, formatBytesOf } from '../src/format.js';
import { idleGpu } from './idleGpu.js';
import { sparkline } from './sparkline.js';
import { strings } from './strings.js';

/** How many samples are kept and drawn: some ten minutes at one every five seconds. */
const capacity = 120;

interface Reading {
  readonly label: string;
  readonly value: string;
  /** The same over time, when it is a share of something. */
  readonly history?: readonly (number | null)[];
}

/** Load of the machine: the newest sample in numbers, the last minutes as small lines. */
export class SystemView {
  readonly root: HTMLElement;
  readonly #heading = element('h2', '', strings.system);
  readonly #list = element('dl');
  readonly #idle = element('p', 'idle');
  #samples: SystemSample[] = [];
  #isTraining = false;

  constructor() {
    this.#idle.setAttribute('role', 'status');
    this.root = element('section', 'system', this.#heading, this.#idle, this.#list);
    this.root.hidden = true;
  }

  replace(samples: readonly SystemSample[]): void {
    this.#samples = [];
    this.append(samples);
  }

  append(samples: readonly SystemSample[]): void {
    this.#samples = [...this.#samples, ...samples].slice(-capacity);
    const newest = this.#samples.at(-1);
    this.root.hidden = !newest;
    if (newest) this.#list.replaceChildren(...this.#readings(newest).flatMap(rowOf));
    this.#showIdling();
  }

  /** A GPU may rest before and after the training. */
  setTraining(isTraining: boolean): void {
    this.#isTraining = isTraining;
    this.#showIdling();
  }

  #showIdling(): void {
    const idle = this.#isTraining ? idleGpu(this.#samples) : null;
    this.#idle.hidden = idle === null;
    setText(this.#idle, idle ? strings.idle(idle) : '');
  }

  #readings(newest: SystemSample): Reading[] {
    const share = (of: (sample: SystemSample) => number | null) => this.#samples.map(of);
    const { cpuPercent, memoryUsedBytes, memoryTotalBytes, diskFreeBytes } = newest;
    return [
      ...newest.gpus.flatMap((gpu, index) => this.#gpuReadings(gpu, index, newest.gpus.length)),
      ...reading(
        strings.cpu,
        percentText(cpuPercent),
        share((sample) => sample.cpuPercent),
      ),
      ...reading(
        strings.memory,
        usedText(memoryUsedBytes, memoryTotalBytes),
        share((sample) => percentOf(sample.memoryUsedBytes, sample.memoryTotalBytes)),
      ),
      ...reading(strings.diskFree, diskFreeBytes === null ? null : formatBytes(diskFreeBytes)),
    ];
  }

  #gpuReadings(gpu: GpuSample, index: number, count: number): Reading[] {
    const share = (of: (gpu: GpuSample) => number | null) =>
      this.#samples.map(({ gpus }) => (gpus[index] ? of(gpus[index]) : null));
    const load = [
      percentText(gpu.utilizationPercent),
      gpu.temperatureC === null ? null : strings.celsius(gpu.temperatureC),
    ];
    return [
      { label: strings.gpu(index, count), value: gpu.name },
      ...reading(
        strings.gpuLoad(index, count),
        load.filter((text) => text !== null).join(' · '),
        share(({ utilizationPercent }) => utilizationPercent),
      ),
      ...reading(
        strings.gpuMemory(index, count),
        usedText(gpu.memoryUsedBytes, gpu.memoryTotalBytes),
        share(({ memoryUsedBytes, memoryTotalBytes }) => percentOf(memoryUsedBytes, memoryTotalBytes)),
      ),
    ];
  }
}

/** None when the machine does not tell. */
function reading(label: string, value: string | null, history?: readonly (number | null)[]): Reading[] {
  if (!value) return [];
  return [{ label, value, ...(history && { history }) }];
}

function rowOf({ label, value, history }: Reading): HTMLElement[] {
  const picture = history ? [sparkline(history, capacity)] : [];
  return [element('dt', '', label), element('dd', '', ...picture, element('span', 'value', value))];
}

function percentText(percent: number | null): string | null {
  return percent === null ? null : strings.percent(percent);
}

function usedText(used: number | null, total: number | null): string | null {
  if (used === null) return null;
  return total === null ? formatBytes(used) : formatBytesOf(used, total);
}

function percentOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : (part / whole) * 100;
}
