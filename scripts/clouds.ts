// npm run clouds: every simulated cloud, until Ctrl-C. Prints the environment that makes Trainyard use them.
import { simulatedClouds } from '../test/clouds/index.js';
import { needs, prepareMachine } from './testing/machine.js';

/** A boot that takes minutes in a real cloud is watched in seconds. */
const timeScale = 0.1;

const missing = prepareMachine([needs.python, needs.ssh, needs.namespaces]);
if (missing.length > 0) {
  for (const sentence of missing) console.error(sentence);
  process.exit(2);
}
const ends: (() => Promise<void>)[] = [];
const owner = { after: (end: () => Promise<void>) => void ends.push(end) };
const stop = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
});

try {
  const clouds = await Promise.all(simulatedClouds.map((Cloud) => new Cloud({ timeScale }).start(owner)));
  for (const { title, environment } of clouds) {
    console.log(`# ${title}`);
    for (const [name, value] of Object.entries(environment))
      console.log(`export ${name}='${value.replaceAll("'", "'\\''")}'`);
  }
  console.log(`
# Simulated clouds: nothing here costs money, and their machines are processes of this computer (their GPUs only
# say that they are there). Paste these lines into another terminal; there,
#   node dist/cli.js offers
#   node dist/cli.js train samples/digits --provider ${clouds[0]?.id ?? 'runpod'}
# and the editor started by npm run editor rent from them. Time passes ${1 / timeScale} times as fast. Ctrl-C ends all of it.`);
  await stop;
} finally {
  await Promise.all(ends.map((end) => end()));
}
