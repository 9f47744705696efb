import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TrainyardHome } from '../../../../src/home.js';
import { formatLabel, jobName, markOf, parseLabel } from '../../../../src/jobs/rented/label.js';

// The longest there are: a name has 24 characters.
const longest = `${'n'.repeat(24)}-7f3k2a`;
const deadline = 1_795_340_520;

describe('labels', () => {
  for (const job of [longest, 'digits-7f3k2a', 'a-1-2-3', '2024-7f3k2a', 'x-1-1795340520'])
    for (const launch of [1, 10, 99]) {
      it(`of ${job} and launch ${launch} can be read again and is short enough`, () => {
        const label = { mark: 'k3x9', job, launch, deadline };
        const text = formatLabel(label);
        assert.deepEqual(parseLabel(text), label);
        assert.match(text, /^[a-z0-9-]{1,60}$/);
      });
    }

  it('take whole seconds', () => {
    const label = { mark: 'k3x9', job: 'j', launch: 1, deadline: deadline + 0.7 };
    assert.equal(parseLabel(formatLabel(label))?.deadline, deadline);
  });

  for (const foreign of [
    '',
    'trainyard',
    'trainyard-',
    'trainyard-k3x9-digits',
    'trainyard-1795340520',
    'trainyard-experiment-1795340520',
    'trainyard-notes-2024-20240101',
    'my-trainyard-k3x9-digits-7f3k2a-1-1795340520',
    'trainyard-k3x9-digits-7f3k2a-1-1795340520-copy',
    'trainyard-k3x9-digits-7f3k2a-1-17953405201234',
    'trainyard-K3X9-digits-7f3k2a-1-1795340520',
    'trainyard-k3x9-digits 7f3k2a-1-1795340520',
    ' trainyard-k3x9-digits-7f3k2a-1-1795340520',
    'trainyard-k3x9-digits-7f3k2a-1-1795340520\n',
  ])
    it(`do not look like ${JSON.stringify(foreign)}`, () => assert.equal(parseLabel(foreign), undefined));

  it('have a mark of their own for each home, the same every time', () => {
    const mark = markOf(new TrainyardHome('/home/a/.trainyard'));
    assert.match(mark, /^[a-z0-9]{4}$/);
    assert.equal(markOf(new TrainyardHome('/home/a/.trainyard')), mark);
    assert.notEqual(markOf(new TrainyardHome('/home/b/.trainyard')), mark);
  });

  it('leave a name for the key of a job that every cloud takes', () => {
    assert.ok(jobName('k3x9', longest).length <= 50);
  });
});
