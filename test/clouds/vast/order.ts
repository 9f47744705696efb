import { unknownFields } from '../base/cloudServer.js';
import type { Listing } from './market.js';

/** What a create asks for, once it is found to be in order. */
export interface Order {
  readonly image: string;
  readonly diskGb: number;
  readonly label: string;
  readonly runtype: string;
  readonly environment: Readonly<Record<string, string>>;
  /** `-p 8080:8080` and the like. */
  readonly ports: readonly string[];
  readonly onstart: string;
  /** Makes the machine an interruptible one. */
  readonly price: number | undefined;
}

export interface Misfit {
  readonly error: 'invalid_args' | 'invalid_price';
  readonly msg: string;
}

const fields = [
  'client_id image disk label runtype env onstart args args_str price target_state cancel_unavail image_login',
  'template_hash_id volume_info vm user force use_jupyter_lab jupyter_dir python_utf8 lang_utf8',
].flatMap((line) => line.split(' '));
const runtypes = ['ssh', 'ssh_direct', 'ssh_proxy', 'jupyter', 'jupyter_direct', 'jupyter_proxy', 'args'];
const defaultDiskGb = 10;

/** Reads the body of a create. Sources of the limits: the API's description and the vendor's pages. */
export function readOrder(body: unknown, listing: Listing): Order | Misfit {
  if (typeof body !== 'object' || body === null) return args('the body is no object');
  const [unknown] = unknownFields(body, fields);
  if (unknown !== undefined) return args(`'${unknown}' is not a known argument`);
  const asked = new Map<string, unknown>(Object.entries(body));
  const text = (name: string, otherwise = ''): string => {
    const value = asked.get(name);
    return typeof value === 'string' ? value : otherwise;
  };

  if (text('image') === '') return args("'image' is required");
  const disk = asked.get('disk') ?? defaultDiskGb;
  if (typeof disk !== 'number' || disk < 1) return args("'disk' must be a number of GB");
  if (disk > (listing.diskGb ?? 812.3)) return args("'disk' is larger than the machine offers");
  if (text('label').length > 256) return args("'label' is longer than 256 characters");
  if (text('onstart').length > 4048) return args("'onstart' is longer than 4048 characters");
  if (!runtypes.includes(text('runtype', 'ssh'))) return args(`'runtype' ${text('runtype')} is not known`);
  const env = asked.get('env') ?? {};
  if (typeof env !== 'object' || Array.isArray(env)) return args("'env' must be an object");
  const entries = Object.entries(env as Record<string, unknown>);
  const odd = entries.find(
    ([name, value]) => !/^([A-Za-z_]\w*|-p \S+)$/.test(name) || typeof value !== 'string',
  );
  if (odd !== undefined) return args(`'env' has no place for ${odd[0]}`);
  const price = asked.get('price');
  if (price !== undefined && !(typeof price === 'number' && price >= 0.001 && price <= 128))
    return { error: 'invalid_price', msg: 'error 400/3470: Invalid price: it must be between 0.001 and 128' };

  return {
    image: text('image'),
    diskGb: disk,
    label: text('label'),
    runtype: text('runtype', 'ssh'),
    environment: Object.fromEntries(
      entries.filter(([name]) => !name.startsWith('-p ')).map(([name, value]) => [name, String(value)]),
    ),
    ports: entries.map(([name]) => name).filter((name) => name.startsWith('-p ')),
    onstart: text('onstart'),
    price: price,
  };
}

function args(what: string): Misfit {
  return { error: 'invalid_args', msg: `error 400/3467: Invalid args: ${what}` };
}
