import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Addressed, publicAddresses } from '../../../../src/providers/canopywave/addresses.js';

const fixed = { addr: '172.16.0.252', 'OS-EXT-IPS:type': 'fixed' };
const floating = { addr: '213.181.122.171', 'OS-EXT-IPS:type': 'floating' };

const shapes: readonly (readonly [what: string, known: Addressed, expected: readonly string[]])[] = [
  ['publicIp', { publicIp: '213.181.122.171' }, ['213.181.122.171']],
  ['public_ip', { public_ip: '213.181.122.171' }, ['213.181.122.171']],
  ['floating_ip', { floating_ip: '213.181.122.171' }, ['213.181.122.171']],
  ['accessIPv4', { accessIPv4: '213.181.122.171' }, ['213.181.122.171']],
  ['ip', { ip: '213.181.122.171' }, ['213.181.122.171']],
  ['addresses, the private one first', { addresses: { net: [fixed, floating] } }, ['213.181.122.171']],
  ['the private one alone', { addresses: { net: [fixed] }, accessIPv4: '' }, []],
  ['a fixed address that looks public', { addresses: { net: [{ ...fixed, addr: '8.8.8.8' }] } }, []],
  [
    'addresses without a type',
    { addresses: { net: [{ addr: '172.16.0.2' }, { addr: '213.0.0.1' }] } },
    ['213.0.0.1'],
  ],
  ['nothing at all', { publicIp: null, accessIPv4: '', addresses: null }, []],
  ['no address but a name or IPv6', { ip: 'gpu.example.com', public_ip: '2001:db8::1' }, []],
  [
    'an address that stands twice',
    { publicIp: '213.181.122.171', addresses: { net: [floating] } },
    ['213.181.122.171'],
  ],
];

for (const [what, known, expected] of shapes)
  test(`the public addresses are read of ${what}`, () => {
    assert.deepEqual(publicAddresses(known), expected);
  });

test('no address of a private network is taken for a public one', () => {
  for (const ip of [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
  ])
    assert.deepEqual(publicAddresses({ ip }), [], ip);
  for (const ip of ['172.15.0.1', '172.32.0.1', '100.63.0.1', '100.128.0.1', '11.0.0.1'])
    assert.deepEqual(publicAddresses({ ip }), [ip], ip);
});

test('what the surest field says stands first', () => {
  const known = { ip: '5.0.0.1', accessIPv4: '4.0.0.1', addresses: { net: [floating] }, publicIp: '1.0.0.1' };
  assert.deepEqual(publicAddresses(known), ['1.0.0.1', '213.181.122.171', '4.0.0.1', '5.0.0.1']);
});
