import { formatDuration, formatPrice, formatUsd } from '../src/format.js';
import type { PanelAction, PanelMoney } from '../src/protocol.js';
import { actionButton } from './actionButton.js';
import { element, setText } from './element.js';
import { facts } from './facts.js';
import type { Stopwatch } from './stopwatch.js';
import { strings } from './strings.js';

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** What the job has cost, what it may cost, and what ends the machine. */
export class MoneyView {
  readonly root = element('section', 'money');
  readonly #spent = element('span', 'spent');
  readonly #sums = element('p');
  readonly #budget = element('div', 'budget');
  readonly #bar = element('progress');
  readonly #share = element('span', 'facts');
  readonly #end = element('p', 'facts');
  readonly #left = element('span');
  readonly #alarm = element('div', 'alarm');

  constructor(act: (action: PanelAction) => void) {
    this.root.setAttribute('aria-label', strings.money);
    this.#bar.setAttribute('aria-label', strings.budget);
    this.#budget.append(this.#bar, this.#share);
    this.#alarm.setAttribute('role', 'alert');
    this.#alarm.append(element('p', '', strings.overdue), actionButton('openConsole', act));
    this.root.append(this.#sums, this.#budget, this.#end, this.#alarm);
  }

  show(money: PanelMoney | null, stopwatch: Stopwatch): void {
    this.root.hidden = money === null;
    if (!money) return;
    this.#showSums(money, stopwatch);
    this.#showEnd(money, stopwatch);
    this.#alarm.hidden = !money.isOverdue;
  }

  /** What is spent grows with the clock while a machine is there. */
  #showSums({ spentUsd, usdPerHour, expectedUsd, budgetUsd }: PanelMoney, stopwatch: Stopwatch): void {
    this.#budget.hidden = budgetUsd === null;
    stopwatch.run(0, (ms) => {
      const usd = spentUsd + (usdPerHour * ms) / hourMs;
      setText(this.#spent, usdPerHour > 0 ? strings.soFar(formatUsd(usd)) : formatUsd(usd));
      if (budgetUsd === null) return;
      this.#bar.value = Math.min(1, usd / budgetUsd);
      setText(this.#share, strings.ofBudget(shareWords(usd / budgetUsd), formatUsd(budgetUsd)));
      this.#budget.dataset.level = usd >= budgetUsd * 0.8 ? 'high' : 'low';
    });
    this.#sums.replaceChildren(
      ...facts(
        this.#spent,
        expectedUsd !== null && strings.expected(formatUsd(expectedUsd)),
        usdPerHour > 0 && formatPrice(usdPerHour),
      ),
    );
  }

  #showEnd({ end, isOverdue }: PanelMoney, stopwatch: Stopwatch): void {
    this.#end.hidden = end === null || isOverdue;
    if (!end) return;
    this.#end.dataset.guard = end.byItself ? 'machine' : 'this-computer';
    const say = end.byItself ? strings.endsItself : strings.endedFromHere;
    stopwatch.run(end.leftMs, (ms) => setText(this.#left, say(whenWords(ms))), -1);
    this.#end.replaceChildren(this.#left);
  }
}

/** More than all of it is said as it is. */
const shareWords = (share: number): string => `${String(Math.floor(share * 100))} %`;

/** To the minute: nobody needs a deadline to the second. */
const whenWords = (ms: number): string =>
  formatDuration(Math.max(minuteMs, Math.ceil(ms / minuteMs) * minuteMs));
