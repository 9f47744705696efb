import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from '../../../../src/remote/transfer/outbox.js';

const frame = (text: string): { pieces: Buffer[]; onTaken: () => void } => ({
  pieces: [Buffer.from(text)],
  onTaken: () => undefined,
});
const all = (): { ordered: boolean; free: boolean } => ({ ordered: true, free: true });

test('ordered frames keep their order and go before the free ones', async () => {
  const box = new Outbox();
  for (const text of ['free 1', 'free 2']) box.add(frame(text));
  for (const text of ['first', 'second']) box.addOrdered(frame(text));
  const written: string[] = [];
  box.close();
  await box.carry(all, (pieces) => Promise.resolve(written.push(Buffer.concat(pieces).toString()) > 0));
  assert.deepEqual(written, ['first', 'second', 'free 1', 'free 2']);
});

test('a carrier without room leaves the frames to the others', async () => {
  const box = new Outbox();
  const stuck = box.carry(all, () => new Promise(() => undefined));
  const written: string[] = [];
  const free = box.carry(
    () => ({ ordered: false, free: true }),
    (pieces) => Promise.resolve(written.push(Buffer.concat(pieces).toString()) > 0),
  );
  for (const text of ['a', 'b', 'c', 'd']) box.add(frame(text));
  box.close();
  await free;
  assert.equal(written.length, 3);
  void stuck;
});

test('all is taken once somebody writes the last frame, and whoever may take it now is asked again', async () => {
  const box = new Outbox();
  let mayTake = false;
  let write: (goesOn: boolean) => void = () => undefined;
  const carrying = box.carry(
    () => ({ ordered: true, free: mayTake }),
    () => new Promise((resolve) => (write = resolve)),
  );
  box.add(frame('a'));
  let isTaken = false;
  const taken = box.taken().then(() => (isTaken = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isTaken, false);
  mayTake = true;
  box.reconsider();
  await taken;
  write(true);
  box.close();
  await carrying;
});

test('it is emptied once the last frame is written, not once it is taken out', async () => {
  const box = new Outbox();
  let write: (goesOn: boolean) => void = () => undefined;
  const carrying = box.carry(all, () => new Promise((resolve) => (write = resolve)));
  box.add(frame('a'));
  let isEmptied = false;
  const emptied = box.emptied().then(() => (isEmptied = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isEmptied, false);
  write(true);
  await emptied;
  box.close();
  await carrying;
});
