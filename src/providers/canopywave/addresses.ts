import { isIPv4 } from 'node:net';

/** All the ways in which CanopyWave, Nova and clients that know them name addresses. */
export interface Addressed {
  readonly publicIp?: string | null | undefined;
  readonly public_ip?: string | null | undefined;
  readonly floating_ip?: string | null | undefined;
  readonly accessIPv4?: string | null | undefined;
  readonly ip?: string | null | undefined;
  /** Nova's, by network; the private one stands before the public one. */
  readonly addresses?: Readonly<Record<string, readonly NovaAddress[]>> | null | undefined;
}

export interface NovaAddress {
  readonly addr: string;
  readonly 'OS-EXT-IPS:type'?: string | null | undefined;
}

/** The IPv4 addresses under which a machine answers from outside, surest first. Never one of a private network. */
export function publicAddresses(known: Addressed): string[] {
  const nova = Object.values(known.addresses ?? {})
    .flat()
    .filter((address) => address['OS-EXT-IPS:type'] !== 'fixed');
  const isFloating = (address: NovaAddress): boolean => address['OS-EXT-IPS:type'] === 'floating';
  const candidates = [
    known.publicIp,
    ...nova.filter(isFloating).map(({ addr }) => addr),
    known.floating_ip,
    known.public_ip,
    known.accessIPv4,
    known.ip,
    ...nova.filter((address) => !isFloating(address)).map(({ addr }) => addr),
  ];
  return [...new Set(candidates.filter((text) => typeof text === 'string').filter(isPublic))];
}

/** Whether it is an IPv4 address outside the private ranges (RFC 1918, RFC 6598) and not link-local (RFC 3927). */
function isPublic(text: string): boolean {
  if (!isIPv4(text)) return false;
  return !/^(0\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
    text,
  );
}
