import type { ChartOptions } from 'chart.js';
import { formatNumber, formatPosition } from '../src/format.js';
import type { Axis } from './series.js';
import { strings } from './strings.js';
import { roundTicks } from './ticks.js';
import type { Theme } from './theme.js';

type LineChartOptions = ChartOptions<'line'>;
type Scale = NonNullable<NonNullable<LineChartOptions['scales']>[string]>;

const tickSpacingPx = 56;

/** How a chart looks and behaves in a theme, over an axis. */
export function lineChartOptions(theme: Theme, axis: Axis, onResize: () => void): LineChartOptions {
  return {
    onResize,
    animation: false,
    parsing: false,
    normalized: true,
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: 'nearestOnEach', axis: 'x', intersect: false },
    layout: { padding: { top: 6, right: 10 } },
    scales: { x: positionScale(theme, axis), y: valueScale(theme) },
    plugins: { tooltip: tooltip(theme, axis) },
  };
}

function positionScale(theme: Theme, axis: Axis): Scale {
  return {
    type: 'linear',
    bounds: 'data',
    grid: { display: false },
    border: { color: theme.grid },
    afterBuildTicks: (scale) => {
      const values = roundTicks(scale.min, scale.max, Math.floor(scale.width / tickSpacingPx));
      scale.ticks = values.map((value) => ({ value }));
    },
    ticks: {
      ...ticks(theme),
      maxRotation: 0,
      autoSkip: false,
      callback: (value) => formatPosition(Number(value)),
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

function valueScale(theme: Theme): Scale {
  return {
    type: 'linear',
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
      title: ([first]) => (first ? `${strings.axes[axis]} ${formatPosition(first.parsed.x ?? NaN)}` : ''),
      labelPointStyle: () => ({ pointStyle: 'line', rotation: 0 }),
      label: ({ dataset, parsed }) => `${dataset.label ?? ''}  ${formatNumber(parsed.y ?? NaN)}`,
    },
  };
}
