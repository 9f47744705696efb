/** Numbers as people read them: four digits, an exponent where zeros would have to be counted. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return trimExponent(value.toExponential(3));
  return size >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
}

/** A position on the step or epoch axis: `12`, `2.5`, `100k`. */
export function formatPosition(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${String(Number((value / 1e6).toFixed(2)))}M`;
  if (size >= 1e4) return `${String(Number((value / 1e3).toFixed(1)))}k`;
  return String(Number(value.toFixed(2)));
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** The two largest units: `<1 s`, `8 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4 h`. */
export function formatDuration(durationMs: number): string {
  const rest = Math.max(0, durationMs);
  if (rest > 0 && rest < second) return '<1 s';
  if (rest < minute) return `${String(Math.floor(rest / second))} s`;
  if (rest < hour) return twoUnits(rest, minute, 'min', second, 's');
  if (rest < day) return twoUnits(rest, hour, 'h', minute, 'min');
  return twoUnits(rest, day, 'd', hour, 'h');
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Units of 1024, as the editor and graphics cards count. */
export function formatBytes(bytes: number): string {
  const power = powerOf(bytes);
  return `${amountIn(bytes, power)} ${byteUnits[power] ?? ''}`;
}

/** A part and its whole in the unit of the whole: `3.1 / 7.8 GB`. */
export function formatBytesOf(part: number, whole: number): string {
  return `${amountIn(part, powerOf(whole))} / ${formatBytes(whole)}`;
}

export function formatUsd(usd: number): string {
  return usd > 0 && usd < 0.01 ? '<$0.01' : `$${usd.toFixed(2)}`;
}

/** `$0.34/h`, `$0.298/h` where the third digit counts, `$12.50/h`. */
export function formatPrice(usdPerHour: number): string {
  const digits = usdPerHour < 1 ? usdPerHour.toFixed(3).replace(/0$/, '') : usdPerHour.toFixed(2);
  return `$${digits}/h`;
}

/** Hours that nobody knows exactly: `25 min`, `3.2 h`. */
export function formatHours(hours: number): string {
  return hours < 1 ? `${String(Math.ceil(hours * 60))} min` : `${String(Number(hours.toFixed(1)))} h`;
}

/** Never 100 % before the end. */
export function formatFraction(fraction: number): string {
  return `${String(fraction >= 1 ? 100 : Math.min(99, Math.max(0, Math.round(fraction * 100))))} %`;
}

function twoUnits(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const remainder = Math.floor((ms % large) / small);
  const head = `${String(Math.floor(ms / large))} ${largeName}`;
  return remainder === 0 ? head : `${head} ${String(remainder)} ${smallName}`;
}

function powerOf(bytes: number): number {
  return bytes < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log2(bytes) / 10));
}

function amountIn(bytes: number, power: number): string {
  const amount = bytes / 1024 ** power;
  return amount.toFixed(power === 0 || amount >= 100 ? 0 : 1);
}

function trimExponent(text: string): string {
  return text.replace(/\.?0*e\+?/, 'e');
}
