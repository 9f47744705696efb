import type { Disposable } from '../disposable.js';
import type {
  MetricColumns,
  PanelCheckpoint,
  PanelHeader,
  PanelModelSample,
  PanelUpdate,
  SystemSample,
  ToPanel,
} from '../protocol.js';
import { joinMetricColumns } from './metricColumns.js';

const defaultIntervalMs = 250;

/**
 * Sends updates to a panel at a pace it can draw: at once after a quiet time, else one batch per interval, with what
 * came meanwhile joined. Nothing is dropped but what something newer replaces as a whole.
 */
export class PanelOutbox implements Disposable {
  readonly #send: (message: ToPanel) => void;
  readonly #intervalMs: number;
  #header: PanelHeader | undefined;
  #metrics: (readonly MetricColumns[])[] = [];
  #samples: SystemSample[] = [];
  #modelSamples: PanelModelSample[] = [];
  #checkpoints: readonly PanelCheckpoint[] | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (message: ToPanel) => void, intervalMs = defaultIntervalMs) {
    this.#send = send;
    this.#intervalMs = intervalMs;
  }

  add(update: PanelUpdate): void {
    switch (update.type) {
      case 'header':
        this.#header = update.header;
        break;
      case 'points':
        this.#metrics.push(update.metrics);
        break;
      case 'system':
        this.#samples.push(...update.samples);
        break;
      case 'modelSamples':
        this.#modelSamples.push(...update.samples);
        break;
      case 'checkpoints':
        this.#checkpoints = update.checkpoints;
        break;
      default:
        update satisfies never;
    }
    if (!this.#timer) this.#flush();
  }

  /** Sends a message that makes all waiting updates obsolete. */
  replaceAll(message: ToPanel): void {
    this.#forget();
    this.#send(message);
  }

  dispose(): void {
    this.#forget();
  }

  #flush(): void {
    const messages = this.#waiting();
    this.#forget();
    if (messages.length === 0) return;
    for (const message of messages) this.#send(message);
    this.#timer = setTimeout(() => this.#flush(), this.#intervalMs);
  }

  #waiting(): ToPanel[] {
    const messages: ToPanel[] = [];
    if (this.#metrics.length > 0)
      messages.push({ type: 'points', metrics: joinMetricColumns(this.#metrics) });
    if (this.#samples.length > 0) messages.push({ type: 'system', samples: this.#samples });
    if (this.#modelSamples.length > 0) messages.push({ type: 'modelSamples', samples: this.#modelSamples });
    if (this.#checkpoints) messages.push({ type: 'checkpoints', checkpoints: this.#checkpoints });
    if (this.#header) messages.push({ type: 'header', header: this.#header });
    return messages;
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#header = undefined;
    this.#metrics = [];
    this.#samples = [];
    this.#modelSamples = [];
    this.#checkpoints = undefined;
  }
}
