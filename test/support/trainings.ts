import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A folder whose `train.py` counts: an epoch each `seconds`, a checkpoint each epoch, resumed exactly, a model at the
 * end. Everything it prints depends only on the epoch, so a log can be compared byte for byte. Each process leaves a
 * line in `starts`, so that a second training cannot hide; not on a machine that does not see this file.
 */
export async function countingTraining(
  folder: string,
  options: { readonly epochs: number; readonly secondsPerEpoch: number },
): Promise<{ readonly folder: string; readonly starts: string }> {
  await mkdir(folder, { recursive: true });
  const starts = join(folder, '..', 'starts.txt');
  await writeFile(join(folder, 'data.csv'), 'a,b\n1,2\n');
  await writeFile(
    join(folder, 'train.py'),
    `import json, os, sys, time
import trainyard

EPOCHS = ${options.epochs}
try:
    with open(${JSON.stringify(starts)}, "a") as file:
        file.write("%d\\n" % os.getpid())
except FileNotFoundError:
    pass
first = 1
checkpoint = trainyard.resume_from()
if checkpoint:
    with open(checkpoint) as file:
        first = json.load(file)["epoch"] + 1
for epoch in range(first, EPOCHS + 1):
    time.sleep(${options.secondsPerEpoch})
    for line in range(50):
        print("%d-%d: a line of a log that must be whole" % (epoch, line))
    print("%d: a warning" % epoch, file=sys.stderr)
    trainyard.report(epoch=epoch, total_epochs=EPOCHS, loss=1.0 / epoch)
    trainyard.save_atomically(trainyard.checkpoint_path("last.json"), json.dumps({"epoch": epoch}).encode())
    if trainyard.should_stop():
        print("stopping after %d" % epoch)
        sys.exit(0)
path = os.path.join(trainyard.output_dir(), "model.json")
trainyard.save_atomically(path, json.dumps({"epochs": EPOCHS}).encode())
trainyard.model(path)
`,
  );
  await chmod(join(folder, 'train.py'), 0o644);
  return { folder, starts };
}

/** What {@link countingTraining} prints when nothing interrupts it, but for the paths of its model. */
export function countingLog(epochs: number): string {
  const lines: string[] = [];
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    for (let line = 0; line < 50; line += 1) {
      lines.push(`${epoch}-${line}: a line of a log that must be whole`);
    }
    lines.push(`${epoch}: a warning`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** The log without the lines of the progress protocol, whose numbers and paths differ from run to run. */
export const withoutProtocol = (log: string): string =>
  log
    .split('\n')
    .filter((line) => !line.startsWith('{"type"'))
    .join('\n');
