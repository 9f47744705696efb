import type { Destination } from './destination.js';
import { matchesHostPatterns } from './hostPattern.js';
import type { Condition, Setting } from './sshConfigFile.js';

/** The settings that hold for one destination, gathered in the order of the file. */
export class SshConfigLookup {
  readonly #destination: Destination;
  readonly #userName: string;
  readonly #found: Setting[] = [];

  constructor(destination: Destination, userName: string) {
    this.#destination = destination;
    this.#userName = userName;
  }

  get hostName(): string {
    const name = this.first('hostname') ?? '%h';
    return name.replace(/%([%h])/g, (_whole, token) => (token === 'h' ? this.#destination.host : '%'));
  }

  offer(setting: Setting): void {
    if (setting.conditions.every((condition) => this.#holds(condition))) this.#found.push(setting);
  }

  all(keyword: string): string[] {
    return this.#found.filter((setting) => setting.keyword === keyword).map(({ value }) => value);
  }

  first(keyword: string): string | undefined {
    return this.all(keyword)[0];
  }

  firstOf(...keywords: readonly string[]): Setting | undefined {
    return this.#found.find(({ keyword }) => keywords.includes(keyword));
  }

  #holds(condition: Condition): boolean {
    if (condition.kind === 'host') return matchesHostPatterns(condition.patterns, this.#destination.host);
    return [...condition.criteria].every(([name, value]) => this.#meets(name, value));
  }

  /** Criteria that would run programs or look at the network are not met: nothing is guessed. */
  #meets(name: string, value: string): boolean {
    if (name === 'all') return true;
    const negated = name.startsWith('!');
    const actual = this.#actual(negated ? name.slice(1) : name);
    return actual !== undefined && matchesHostPatterns(value.split(','), actual) !== negated;
  }

  #actual(criterion: string): string | undefined {
    switch (criterion) {
      case 'host':
        return this.hostName;
      case 'originalhost':
        return this.#destination.host;
      case 'user':
        return this.#destination.user ?? this.first('user') ?? this.#userName;
      case 'localuser':
        return this.#userName;
      default:
        return undefined;
    }
  }
}
