/**
 * What VS Code calls inside the extension host, on the desktop and in code-server alike: runs the suites beside
 * it and writes a line of JSON for each test to TRAINYARD_SUITE_REPORT, the last one `{"finished":true}`.
 * Only that line means that all were run: an extension host that dies looks like success to VS Code for the web.
 */
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

export async function run(): Promise<void> {
  const report = process.env.TRAINYARD_SUITE_REPORT;
  if (report === undefined) throw new Error('TRAINYARD_SUITE_REPORT must name the file to report to');
  const write = (line: object): void => appendFileSync(report, `${JSON.stringify(line)}\n`);

  process.setSourceMapsEnabled(true);
  const mocha = new Mocha({ ui: 'bdd', timeout: 120_000, reporter: Mocha.reporters.Base });
  for (const file of readdirSync(__dirname).sort()) {
    if (file.endsWith('.test.cjs')) mocha.addFile(join(__dirname, file));
  }
  await new Promise<void>((done) => {
    mocha
      .run(() => done())
      .on('pass', (test) => write({ state: 'passed', title: test.fullTitle(), ms: test.duration ?? 0 }))
      .on('pending', (test) => write({ state: 'skipped', title: test.fullTitle(), ms: 0 }))
      .on('fail', (test, error: Error) =>
        write({
          state: 'failed',
          title: test.fullTitle(),
          ms: test.duration ?? 0,
          error: error.stack ?? error.message,
        }),
      );
  });
  write({ finished: true });
}
