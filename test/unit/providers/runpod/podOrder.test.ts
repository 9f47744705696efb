import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { RentRequest } from '../../../../src/providers/cloud.js';
import { startCommand } from '../../../../src/providers/runpod/image.js';
import { restOrder, spotOrder } from '../../../../src/providers/runpod/podOrder.js';

const run = promisify(execFile);

const request: RentRequest = {
  label: 'trainyard-3f9c1a7e',
  offer: {
    provider: 'runpod',
    id: 'secure/NVIDIA%20L4/2x/EU-RO-1',
    gpu: 'L4',
    count: 2,
    vramGb: 24,
    usdPerHour: 0.4,
    region: 'EU-RO-1',
    spot: false,
    available: true,
    hostKey: null,
    usdPerGb: { up: 0, down: 0 },
    cuda: '12.8',
    diskGb: null,
    notes: [],
  },
  publicKey: 'ssh-ed25519 AAAA',
  keyName: 'trainyard-3f9c1a7e',
  diskGb: 5.5,
  image: 'pytorch',
  deadline: 1_795_340_520,
  bootLine: null,
};
const place = { tier: 'secure', gpuId: 'NVIDIA L4', dataCenter: 'EU-RO-1' } as const;

describe('restOrder', () => {
  it('orders a pod with our key, our label, and disks of at least the sizes that RunPod takes', () => {
    assert.deepEqual(restOrder({ request, place, image: undefined }), {
      name: 'trainyard-3f9c1a7e',
      image: 'runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404',
      gpu: { id: 'NVIDIA L4', count: 2, minCudaVersion: '12.8' },
      cloud: 'SECURE',
      dataCenterIds: ['EU-RO-1'],
      disk: 20,
      mounts: { persistent: { size: 10, path: '/root/.trainyard' } },
      ports: ['22/tcp'],
      env: {
        PUBLIC_KEY: 'ssh-ed25519 AAAA',
        TRAINYARD_LABEL: 'trainyard-3f9c1a7e',
        TRAINYARD_DEADLINE: '1795340520',
      },
      args: startCommand(null),
      startSsh: true,
    });
  });

  it('takes the smaller image for a training without PyTorch', () => {
    const order = restOrder({ request: { ...request, image: 'python' }, place, image: undefined });
    assert.equal((order as { image: string }).image, 'runpod/base:1.0.2-ubuntu2404');
  });

  it('asks nothing of the driver for an image of the user', () => {
    const order = restOrder({ request, place: { ...place, dataCenter: null }, image: 'me/mine:1' });
    assert.deepEqual({ ...order, image: 'me/mine:1', gpu: { id: 'NVIDIA L4', count: 2 } }, order);
    assert.ok(!('dataCenterIds' in order));
  });
});

describe('spotOrder', () => {
  it('bids for one GPU, and is ended at the deadline', () => {
    const offer = { ...request.offer, spot: true };
    const order = spotOrder({ request: { ...request, offer }, place, image: undefined });
    const { bidPerGpu, terminateAfter, env } = order as Record<string, unknown>;
    assert.deepEqual([bidPerGpu, terminateAfter], [0.2, '2026-11-22T09:42:00Z']);
    assert.ok(
      (env as object[]).some((each) => JSON.stringify(each) === '{"key":"TRAINYARD_SPOT","value":"1"}'),
    );
  });
});

describe('startCommand', () => {
  it('is one word for bash, whatever the watchdog line quotes', async () => {
    const line = 'printf "%s|" "$HOME" "a b" > "$OUT"; true';
    const { stdout } = await run('sh', ['-c', `printf "%s\\n" ${startCommand(line)}`]);
    const [bash, option, script, rest] = stdout.split('\n');
    assert.deepEqual([bash, option, rest], ['bash', '-c', '']);
    assert.ok(script?.startsWith(`( ${line} ) & [ -x /start.sh ] && exec /start.sh; `));
  });

  it('runs the watchdog line before anything else, be it in parentheses or not', async () => {
    for (const line of ['(echo guarded &)', 'echo guarded', 'echo guarded &']) {
      const ended = startCommand(line).replace('[ -x /start.sh ] && exec /start.sh; ', 'wait; exit; ');
      assert.notEqual(ended, startCommand(line));
      assert.equal((await run('sh', ['-c', ended])).stdout, 'guarded\n', line);
    }
  });
});
