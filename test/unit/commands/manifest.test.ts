import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as v from 'valibot';
import { stringify } from 'yaml';
import { commandIds } from '../../../src/commands/commandIds.js';
import { parseRunFile } from '../../../src/jobs/jobFile.js';
import { remedyKinds } from '../../../src/jobs/remedy.js';
import { machineAbilities } from '../../../src/views/cloudRow.js';
import { jobAbilities } from '../../../src/views/jobAbilities.js';
import { toolNames } from '../../../src/views/toolNames.js';
import { recipes } from '../../../src/recipes/index.js';

const menuItem = v.object({
  command: v.string(),
  when: v.optional(v.string()),
  group: v.optional(v.string(), ''),
});
const view = v.object({ id: v.string(), icon: v.string() });
const manifest = v.parse(
  v.object({
    icon: v.string(),
    contributes: v.object({
      commands: v.array(
        v.object({
          command: v.string(),
          title: v.string(),
          category: v.string(),
          icon: v.optional(v.string()),
        }),
      ),
      menus: v.record(v.string(), v.array(menuItem)),
      viewsContainers: v.object({ activitybar: v.array(view) }),
      views: v.record(v.string(), v.array(view)),
      languageModelTools: v.array(
        v.object({
          name: v.string(),
          toolReferenceName: v.string(),
          inputSchema: v.object({ properties: v.record(v.string(), v.unknown()) }),
        }),
      ),
      yamlValidation: v.array(v.object({ url: v.string() })),
      walkthroughs: v.array(
        v.object({
          id: v.string(),
          steps: v.array(
            v.object({
              media: v.object({ markdown: v.string() }),
              completionEvents: v.array(v.string()),
            }),
          ),
        }),
      ),
      configuration: v.object({ properties: v.record(v.string(), v.object({ scope: v.string() })) }),
    }),
  }),
  JSON.parse(readFileSync('package.json', 'utf8')),
);
const {
  commands,
  menus,
  viewsContainers,
  views,
  languageModelTools,
  yamlValidation,
  walkthroughs,
  configuration,
} = manifest.contributes;

describe('the manifest', () => {
  test('has exactly the commands that are registered', () => {
    assert.deepEqual(commands.map(({ command }) => command).sort(), [...commandIds].sort());
  });

  test('has exactly the tools for chat agents that are registered, and offers them every recipe', () => {
    assert.deepEqual(languageModelTools.map(({ name }) => name).sort(), [...toolNames].sort());
    const offered = v.object({ enum: v.array(v.string()) });
    for (const { inputSchema } of languageModelTools) {
      if (!('recipe' in inputSchema.properties)) continue;
      const { enum: names } = v.parse(offered, inputSchema.properties.recipe);
      assert.deepEqual(names.sort(), recipes.map(({ id }) => id).sort());
    }
  });

  test('gives every command of a menu a title in the palette and an icon where it has no text', () => {
    const known = new Map(commands.map((command) => [command.command, command]));
    for (const [menu, items] of Object.entries(menus)) {
      for (const { command, group } of items) {
        const found = known.get(command);
        assert.ok(found, `${menu} names ${command}`);
        if (/^(inline|navigation)/.test(group)) assert.ok(found.icon, `${command} has no icon for ${menu}`);
      }
    }
  });

  test('asks rows only for tags that rows have', () => {
    const kinds = ['job', 'provider', 'instance', 'port', 'ssh', 'idle'];
    const tags = new Set<string>([...jobAbilities, ...machineAbilities, ...remedyKinds, ...kinds]);
    for (const { when = '' } of Object.values(menus).flat()) {
      const pattern = /viewItem =~ \/(.*)\//.exec(when)?.[1] ?? '';
      for (const word of pattern.replaceAll('\\b', ' ').match(/[a-zA-Z]+/g) ?? []) {
        assert.ok(tags.has(word), `no row is tagged ${word}: ${when}`);
      }
    }
  });

  test('uses every text of package.nls.json and lacks none', () => {
    const texts = v.parse(
      v.record(v.string(), v.string()),
      JSON.parse(readFileSync('package.nls.json', 'utf8')),
    );
    const used = readFileSync('package.json', 'utf8').matchAll(/"%([\w.]+)%"/g);
    assert.deepEqual([...new Set([...used].map(([, name]) => name))].sort(), Object.keys(texts).sort());
  });

  test('names files that are there', () => {
    const icons = [...viewsContainers.activitybar, ...Object.values(views).flat()].map(({ icon }) => icon);
    for (const file of [manifest.icon, ...icons, ...yamlValidation.map(({ url }) => url)]) {
      assert.ok(existsSync(file), file);
    }
  });

  test('leads through steps that have a page, and that something can complete', () => {
    const told = readFileSync('src/views/contextKeys.ts', 'utf8');
    for (const { media, completionEvents } of walkthroughs.flatMap(({ steps }) => steps)) {
      assert.ok(existsSync(media.markdown), media.markdown);
      for (const event of completionEvents) {
        const [, key] = /^onContext:(.+)$/.exec(event) ?? [];
        const [, command] = /^onCommand:(.+)$/.exec(event) ?? [];
        const isKnown = (commandIds as readonly string[]).includes(command ?? '');
        const isTold = key !== undefined && told.includes(`'${key}'`);
        assert.ok(event === 'onStepSelected' || isKnown || isTold, event);
      }
    }
  });

  test('opens a walkthrough that there is', () => {
    const texts = readFileSync('package.nls.json', 'utf8');
    const ids = walkthroughs.map(({ id }) => id);
    for (const [, id = ''] of texts.matchAll(/openWalkthrough\?%22trainyard\.trainyard%23(\w+)%22/g)) {
      assert.ok(ids.includes(id), id);
    }
  });

  test('leads only to commands that there are', () => {
    const texts = readFileSync('package.nls.json', 'utf8');
    for (const [, command = ''] of texts.matchAll(/\(command:(trainyard\.[\w.]+)/g)) {
      assert.ok((commandIds as readonly string[]).includes(command), command);
    }
  });

  test('keeps settings that name folders out of the reach of a workspace', () => {
    assert.equal(configuration.properties['trainyard.home']?.scope, 'application');
  });
});

describe('the schema of trainyard.yaml', () => {
  const field = v.object({
    type: v.optional(v.union([v.string(), v.array(v.string())])),
    oneOf: v.optional(v.array(v.object({ type: v.string() }))),
    properties: v.optional(v.record(v.string(), v.unknown())),
  });
  const schema = v.parse(field, JSON.parse(readFileSync('schemas/trainyard.schema.json', 'utf8')));

  /** A value that the schema allows, with every property there is. */
  function example(given: unknown): unknown {
    const { type, oneOf, properties } = v.parse(field, given);
    if (properties) {
      return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, example(value)]));
    }
    const examples: Record<string, unknown> = {
      string: 'text',
      number: 1,
      integer: 1,
      boolean: true,
      array: ['text'],
    };
    return examples[String(type ?? oneOf?.[0]?.type)] ?? {};
  }

  test('allows nothing that the reader refuses', () => {
    assert.doesNotThrow(() => parseRunFile(stringify(example(schema)), 'trainyard.yaml'));
  });

  test('knows every field of the samples', () => {
    for (const sample of ['digits', 'wine']) {
      const text = readFileSync(`samples/${sample}/trainyard.yaml`, 'utf8');
      for (const [, name] of text.matchAll(/^(\w+):/gm)) {
        assert.ok(name !== undefined && name in (schema.properties ?? {}), `${sample} says ${name ?? ''}`);
      }
    }
  });
});
