import type { MetricKind, Phase } from '../src/metricKind.js';

export interface LineStyle {
  readonly colour: string;
  /** Lengths of dashes and gaps in pixels; empty is a solid line. */
  readonly dash: readonly number[];
}

/** What there is to tell lines apart with. */
export interface LinePalette {
  /** Opaque colours, told apart best in this order. */
  readonly lines: readonly string[];
  readonly foreground: string;
  /** Lines must differ in more than colour. */
  readonly highContrast: boolean;
}

const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [8, 3, 2, 3]];
/** How the data a thing was measured on changes the look of its line. */
const phaseLooks: Readonly<Record<Phase, { readonly dash: number; readonly colourPercent: number }>> = {
  train: { dash: 0, colourPercent: 100 },
  validation: { dash: 1, colourPercent: 55 },
  test: { dash: 2, colourPercent: 35 },
};

/**
 * How the lines of one chart are told apart. Where several things are measured on training and validation data, a
 * thing is a colour and the data a tint and a dash; otherwise every line has its own colour. In high contrast no two
 * lines differ by colour alone.
 */
export function lineStyles(kinds: readonly MetricKind[], palette: LinePalette): LineStyle[] {
  const bases = [...new Set(kinds.map(baseOf))];
  const paired = bases.length > 1 && bases.length < kinds.length;
  return kinds.map((kind, index) => {
    const place = paired ? bases.indexOf(baseOf(kind)) : index;
    const look = phaseLooks[paired ? kind.phase : 'train'];
    const colour = palette.lines[place % palette.lines.length] ?? palette.foreground;
    const dash = palette.highContrast ? index : look.dash + Math.floor(place / palette.lines.length);
    return {
      colour: tinted(colour, palette.foreground, look.colourPercent),
      dash: dashes[dash % dashes.length] ?? [],
    };
  });
}

/**
 * How lines of several jobs are told apart: a job is a colour, and the part of the data a dash. With more jobs than
 * colours, and in high contrast, no two jobs differ by colour alone.
 * @param places of the job of each line, from 0
 */
export function runStyles(
  kinds: readonly MetricKind[],
  places: readonly number[],
  palette: LinePalette,
): LineStyle[] {
  return kinds.map(({ phase }, index) => {
    const place = places[index] ?? 0;
    const colour = palette.lines[place % palette.lines.length] ?? palette.foreground;
    const round = palette.highContrast ? place : Math.floor(place / palette.lines.length);
    const dash = phaseLooks[phase].dash + round;
    return { colour, dash: dashes[dash % dashes.length] ?? [] };
  });
}

function baseOf({ base }: MetricKind): string {
  return base.toLowerCase();
}

function tinted(colour: string, foreground: string, percent: number): string {
  return percent === 100 ? colour : `color-mix(in srgb, ${colour} ${String(percent)}%, ${foreground})`;
}
