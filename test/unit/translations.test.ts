import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import * as v from 'valibot';

const texts = (file: string): Readonly<Record<string, string>> =>
  v.parse(v.record(v.string(), v.string()), JSON.parse(readFileSync(file, 'utf8')));

const languages = readdirSync('l10n').flatMap((file) => /^bundle\.l10n\.(.+)\.json$/.exec(file)?.[1] ?? []);

interface Said {
  readonly text: string;
  readonly where: string;
}

/** Every first argument of `l10n.t` in the sources: VS Code looks texts up by it, so it is written out. */
function saidIn(file: string): Said[] {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(/\bl10n\.t\(/g)].map(({ index }) => {
    const where = `${file}:${source.slice(0, index).split('\n').length}`;
    const [, literal] =
      /^l10n\.t\(\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")/.exec(source.slice(index)) ?? [];
    assert.ok(literal !== undefined, `${where} does not say a text that can be translated`);
    return { text: v.parse(v.string(), runInNewContext(literal)), where };
  });
}

/** What VS Code knows and what does not are translated out of the same files. */
const said = ['src', 'webview'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => saidIn(join(folder, file))),
);

/** `{0}`, and icons such as `$(play)`, which a translation must keep. */
const marks = (text: string): string[] =>
  [...new Set(text.match(/\{\d+\}|\$\([\w-]+\)|\(command:[^)]+\)/g))].sort();

describe('the translations', () => {
  test('are there', () => assert.ok(languages.includes('de')));

  for (const language of languages) {
    test(`into ${language} have every text of the sources, and no other`, () => {
      const bundle = texts(`l10n/bundle.l10n.${language}.json`);
      const missing = said
        .filter(({ text }) => !(text in bundle))
        .map(({ text, where }) => `${where}: ${text}`);
      assert.deepEqual(missing, []);
      const known = new Set(said.map(({ text }) => text));
      assert.deepEqual(
        Object.keys(bundle).filter((text) => !known.has(text)),
        [],
      );
    });

    test(`into ${language} have every text of the manifest, and no other`, () => {
      const manifest = texts('package.nls.json');
      assert.deepEqual(
        Object.keys(texts(`package.nls.${language}.json`)).sort(),
        Object.keys(manifest).sort(),
      );
    });

    test(`into ${language} keep what is filled in, icons and commands`, () => {
      const manifest = texts('package.nls.json');
      const pairs = [
        ...Object.entries(texts(`l10n/bundle.l10n.${language}.json`)),
        ...Object.entries(texts(`package.nls.${language}.json`)).map(
          ([name, text]) => [manifest[name] ?? '', text] as const,
        ),
      ];
      for (const [original, text] of pairs) assert.deepEqual(marks(text), marks(original), original);
    });
  }
});
