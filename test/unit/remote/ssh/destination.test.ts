import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../../../src/errors.js';
import {
  addressOf,
  nameOfEndpoint,
  parseDestination,
  parseSshUrl,
} from '../../../../src/remote/ssh/destination.js';

for (const [text, expected] of [
  ['gpu1', { host: 'gpu1' }],
  ['alice@gpu1', { host: 'gpu1', user: 'alice' }],
  ['alice@gpu1:2222', { host: 'gpu1', user: 'alice', port: 2222 }],
  ['gpu1.example.com:22', { host: 'gpu1.example.com', port: 22 }],
  ['ssh://alice@gpu1:2222', { host: 'gpu1', user: 'alice', port: 2222 }],
  ['ssh://alice@gpu1/', { host: 'gpu1', user: 'alice' }],
  ['ssh://a%40b@gpu1', { host: 'gpu1', user: 'a@b' }],
  ['[::1]:2222', { host: '::1', port: 2222 }],
  ['alice@[fe80::1%eth0]', { host: 'fe80::1%eth0', user: 'alice' }],
  ['alice@2001:db8::7', { host: '2001:db8::7', user: 'alice' }],
] as const) {
  test(`"${text}" names a machine`, () => {
    assert.deepEqual(parseDestination(text), expected);
  });
}

for (const text of [
  '',
  ' ',
  '@gpu1',
  'alice@',
  'gpu 1',
  'gpu1:0',
  'gpu1:70000',
  'gpu1:ssh',
  '-oProxyCommand=x',
  '-l@gpu1',
  'a@b@c',
  'ssh://gpu1/path',
]) {
  test(`"${text}" is refused as a machine`, () => {
    assert.throws(() => parseDestination(text), InputError);
  });
}

test('an SSH address has a machine and a decoded path', () => {
  assert.deepEqual(parseSshUrl('ssh://alice@gpu1:2222/data/my%20set/a%25b'), {
    destination: 'alice@gpu1:2222',
    path: '/data/my set/a%b',
  });
});

test('an SSH address can begin in the home folder', () => {
  assert.deepEqual(parseSshUrl('ssh://gpu1/~/data'), { destination: 'gpu1', path: '~/data' });
});

for (const url of [
  'gpu1:/data',
  'ssh://gpu1',
  'ssh://gpu1/',
  'ssh:///data',
  'http://gpu1/data',
  'ssh://gpu1/50%',
]) {
  test(`"${url}" is refused as an SSH address`, () => {
    assert.throws(() => parseSshUrl(url), InputError);
  });
}

test('a machine is named with its port only where that says something', () => {
  assert.equal(addressOf({ host: '::1', port: 22 }), '::1');
  assert.equal(addressOf({ host: '::1', port: 2222 }), '[::1]:2222');
  const endpoint = { kind: 'ssh', host: 'gpu1', port: 22, user: 'alice', identityFiles: [] } as const;
  assert.equal(nameOfEndpoint(endpoint), 'alice@gpu1');
  assert.equal(nameOfEndpoint({ ...endpoint, port: 2222 }), 'alice@gpu1:2222');
});
