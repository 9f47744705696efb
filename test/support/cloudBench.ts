import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AuthError, type UserError } from '../../src/errors.js';
import type {
  Cloud,
  Offer,
  OfferNeed,
  RentedInstance,
  RentRequest,
  SshCandidate,
} from '../../src/providers/cloud.js';
import { type CloudEntry, LazyCloud } from '../../src/providers/clouds.js';
import type { SshEndpoint } from '../../src/remote/host.js';
import type { SimulatedCloud } from '../clouds/base/simulatedCloud.js';
import { ListLedger } from './listLedger.js';
import { RecordingLogger } from './recordingLogger.js';
import { evaluating, openSshHost, outputOf } from './sshHost.js';
import { makeSshKey } from './sshKeys.js';
import { type CleanUp, tempDir } from './tempDir.js';
import { waitFor } from './waitFor.js';

/** A simulated cloud that can say a word of its own about a machine. */
export type ContractSimulator = SimulatedCloud & {
  /** From now on the machine is shown in this state, whatever it is in; `undefined` shows the true one again. */
  showState(id: string, word: string | undefined): void;
};

export interface CloudBenchOptions {
  readonly entry: CloudEntry;
  /** Factor on the client's own waits; 0.01 when not given. */
  readonly timeScale?: number;
}

/** A need that everything fits. */
export const anyOffer: OfferNeed = {
  gpus: [],
  vramGb: null,
  count: 1,
  maxUsdPerHour: null,
  spot: false,
  regions: [],
  diskGb: 20,
};

const never = new AbortController().signal;
const bootMark = 'booted-by-its-line';

/** One simulator, one client with a job's key and ledger, and everything that was told on the way. */
export class CloudBench {
  readonly simulator: ContractSimulator;
  readonly cloud: Cloud;
  readonly ledger: ListLedger;
  /** Somebody else's machine. */
  readonly foreign: string;
  readonly logger: RecordingLogger;
  /** Leaves a mark on the machine that {@link bootLineRan} looks for. */
  readonly bootLine = `echo "$HOME" > "$HOME/${bootMark}"`;
  readonly #provider: LazyCloud;
  readonly #key: JobKey;
  readonly #errors: string[] = [];

  static async open(
    simulator: ContractSimulator,
    { entry, timeScale = 0.01 }: CloudBenchOptions,
    cleanUp: CleanUp,
  ): Promise<CloudBench> {
    const logger = new RecordingLogger();
    const settings = { get: (name: string) => Promise.resolve(simulator.environment[name]) };
    const provider = new LazyCloud(entry, { settings, logger, timeScale });
    return new CloudBench(simulator, provider, await provider.open(), logger, await makeJobKey(cleanUp));
  }

  private constructor(
    simulator: ContractSimulator,
    provider: LazyCloud,
    cloud: Cloud,
    logger: RecordingLogger,
    key: JobKey,
  ) {
    this.simulator = simulator;
    this.cloud = cloud;
    this.ledger = new ListLedger(() => simulator.resources.map(({ label }) => label));
    this.foreign = simulator.addByHand('somebody-elses');
    this.#provider = provider;
    this.logger = logger;
    this.#key = key;
  }

  /** Every log line and every error text so far. */
  get told(): readonly string[] {
    return [...this.logger.lines, ...this.#errors];
  }

  /** The same cloud with another key. */
  openWith(key: string): Promise<Cloud> {
    return this.#provider.openWith(key);
  }

  /** Expects an error of a kind, and notes what it says, with all it wraps. */
  async failing(attempt: Promise<unknown>, kind: new (message: string) => UserError | Error): Promise<Error> {
    const error = await attempt.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    for (let each = error; each instanceof Error; each = each.cause)
      this.#errors.push(`${each.message}\n${each.stack ?? ''}\n${JSON.stringify(each)}`);
    assert.ok(error instanceof kind, `expected ${kind.name}, got ${String(error)}`);
    return error;
  }

  /**
   * Asks for the cheapest machine with one GPU that is to be had, under a label of its own. It is to end itself only
   * where that takes no key of the account, as when the user has said nothing.
   */
  async request(changes: Partial<RentRequest> = {}): Promise<RentRequest> {
    const now = Math.floor(Date.now() / 1000);
    return {
      label: `trainyard-${randomBytes(4).toString('hex')}-${now}`,
      offer: changes.offer ?? (await this.cheapest()),
      publicKey: this.#key.line,
      keyName: this.#key.name,
      diskGb: anyOffer.diskGb,
      image: 'pytorch',
      deadline: now + 3600,
      bootLine: this.cloud.facts.selfEnd === 'scoped-key' ? this.bootLine : null,
      ...changes,
    };
  }

  async cheapest(need: OfferNeed = anyOffer): Promise<Offer> {
    const offers = await this.cloud.offers(need, never);
    const fitting = offers.filter(
      ({ available, count, vramGb, spot }) => available !== false && count === 1 && vramGb > 0 && !spot,
    );
    const [best] = fitting.sort((a, b) => a.usdPerHour - b.usdPerHour);
    assert.ok(best, 'there is an offer');
    return best;
  }

  /** What the cloud lists under a label, now. */
  async listed(label: string): Promise<readonly RentedInstance[]> {
    return (await this.cloud.list(never)).filter(({ name, state }) => name === label && state !== 'gone');
  }

  /** Waits until the one machine of that label runs, and makes it reachable. */
  async running({ label, publicKey, keyName }: RentRequest): Promise<RentedInstance> {
    const machine = await waitFor(`the machine ${label} runs`, async () => {
      const found = await this.listed(label);
      assert.ok(found.length <= 1, 'a label names one machine');
      return found.find(({ state }) => state === 'running');
    });
    await this.cloud.expose?.(machine, { publicKey, keyName, label }, this.ledger, never);
    return machine;
  }

  /** Ends a machine and waits until two lists in a row are without it. */
  async end(id: string, label: string): Promise<void> {
    await this.cloud.terminate(id, never);
    await this.gone(label);
  }

  async gone(label: string): Promise<void> {
    await waitFor(`the machine ${label} is gone`, async () => {
      const twice = [await this.listed(label), await this.listed(label)];
      return twice.flat().length === 0;
    });
  }

  /** Waits until its SSH server lets the job in, and gives back how it did. */
  async logIn(test: CleanUp, id: string): Promise<SshEndpoint> {
    return waitFor(`${id} lets its job in`, async () => {
      const [candidate] = await this.cloud.endpoints(id, never);
      if (candidate === undefined) return undefined;
      const endpoint = endpointOf(candidate, this.#key.file);
      return (await this.#answerOf(test, endpoint, '6 * 7')) === '42' ? endpoint : undefined;
    });
  }

  /** A machine that lets its job in refuses a key that it was never told. */
  async refusesOthers(test: CleanUp, endpoint: SshEndpoint): Promise<void> {
    const { file } = await makeJobKey(test);
    await this.failing(this.#answerOf(test, { ...endpoint, identityFiles: [file] }, '1'), AuthError);
  }

  /** What the processes of a machine find in their environment, put there by the cloud or by us. */
  async environmentOf(test: CleanUp, endpoint: SshEndpoint): Promise<Record<string, string>> {
    const text = await this.#answerOf(test, endpoint, 'open("/proc/1/environ").read()');
    const entries = text.split('\0').map((line) => /^([^=]+)=(.*)$/s.exec(line) ?? []);
    return Object.fromEntries(entries.map(([, name = '', value = '']) => [name, value]));
  }

  /** The places on a machine that hold the key of the account: files and processes. */
  async placesOfKey(id: string): Promise<readonly string[]> {
    const machine = this.simulator.instances.get(id)?.machine;
    assert.ok(machine, 'the machine is there to be searched');
    return machine.findSecret(this.simulator.accountKey);
  }

  /** Waits until {@link bootLine} has run on the machine, in the home of who logs in. */
  async bootLineRan(test: CleanUp, endpoint: SshEndpoint): Promise<void> {
    const file = `os.path.expanduser("~/${bootMark}")`;
    const expression = `os.path.exists(${file}) and open(${file}).read().strip() == os.path.expanduser("~")`;
    await waitFor('the boot line has run', async () => {
      return (await this.#answerOf(test, endpoint, expression)) === 'True';
    });
  }

  async #answerOf(test: CleanUp, endpoint: SshEndpoint, expression: string): Promise<string> {
    const host = await openSshHost(test, endpoint);
    try {
      return (await outputOf(await host.python(evaluating(expression), never))).trim();
    } finally {
      host.dispose();
    }
  }
}

interface JobKey {
  readonly file: string;
  /** As a line of authorized_keys, without a comment. */
  readonly line: string;
  readonly name: string;
}

async function makeJobKey(test: CleanUp): Promise<JobKey> {
  const file = join(await tempDir(test), 'id_ed25519');
  const line = (await makeSshKey(file)).split(' ').slice(0, 2).join(' ');
  return { file, line, name: `trainyard-${randomBytes(4).toString('hex')}` };
}

function endpointOf(candidate: SshCandidate, keyFile: string): SshEndpoint {
  return { kind: 'ssh', ...candidate, identityFiles: [keyFile], identitiesOnly: true };
}
