import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { parse } from 'yaml';
import type { RentRequest } from '../../../../src/providers/cloud.js';
import { hostnameOf, launchOrder } from '../../../../src/providers/lambda/launchOrder.js';
import { userData } from '../../../../src/providers/lambda/cloudInit.js';
import { readLaunch } from '../../../clouds/lambda/launchBody.js';
import { tempDir } from '../../../support/tempDir.js';

const run = promisify(execFile);
const cloudConfig = v.object({
  write_files: v.array(v.object({ path: v.string(), permissions: v.string(), content: v.string() })),
});
const place = { type: 'gpu_1x_a10', region: 'us-west-1', sshKeyName: 'trainyard-k3x9-digits' };
const label = `trainyard-k3x9-${'very-long-name-'.repeat(2)}1-1795340520`;

function request(bootLine: string | null): RentRequest {
  const offer = {
    provider: 'lambda',
    id: 'gpu_1x_a10@us-west-1',
    gpu: 'A10',
    count: 1,
    vramGb: 24,
    usdPerHour: 0.75,
    region: 'us-west-1',
    spot: false,
    available: true,
    hostKey: null,
    usdPerGb: { up: 0, down: 0 },
    cuda: null,
    diskGb: 1400,
    notes: [],
  };
  const publicKey = 'ssh-ed25519 AAAA';
  return {
    label,
    offer,
    publicKey,
    keyName: place.sshKeyName,
    diskGb: 20,
    image: 'pytorch',
    deadline: 1795340520.7,
    bootLine,
  };
}

test('a launch names one key, and bears its label as name, host name and tag', () => {
  const order = readLaunch(launchOrder(request(null), place, 'KEY'));
  assert.ok(typeof order !== 'string');
  assert.deepEqual(order.ssh_key_names, ['trainyard-k3x9-digits']);
  assert.deepEqual([order.name, order.hostname], [label, label]);
  const tags = Object.fromEntries(order.tags.map(({ key, value }) => [key, value]));
  assert.equal(tags['trainyard-label'], label);
  assert.equal(tags['trainyard-deadline'], '1795340520');
  assert.ok(Math.abs(Number(tags['trainyard-launched']) - Date.now() / 1000) < 60);
});

test('a machine that is not to end itself gets neither user data nor the key', () => {
  const order = launchOrder(request(null), place, 'KEY');
  assert.ok(!('user_data' in order));
  assert.doesNotMatch(JSON.stringify(order), /KEY/);
});

test('a host name never ends with a hyphen and is never too long', () => {
  assert.equal(hostnameOf(`trainyard-${'x'.repeat(52)}-9`), `trainyard-${'x'.repeat(52)}`);
});

test('cloud-init starts a line as it is, with the key in its environment and in no command', async (t) => {
  const key = `it's "a" $key`;
  const line = 'printf %s_ "$LAMBDA_API_KEY" \\ : {a} [b] "x # y"';
  const [file, ...others] = v.parse(cloudConfig, parse(userData(line, key))).write_files;
  assert.ok(file && others.length === 0);
  assert.deepEqual(
    [file.path, file.permissions],
    ['/var/lib/cloud/scripts/per-boot/trainyard-watchdog', '0700'],
  );
  assert.ok(!file.content.slice(file.content.indexOf('sudo')).includes('$key'));
  const script = join(await tempDir(t), 'script');
  await writeFile(script, file.content);
  // Whoever runs the tests may have no sudo, and is not called ubuntu.
  const sudo = 'sudo() { while [ "$1" != sh ]; do shift; done; "$@"; }';
  const { stdout } = await run('sh', ['-c', `${sudo}; . "$0"`, script]);
  assert.equal(stdout, `${key}_ :_{a}_[b]_x # y_`);
});
