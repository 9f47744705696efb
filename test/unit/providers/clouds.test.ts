import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AuthError } from '../../../src/errors.js';
import type { Cloud, CloudOptions } from '../../../src/providers/cloud.js';
import { LazyCloud } from '../../../src/providers/clouds.js';
import { facts } from '../../../src/providers/runpod/facts.js';
import { RecordingLogger } from '../../support/recordingLogger.js';

describe('LazyCloud', () => {
  const setUp = (values: Record<string, string>): { cloud: LazyCloud; made: CloudOptions[] } => {
    const made: CloudOptions[] = [];
    const make = (options: CloudOptions): Cloud => {
      made.push(options);
      return { id: 'runpod', facts } as Cloud;
    };
    const entry = { id: 'runpod', title: 'RunPod', facts, load: () => Promise.resolve(make) };
    const settings = { get: (name: string) => Promise.resolve(values[name]) };
    return { cloud: new LazyCloud(entry, { settings, logger: new RecordingLogger(), timeScale: 1 }), made };
  };

  it('says where a key is found when there is none', async () => {
    const { cloud, made } = setUp({});
    assert.equal(await cloud.hasKey(), false);
    await assert.rejects(cloud.open(), (error) => {
      assert.ok(error instanceof AuthError);
      assert.match(error.message, /^There is no key for RunPod\. Set RUNPOD_API_KEY\. /);
      return true;
    });
    assert.deepEqual(made, []);
  });

  it('is made once for one key, also by several at once, so that calls keep their distance', async () => {
    const { cloud, made } = setUp({ RUNPOD_API_KEY: 'k' });
    const opened = await Promise.all([cloud.open(), cloud.open(), cloud.open()]);
    assert.equal(made.length, 1);
    assert.ok(opened.every((one) => one === opened[0]));
  });

  it('is made anew when the key, the endpoint or a setting has changed', async () => {
    const values: Record<string, string> = { RUNPOD_API_KEY: 'k' };
    const { cloud, made } = setUp(values);
    await cloud.open();
    values.RUNPOD_API_KEY = 'other';
    await cloud.open();
    values.TRAINYARD_ENDPOINT_RUNPOD = 'http://127.0.0.1:1//';
    await cloud.open();
    assert.deepEqual(
      made.map(({ key, endpoint }) => [key, endpoint]),
      [
        ['k', facts.endpoint],
        ['other', facts.endpoint],
        ['other', 'http://127.0.0.1:1'],
      ],
    );
  });
});
