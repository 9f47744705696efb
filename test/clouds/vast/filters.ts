/** `{ eq: true }`, `{ gte: 24000, lt: 50000 }`: what a search or list asks of one column. */
type Conditions = Readonly<Record<string, unknown>>;

const operators: Readonly<Record<string, (value: unknown, wanted: unknown) => boolean>> = {
  eq: (value, wanted) => value === wanted,
  neq: (value, wanted) => value !== wanted,
  gt: (value, wanted) => Number(value) > Number(wanted),
  gte: (value, wanted) => Number(value) >= Number(wanted),
  lt: (value, wanted) => Number(value) < Number(wanted),
  lte: (value, wanted) => Number(value) <= Number(wanted),
  in: (value, wanted) => Array.isArray(wanted) && wanted.includes(value),
  notin: (value, wanted) => Array.isArray(wanted) && !wanted.includes(value),
};

/** By column. */
export type Filters = Readonly<Record<string, unknown>>;

/** What Vast.ai would say of filters that it does not understand; `undefined` when it understands them. */
export function misfitOf(filters: Filters, columns: readonly string[]): string | undefined {
  for (const [column, conditions] of Object.entries(filters)) {
    if (!columns.includes(column)) return `Error in query parameters: ${column} is not a valid search key`;
    if (typeof conditions !== 'object' || conditions === null) return `Invalid filter for ${column}`;
    const unknown = Object.keys(conditions).find((operator) => !(operator in operators));
    if (unknown !== undefined) return `Invalid operator ${unknown} for ${column}`;
  }
  return undefined;
}

/** Whether all the filters, which fit, let an item through. */
export function passes(item: Filters, filters: Filters): boolean {
  return Object.entries(filters).every(([column, conditions]) =>
    Object.entries(conditions as Conditions).every(
      ([operator, wanted]) => operators[operator]?.(item[column], wanted) === true,
    ),
  );
}
