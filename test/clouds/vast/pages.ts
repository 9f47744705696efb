import { type Answer, json } from '../base/cloudServer.js';
import { computedColumns, type WireContract } from './contract.js';
import { type Filters, misfitOf, passes } from './filters.js';

const parameters = ['limit', 'after_token', 'order_by', 'select_filters', 'select_cols', 'owner', 'api_key'];
const mostOnPage = 25;
/** Of a limit that is none. */
const fewOnPage = 5;

/**
 * `GET /api/v1/instances/`: a page of the account's machines.
 * @param all as they are shown now
 * @param hidden how many of them are kept back, while the count says otherwise
 */
export function pageOf(all: readonly WireContract[], query: URLSearchParams, hidden: number): Answer {
  const unknown = [...query.keys()].find((name) => !parameters.includes(name));
  if (unknown !== undefined) return invalid(`Unknown parameter ${unknown}`);
  const filters = parsed(query.get('select_filters') ?? '{}');
  const columns = parsed(query.get('select_cols') ?? '["*"]');
  const order = parsed(query.get('order_by') ?? '[]');
  if (!isFilters(filters) || !Array.isArray(columns) || !Array.isArray(order))
    return invalid('Error in query parameters: not JSON');
  const known = Object.keys(all[0] ?? {}).filter((column) => !computedColumns.includes(column));
  const misfit = all.length === 0 ? undefined : misfitOf(filters, known);
  if (misfit !== undefined) return invalid(misfit);
  const after = idOf(query.get('after_token'));
  if (after === undefined) return { ...invalid('Invalid after_token'), json: { error: 'invalid_token' } };

  const matching = all.filter((each) => passes(each, filters)).sort((a, b) => Number(a.id) - Number(b.id));
  const shown = matching.slice(0, matching.length - hidden).filter(({ id }) => Number(id) > after);
  const page = shown.slice(0, sizeOf(query.get('limit')));
  const last = page.at(-1);
  return json(200, {
    success: true,
    instances_found: page.length,
    total_instances: matching.length,
    label_counts: countLabels(matching),
    next_token: page.length < shown.length && last !== undefined ? tokenOf(last) : null,
    instances: page.map((each) => selected(each, columns)),
  });
}

function sizeOf(limit: string | null): number {
  const asked = limit === null ? mostOnPage : Number(limit);
  return asked <= 0 ? fewOnPage : Math.min(asked, mostOnPage);
}

function tokenOf({ id }: WireContract): string {
  return Buffer.from(JSON.stringify({ values: { id } })).toString('base64');
}

/** `undefined`: it is none of ours. */
function idOf(token: string | null): number | undefined {
  if (token === null) return 0;
  const value = parsed(Buffer.from(token, 'base64').toString('utf8')) as
    | { values?: { id?: number } }
    | undefined;
  return value?.values?.id;
}

function selected(contract: WireContract, columns: readonly unknown[]): WireContract {
  if (columns.includes('*')) return contract;
  const values = new Map<unknown, unknown>(Object.entries(contract));
  return Object.fromEntries(
    columns.map((column): [string, unknown] => [String(column), values.get(column) ?? null]),
  );
}

function countLabels(all: readonly WireContract[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { label } of all) counts[String(label)] = (counts[String(label)] ?? 0) + 1;
  return counts;
}

function isFilters(value: unknown): value is Filters {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function invalid(msg: string): Answer {
  return json(400, { error: 'invalid_request', msg });
}
