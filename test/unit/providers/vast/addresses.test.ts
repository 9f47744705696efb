import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { contract } from '../../../../src/providers/vast/answers.js';
import { toCandidates } from '../../../../src/providers/vast/candidates.js';

const running = {
  id: 1,
  actual_status: 'running',
  intended_status: 'running',
  image_runtype: 'ssh_direc ssh_proxy',
  ssh_host: 'ssh6.vast.ai',
  ssh_port: 12_344,
  public_ipaddr: ' 203.0.113.24 \n',
  ports: { '22/tcp': [{ HostIp: '0.0.0.0', HostPort: '40112' }], '8080/tcp': null },
};
const direct = { host: '203.0.113.24', port: 40_112, user: 'root' };
const relay = { host: 'ssh6.vast.ai', port: 12_344, user: 'root' };

function candidates(changes: object): unknown {
  return toCandidates(v.parse(contract, { ...running, ...changes }));
}

test('the straight way comes before the relay', () => {
  assert.deepEqual(candidates({}), [direct, relay]);
});

test('with Jupyter the relay is one port further', () => {
  assert.deepEqual(candidates({ image_runtype: 'jupyter_direc ssh_proxy' }), [
    direct,
    { ...relay, port: 12_345 },
  ]);
});

test('what is missing is left out', () => {
  assert.deepEqual(candidates({ ports: null }), [relay]);
  assert.deepEqual(candidates({ ports: { '22/tcp': [] } }), [relay]);
  assert.deepEqual(candidates({ ports: { '22/tcp': [{ HostPort: 'none' }] } }), [relay]);
  assert.deepEqual(candidates({ public_ipaddr: ' ', ssh_port: 0 }), []);
  assert.deepEqual(candidates({ ssh_host: null, ssh_port: null }), [direct]);
});

test('a machine has no address before it runs nor after, and keeps it while its host is silent', () => {
  for (const actual_status of ['loading', 'exited', 'offline', null])
    assert.deepEqual(candidates({ actual_status }), []);
  assert.deepEqual(candidates({ actual_status: 'unknown' }), [direct, relay]);
});
