import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { type Pod, podAnswer } from '../../../../src/providers/runpod/answers.js';
import { sshCandidates, toInstance } from '../../../../src/providers/runpod/pods.js';

const running = {
  id: '7h9k2m4n6p',
  name: 'trainyard-3f9c1a7e',
  status: 'RUNNING',
  actions: ['stop', 'restart', 'terminate'],
  image: 'runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404',
  env: { PUBLIC_KEY: 'ssh-ed25519 AAAA', JUPYTER_PASSWORD: 'hunter2' },
  mounts: { persistent: { size: 73, path: '/root/.trainyard' } },
  gpu: { id: 'NVIDIA GeForce RTX 4090', count: 1 },
  dataCenterId: 'US-KS-2',
  ssh: {
    proxy: { host: 'ssh.runpod.io', port: 22, username: '7h9k2m4n6p-64411eb2', command: '' },
    direct: { host: '195.26.233.3', port: 34446, username: 'root', command: '' },
  },
  cost: 0.44,
  locked: false,
  runtime: { uptime: 12, ports: [{ private: 22, public: 34446, type: 'tcp', ip: '195.26.233.3' }] },
  createdAt: '2026-11-22T09:42:00Z',
};

describe('toInstance', () => {
  it('says of a pod what people and the engine want to know', () => {
    assert.deepEqual(toInstance(pod()), {
      provider: 'runpod',
      id: '7h9k2m4n6p',
      name: 'trainyard-3f9c1a7e',
      state: 'running',
      stateWord: 'RUNNING',
      usdPerHour: 0.44,
      gpu: 'RTX 4090',
      gpuCount: 1,
      region: 'US-KS-2',
      created: 1_795_340_520,
      hostKey: null,
      problem: null,
      locked: false,
    });
  });

  it('counts the volume of a stopped pod, at twice its price', () => {
    const stopped = toInstance(pod({ status: 'EXITED', cost: 0, runtime: null }));
    assert.equal(stopped.state, 'stopped');
    assert.equal(stopped.usdPerHour, (73 * 0.2) / 730);
  });

  it('takes a pod of which little is told', () => {
    const bare = toInstance(
      v.parse(podAnswer, { id: 'a', runtime: 'soon', gpu: null, cost: 'free', ssh: [] }),
    );
    assert.equal(bare.state, 'unknown');
    assert.equal(bare.gpuCount, null);
    assert.equal(bare.created, null);
  });

  it('says that a pod in error does not recover', () => {
    assert.match(toInstance(pod({ status: 'ERROR' })).problem ?? '', /does not recover/);
  });
});

describe('podAnswer', () => {
  it('keeps nothing secret', () => {
    assert.doesNotMatch(JSON.stringify(pod()), /hunter2|AAAA/);
  });

  it('wants an id', () => {
    for (const id of [undefined, '', 7])
      assert.equal(v.safeParse(podAnswer, { ...running, id }).success, false);
  });
});

describe('sshCandidates', () => {
  const direct = { host: '195.26.233.3', port: 34446, user: 'root' };

  it('is the direct way, once', () => {
    assert.deepEqual(sshCandidates(pod()), [direct]);
  });

  it('is the mapped port 22 where the direct way is not told yet', () => {
    assert.deepEqual(sshCandidates(pod({ ssh: { proxy: running.ssh.proxy, direct: null } })), [direct]);
  });

  it('is nothing while no port is mapped, and never the proxy', () => {
    const ports = [
      { private: 22, public: null, type: 'tcp', ip: null },
      { private: 8888, public: 60001, type: 'http', ip: '10.0.0.1' },
    ];
    const ssh = { proxy: running.ssh.proxy, direct: null };
    assert.deepEqual(sshCandidates(pod({ ssh, runtime: { ports } })), []);
    assert.deepEqual(sshCandidates(pod({ ssh, runtime: null })), []);
  });
});

function pod(changes: object = {}): Pod {
  return v.parse(podAnswer, { ...running, ...changes });
}
