import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SampleGroups, type SampleGroup } from '../../../webview/samples.js';
import { modelSample } from '../../support/panelContent.js';

const text = (id: number, prompt: string) => modelSample(id, { prompt, generated: `text ${String(id)}` });
const idsOf = (group: SampleGroup | undefined) => group?.samples.map(({ id }) => id);

describe('SampleGroups', () => {
  it('keeps the samples of each prompt together, in the order of arrival', () => {
    const groups = new SampleGroups();
    groups.add([text(1, 'a'), text(2, 'b'), text(3, 'a')]);
    assert.deepEqual(groups.all.map(idsOf), [[1, 3], [2]]);
    assert.equal(groups.all[0]?.shown?.id, 3);
  });

  it('takes files that differ in numbers only for one series', () => {
    const groups = new SampleGroups();
    const file = (id: number, name: string) => modelSample(id, { prompt: null, name, image: name });
    groups.add([file(1, 'dog_00010.png'), file(2, 'cat.png'), file(3, 'dog_00020.png')]);
    assert.deepEqual(groups.all.map(idsOf), [[1, 3], [2]]);
  });

  it('moves a file to its prompt when that becomes known', () => {
    const groups = new SampleGroups();
    groups.add([modelSample(1, { prompt: null, name: 'a.png', image: 'a.png' })]);
    const [before] = groups.all;
    const changed = groups.add([modelSample(1, { prompt: 'a dog', image: 'a.png' })]);
    assert.deepEqual(groups.all.map(idsOf), [[1]]);
    assert.equal(changed.size, 2);
    assert.deepEqual(idsOf(before), []);
  });

  it('shows the newest that has come, and stays with what was chosen', () => {
    const groups = new SampleGroups();
    const drawn = (id: number, image: string | null) => modelSample(id, { image });
    groups.add([drawn(1, '1.png'), drawn(2, '2.png'), drawn(3, null)]);
    const [group] = groups.all;
    assert.ok(group);
    assert.equal(group.shown?.id, 2);
    group.choose(0);
    groups.add([drawn(3, '3.png')]);
    assert.equal(group.shown.id, 1);
    group.choose(2);
    groups.add([drawn(4, '4.png')]);
    assert.equal(group.shown.id, 4);
  });

  it('stays small however much comes', () => {
    const groups = new SampleGroups();
    groups.add(Array.from({ length: 500 }, (_, index) => text(index, 'a')));
    groups.add(Array.from({ length: 500 }, (_, index) => text(1000 + index, `prompt ${String(index)}`)));
    assert.equal(groups.all[0]?.samples.length, 200);
    assert.equal(groups.all.length, 60);
  });
});
