/**
 * A reporter for `node --test` that says how many tests of each file ran, as one JSON object by the files' names.
 * JavaScript, because Node loads reporters before tsx.
 * Node reports each file as a test, too: that is not counted, but a file without a single test in it fails.
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
export default async function* countReporter(events) {
  const files = {};
  for await (const { type, data } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details.type === 'suite') continue;
    const failed = type === 'test:fail';
    const isFile = data.name === data.file;
    const isEmpty = isFile && files[data.file] === undefined;
    const counts = (files[data.file] ??= { passed: 0, failed: 0, skipped: 0 });
    if (isFile) {
      if (failed || isEmpty) counts.failed += 1;
    } else if (failed) counts.failed += 1;
    else if (data.skip || data.todo) counts.skipped += 1;
    else counts.passed += 1;
  }
  yield JSON.stringify(files);
}
