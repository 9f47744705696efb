/**
 * A reporter for `node --test` that says how many tests ran, as one JSON object. JavaScript, because Node loads
 * reporters before tsx.
 * Node reports each file as a test, too: that is not counted, but a file without a single test in it fails.
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
export default async function* countReporter(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const filesWithTests = new Set();
  for await (const { type, data } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details.type === 'suite') continue;
    const failed = type === 'test:fail';
    if (data.name === data.file) {
      if (failed || !filesWithTests.has(data.file)) counts.failed += 1;
    } else {
      filesWithTests.add(data.file);
      if (failed) counts.failed += 1;
      else if (data.skip || data.todo) counts.skipped += 1;
      else counts.passed += 1;
    }
  }
  yield JSON.stringify(counts);
}
