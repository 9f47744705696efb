import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { hasCode, SecretError } from '../errors.js';
import type { Parameters, Recipe, SecretNeed } from '../recipes/recipe.js';

/** Where keys of the user's own accounts come from, by the name of their environment variable. */
export interface SecretSource {
  get(name: string): Promise<string | undefined>;
}

/** Values by the names of environment variables. They travel to the training and are written down nowhere. */
export type Secrets = Readonly<Record<string, string>>;

/** The environment of this process; for `HF_TOKEN` also the file that Hugging Face's own login leaves. */
export class EnvironmentSecrets implements SecretSource {
  readonly #env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  async get(name: string): Promise<string | undefined> {
    const given = this.#env[name]?.trim();
    if (given) return given;
    return name === 'HF_TOKEN' ? readToken(huggingFaceFile(this.#env)) : undefined;
  }
}

/** The first of several sources that knows a name. */
export class SecretSources implements SecretSource {
  readonly #sources: readonly SecretSource[];

  constructor(...sources: readonly SecretSource[]) {
    this.#sources = sources;
  }

  async get(name: string): Promise<string | undefined> {
    for (const source of this.#sources) {
      const value = await source.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

/**
 * The keys a training needs, and those it can use that there are.
 * @throws {SecretError} there is none of one it cannot begin without
 */
export async function collectSecrets(
  recipe: Recipe,
  parameters: Parameters,
  source: SecretSource,
): Promise<Secrets> {
  const [missing] = await missingSecrets(recipe, parameters, source);
  if (missing) throw new SecretError(missing.name, missing.why);
  const found = await Promise.all(
    (recipe.secrets?.(parameters) ?? []).map(async ({ name }) => {
      const value = await source.get(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** The keys a training cannot begin without that nobody has. */
export async function missingSecrets(
  recipe: Recipe,
  parameters: Parameters,
  source: SecretSource,
): Promise<readonly SecretNeed[]> {
  const required = (recipe.secrets?.(parameters) ?? []).filter((need) => need.required);
  const values = await Promise.all(required.map(({ name }) => source.get(name)));
  return required.filter((_, index) => values[index] === undefined);
}

/** As huggingface_hub finds it: `HF_TOKEN_PATH`, else `token` in `HF_HOME`, else in its cache folder. */
function huggingFaceFile(env: NodeJS.ProcessEnv): string {
  const cache = env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), '.cache');
  return env.HF_TOKEN_PATH ?? join(env.HF_HOME ?? join(cache, 'huggingface'), 'token');
}

async function readToken(file: string): Promise<string | undefined> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    return text === '' ? undefined : text;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EACCES')) return undefined;
    throw error;
  }
}
