import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as v from 'valibot';
import { InputError } from '../../../src/errors.js';
import { silentLogger } from '../../../src/logger.js';
import { Providers } from '../../../src/providers/index.js';
import { SshHosts } from '../../../src/providers/sshHosts.js';
import { EditorCloudSettings, keyOnMachineSetting, settingNames } from '../../../src/views/cloudSettings.js';

const property = v.object({ scope: v.string(), default: v.unknown() });
const manifest = v.parse(
  v.object({
    capabilities: v.object({
      untrustedWorkspaces: v.object({ restrictedConfigurations: v.array(v.string()) }),
    }),
    contributes: v.object({ configuration: v.object({ properties: v.record(v.string(), property) }) }),
  }),
  JSON.parse(readFileSync('package.json', 'utf8')),
);
const { properties } = manifest.contributes.configuration;

const { clouds } = new Providers({
  sshHosts: new SshHosts('nowhere'),
  settings: { get: () => Promise.resolve(undefined) },
  logger: silentLogger,
  timeScale: 1,
});

function settings(
  set: Readonly<Record<string, unknown>>,
  keys: Readonly<Record<string, string>> = {},
): EditorCloudSettings {
  return new EditorCloudSettings({
    read: (name) => set[name],
    keys: { get: (name) => Promise.resolve(keys[name]) },
  });
}

test('every cloud has a setting for its address and for all that it wants to know', () => {
  const wanted = clouds.flatMap(({ id, facts }) => [
    [`TRAINYARD_ENDPOINT_${id.toUpperCase()}`, `${id}.endpoint`],
    ...Object.entries(facts.settings).map(([name, { env }]) => [env, `${id}.${name}`]),
  ]);
  assert.deepEqual(Object.fromEntries(wanted), settingNames);
});

test('a cloud asks whether its machines may hold the account key only where there is no narrower one', () => {
  for (const { id, facts } of clouds) {
    const found = properties[`trainyard.${keyOnMachineSetting(id)}`];
    assert.equal(found !== undefined, facts.selfEnd === 'account-key', id);
    if (found) assert.equal(found.default, false);
  }
});

test('settings belong to the user: no workspace can set one', () => {
  const names = Object.values(settingNames).map((name) => `trainyard.${name}`);
  for (const name of names) assert.ok(name in properties, name);
  for (const [name, { scope }] of Object.entries(properties)) assert.equal(scope, 'application', name);
  const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  assert.deepEqual([...restrictedConfigurations].sort(), Object.keys(properties).sort());
});

test('a setting comes before the environment; an empty one says nothing', async () => {
  const environment = { TRAINYARD_ENDPOINT_RUNPOD: 'http://environment' };
  const get = (set: Readonly<Record<string, unknown>>): Promise<string | undefined> =>
    settings(set, environment).get('TRAINYARD_ENDPOINT_RUNPOD');
  assert.equal(await get({ 'runpod.endpoint': ' http://setting ' }), 'http://setting');
  assert.equal(await get({ 'runpod.endpoint': ' ' }), 'http://environment');
});

test('a key is never read from a setting', async () => {
  const all = settings({ RUNPOD_API_KEY: 'set', 'runpod.key': 'set' }, { RUNPOD_API_KEY: 'kept' });
  assert.equal(await all.get('RUNPOD_API_KEY'), 'kept');
});

test('the monthly budget is the setting, else the environment, else there is none', () => {
  assert.equal(settings({ monthlyBudget: 40 }).monthlyBudgetUsd({ TRAINYARD_MONTHLY_BUDGET: '7' }), 40);
  assert.equal(settings({ monthlyBudget: 0 }).monthlyBudgetUsd({ TRAINYARD_MONTHLY_BUDGET: '7' }), 7);
  assert.equal(settings({ monthlyBudget: null }).monthlyBudgetUsd({}), null);
});

test('what is no amount is told with its name', () => {
  assert.throws(
    () => settings({}).monthlyBudgetUsd({ TRAINYARD_MONTHLY_BUDGET: 'much' }),
    (error) => error instanceof InputError && error.message.includes('TRAINYARD_MONTHLY_BUDGET'),
  );
  assert.throws(
    () => settings({ monthlyBudget: -3 }).monthlyBudgetUsd({}),
    (error) => error instanceof InputError && error.message.includes('it is -3'),
  );
});
