import { randomNumbers, seedOf } from './random.js';

/** Where a cloud asks whether something goes wrong now. `machine` is asked once for each machine that is made. */
export type FaultPoint =
  | 'account'
  | 'offers'
  | 'create'
  | 'list'
  | 'read'
  | 'terminate'
  | 'stop'
  | 'start'
  | 'keys'
  | 'address'
  | 'machine';

/** Refusals that every cloud words in its own way. */
export type TroubleFault =
  | { readonly kind: '429'; readonly retryAfterSeconds?: number; readonly body?: 'json' | 'plain' | 'empty' }
  /** `done`: what was asked for has been done all the same. */
  | { readonly kind: '500' | '503'; readonly done?: boolean };

/** What goes wrong with the answer; the server does these by itself, with the provider's own words. */
export type AnswerFault =
  | TroubleFault
  /** No answer ever: the connection hangs until the client gives up. */
  | { readonly kind: 'timeout'; readonly done?: boolean }
  | { readonly kind: 'slow'; readonly ms: number }
  /** Does it, then breaks the connection. */
  | { readonly kind: 'lost-reply' }
  /** Breaks the connection without doing it. */
  | { readonly kind: 'refuse' };

/** What goes wrong with the thing itself; the route of the provider reads these. */
export type CloudFault =
  | { readonly kind: 'no-capacity' }
  /** A list shows how things were so many cloud seconds ago. */
  | { readonly kind: 'stale'; readonly seconds: number }
  /** A list is not the whole, and says so in the way of this provider. */
  | { readonly kind: 'partial' }
  /** Success is answered, and nothing is done for so many cloud seconds (`Infinity`: never). */
  | { readonly kind: 'ignored'; readonly seconds: number }
  /** The id that is answered will never exist. */
  | { readonly kind: 'ghost' };

/** What is wrong with the machine that was made. Seconds are the cloud's. */
export type MachineFault =
  | { readonly kind: 'stuck-booting' | 'no-sshd' | 'no-gpu' }
  | { readonly kind: 'dies' | 'interrupted'; readonly afterSeconds: number };

export type Fault = AnswerFault | CloudFault | MachineFault;
export type FaultKind = Fault['kind'];

export interface ChaosOptions {
  /** The same seed decides the same at the n-th question of a point, in whatever order the points are asked. */
  readonly seed: number;
  /** Of a fault at each question, 0 to 1. */
  readonly probability: number;
  /** Only these, where not everything is wanted. */
  readonly kinds?: readonly FaultKind[];
}

/** What was decided at the n-th question (from 0) of a point. */
export interface FaultDecision {
  readonly point: FaultPoint;
  readonly nth: number;
  readonly fault: Fault | undefined;
}

/** Which fault happens when: as a test has ordered it, else as the dice fall, where there are dice. */
export class Faults {
  /** Everything that was decided so far. */
  readonly decisions: FaultDecision[] = [];
  readonly #chaos: ChaosOptions | undefined;
  readonly #ordered = new Map<FaultPoint, Ordered[]>();
  readonly #asked = new Map<FaultPoint, number>();

  constructor(chaos?: ChaosOptions) {
    this.#chaos = chaos;
  }

  /** Orders a fault for the next question of a point, or the next `times`. Orders wait for each other. */
  next(point: FaultPoint, { times = 1, ...fault }: Fault & { readonly times?: number }): void {
    const queue = this.#ordered.get(point) ?? [];
    this.#ordered.set(point, [...queue, { fault, left: times }]);
  }

  /** Takes back what was ordered for a point, or all of it. */
  clear(point?: FaultPoint): void {
    if (point === undefined) this.#ordered.clear();
    else this.#ordered.delete(point);
  }

  /** What goes wrong now, here. Every call is a question of its own. */
  at(point: FaultPoint): Fault | undefined {
    const nth = this.#asked.get(point) ?? 0;
    this.#asked.set(point, nth + 1);
    const fault = this.#takeOrdered(point) ?? this.#byChance(point, nth);
    this.decisions.push({ point, nth, fault });
    return fault;
  }

  #takeOrdered(point: FaultPoint): Fault | undefined {
    const queue = this.#ordered.get(point) ?? [];
    const [first] = queue;
    if (first === undefined) return undefined;
    first.left -= 1;
    if (first.left <= 0) queue.shift();
    return first.fault;
  }

  #byChance(point: FaultPoint, nth: number): Fault | undefined {
    if (this.#chaos === undefined) return undefined;
    const { seed, probability, kinds } = this.#chaos;
    const random = randomNumbers(seedOf(seed, point, nth));
    if (random() >= probability) return undefined;
    const possible = possibleAt[point].filter((kind) => kinds?.includes(kind) ?? true);
    const kind = possible[Math.floor(random() * possible.length)];
    return kind === undefined ? undefined : randomFault(kind, random);
  }
}

interface Ordered {
  readonly fault: Fault;
  left: number;
}

const answerKinds = ['429', '500', '503', 'timeout', 'slow', 'lost-reply', 'refuse'] as const;

/** Whether it is the server's to do. */
export function isAnswerFault(fault: Fault): fault is AnswerFault {
  return answerKinds.some((kind) => kind === fault.kind);
}

/** What can go wrong where. */
const possibleAt: Readonly<Record<FaultPoint, readonly FaultKind[]>> = {
  account: answerKinds,
  offers: answerKinds,
  create: [...answerKinds, 'no-capacity', 'ghost'],
  list: [...answerKinds, 'stale', 'partial'],
  read: [...answerKinds, 'stale'],
  terminate: [...answerKinds, 'ignored'],
  stop: [...answerKinds, 'ignored'],
  start: [...answerKinds, 'no-capacity'],
  keys: answerKinds,
  address: [...answerKinds, 'no-capacity'],
  machine: ['stuck-booting', 'no-sshd', 'no-gpu', 'dies', 'interrupted'],
};

function randomFault(kind: FaultKind, random: () => number): Fault {
  switch (kind) {
    case '429': {
      const body = (['json', 'plain', 'empty'] as const)[Math.floor(random() * 3)] ?? 'json';
      return random() < 0.5
        ? { kind, body }
        : { kind, body, retryAfterSeconds: 1 + Math.floor(random() * 3) };
    }
    case '500':
    case '503':
    case 'timeout':
      return { kind, done: random() < 0.5 };
    case 'slow':
      return { kind, ms: 50 + Math.floor(random() * 450) };
    case 'stale':
      return { kind, seconds: 5 + Math.floor(random() * 55) };
    case 'ignored':
      return { kind, seconds: 60 + Math.floor(random() * 1140) };
    case 'dies':
    case 'interrupted':
      return { kind, afterSeconds: 30 + Math.floor(random() * 570) };
    case 'lost-reply':
    case 'refuse':
    case 'no-capacity':
    case 'partial':
    case 'ghost':
    case 'stuck-booting':
    case 'no-sshd':
    case 'no-gpu':
      return { kind };
  }
}
