import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { LogPages } from '../../../src/jobs/logPages.js';
import { jobOfOutput, outputName, parseLogPath, pathOfLog } from '../../../src/views/fullLog/logAddress.js';
import { searchPages } from '../../../src/views/fullLog/logSearch.js';
import { tempDir } from '../../support/tempDir.js';

const never = new AbortController().signal;
const red = '\u001b[31m';

describe('a search of a whole log', () => {
  test('finds lines as they are shown, on every page, in any case', async (t) => {
    const path = join(await tempDir(t), 'output.log');
    await writeFile(path, `first Loss\nbar 1\rbar 2\n${red}a loss\n${'x'.repeat(40)}\nLOSS at the end`);
    const told: [number, number][] = [];
    const found = await searchPages(
      new LogPages(path, 32),
      { text: 'loss', most: 10, onProgress: (fraction, count) => told.push([fraction, count]) },
      never,
    );
    assert.deepEqual(
      found.map(({ page, line, column, text }) => [page, line, column, text]),
      [
        [1, 0, 6, 'first Loss'],
        [1, 2, 2, 'a loss'],
        [3, 0, 0, 'LOSS at the end'],
      ],
    );
    assert.deepEqual(told.at(-1), [1, 3]);
  });

  test('ends when it has found enough', async (t) => {
    const path = join(await tempDir(t), 'output.log');
    await writeFile(path, 'loss\n'.repeat(1000));
    const search = { text: 'loss', most: 3, onProgress: () => undefined };
    assert.equal((await searchPages(new LogPages(path, 32), search, never)).length, 3);
  });
});

describe('the address of a page of a log', () => {
  test('says job and page, and nothing else is one', () => {
    for (const address of [
      { jobId: 'digits-abc234', page: 1 },
      { jobId: 'digits-abc234', page: 12 },
    ]) {
      assert.deepEqual(parseLogPath(pathOfLog(address)), address);
    }
    assert.equal(parseLogPath('/../../etc/passwd.log'), undefined);
    assert.equal(parseLogPath('/digits-abc234'), undefined);
  });

  test('of an output channel is known by its name', () => {
    const path = `extension-output-trainyard.trainyard-#3-${outputName('digits-abc234')}`;
    assert.equal(jobOfOutput(path), 'digits-abc234');
    assert.equal(jobOfOutput('extension-output-someone.else-#3-Trainyard: digits-abc234'), undefined);
  });
});
