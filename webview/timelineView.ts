import type { TimelineItem } from '../src/protocol.js';
import { element, setText } from './element.js';
import { formatDuration } from '../src/format.js';
import type { Stopwatch } from './stopwatch.js';
import { strings } from './strings.js';

/** The steps of a job, done and to come, with how long they took. */
export class TimelineView {
  readonly root: HTMLElement;
  readonly #list = element('ol');

  constructor() {
    this.root = element('section', 'timeline', element('h2', '', strings.timeline), this.#list);
  }

  show(items: readonly TimelineItem[], stopwatch: Stopwatch): void {
    this.#list.replaceChildren(...items.flatMap((item, index) => rowsOf(item, items[index - 1], stopwatch)));
  }
}

function rowsOf(item: TimelineItem, before: TimelineItem | undefined, stopwatch: Stopwatch): HTMLElement[] {
  const row = rowOf(item, stopwatch);
  const newAttempt = item.attempt > 1 && item.attempt !== before?.attempt;
  return newAttempt ? [element('li', 'attempt', strings.attempt(item.attempt)), row] : [row];
}

function rowOf({ step, status, durationMs }: TimelineItem, stopwatch: Stopwatch): HTMLElement {
  const duration = element('span', 'duration');
  const row = element(
    'li',
    '',
    element('span', 'dot'),
    element('span', 'step', strings.steps[step]),
    element('span', 'unseen', `, ${strings.stepStatus[status]} `),
    duration,
  );
  row.dataset.status = status;
  if (status === 'active') row.setAttribute('aria-current', 'step');
  const show = (ms: number): void => setText(duration, formatDuration(ms));
  if (durationMs !== null && status === 'active') stopwatch.run(durationMs, show);
  else if (durationMs !== null) show(durationMs);
  return row;
}
