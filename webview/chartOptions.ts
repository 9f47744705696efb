import type { ChartOptions } from 'chart.js';
import { formatNumber } from '../src/format.js';
import { formatOn } from './positions.js';
import type { Axis, Range } from './series.js';
import { strings } from './strings.js';
import { roundTicks, timeTicks } from './ticks.js';
import type { Theme } from './theme.js';

type LineChartOptions = ChartOptions<'line'>;
type Scale = NonNullable<NonNullable<LineChartOptions['scales']>[string]>;

/** How a chart looks, whatever its lines. */
export interface ChartLook {
  readonly theme: Theme;
  readonly axis: Axis;
  /** Whether values stand at their logarithm. */
  readonly logarithmic: boolean;
  /** The part of the axis that is seen; `null` for as much as there is. */
  readonly range: Range | null;
}

const tickSpacingPx = 56;
/** `2 min 30 s` is longer than a number. */
const timeTickSpacingPx = 84;

export function lineChartOptions(look: ChartLook, onResize: () => void): LineChartOptions {
  const { theme, axis } = look;
  return {
    // The cursor is the same in all charts, so it comes from outside.
    events: [],
    onResize,
    animation: false,
    parsing: false,
    normalized: true,
    responsive: true,
    maintainAspectRatio: false,
    layout: { padding: { top: 6, right: 10 } },
    scales: { x: positionScale(look), y: valueScale(look) },
    plugins: { tooltip: tooltip(theme, axis) },
  };
}

function positionScale({ theme, axis, range }: ChartLook): Scale {
  return {
    type: 'linear',
    bounds: 'data',
    ...(range && { min: range.from, max: range.to }),
    grid: { display: false },
    border: { color: theme.grid },
    afterBuildTicks: (scale) => {
      const values =
        axis === 'time'
          ? timeTicks(scale.min, scale.max, Math.floor(scale.width / timeTickSpacingPx))
          : roundTicks(scale.min, scale.max, Math.floor(scale.width / tickSpacingPx));
      scale.ticks = values.map((value) => ({ value }));
    },
    ticks: {
      ...ticks(theme),
      maxRotation: 0,
      autoSkip: false,
      callback: (value) => formatOn(axis, Number(value)),
    },
    title: {
      display: true,
      text: strings.axes[axis],
      align: 'end',
      color: theme.dimmed,
      font: font(theme),
      padding: 0,
    },
  };
}

function valueScale({ theme, logarithmic }: ChartLook): Scale {
  return {
    type: logarithmic ? 'logarithmic' : 'linear',
    grid: { color: theme.grid, lineWidth: 0.5, tickLength: 0 },
    border: { display: false, dash: theme.highContrast ? [1, 4] : [] },
    ticks: {
      ...ticks(theme),
      padding: 6,
      maxTicksLimit: 6,
      callback: (value) => formatNumber(Number(value)),
    },
  };
}

function ticks(theme: Theme) {
  return { color: theme.dimmed, font: font(theme) };
}

function font({ fontFamily, fontSizePx }: Theme) {
  return { family: fontFamily, size: fontSizePx };
}

function tooltip(theme: Theme, axis: Axis): NonNullable<NonNullable<LineChartOptions['plugins']>['tooltip']> {
  const { background, border, foreground } = theme.hover;
  return {
    backgroundColor: background,
    borderColor: border,
    borderWidth: 1,
    cornerRadius: 3,
    padding: 8,
    caretSize: 0,
    caretPadding: 12,
    titleColor: foreground,
    titleFont: { ...font(theme), weight: 600 },
    titleMarginBottom: 4,
    bodyColor: foreground,
    bodyFont: font(theme),
    usePointStyle: true,
    boxWidth: 12,
    boxPadding: 6,
    callbacks: {
      title: ([first]) => (first ? `${strings.axes[axis]} ${formatOn(axis, first.parsed.x ?? NaN)}` : ''),
      labelPointStyle: () => ({ pointStyle: 'line', rotation: 0 }),
      label: ({ dataset, parsed }) => `${dataset.label ?? ''}  ${formatNumber(parsed.y ?? NaN)}`,
    },
  };
}
