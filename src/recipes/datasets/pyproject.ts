import { parse, TomlError } from 'smol-toml';
import * as v from 'valibot';
import { messageOf } from '../../errors.js';
import type { DatasetFolder } from './datasetFolder.js';
import { problem, type Problem } from './problem.js';
import { reasonToRefuse } from './requirements.js';

export const pyprojectName = 'pyproject.toml';

/** What the `[project]` table of pyproject.toml asks for. */
export interface ProjectRequirements {
  readonly requirements: readonly string[];
  /** `3.10` from `requires-python = ">=3.10"`; `undefined` when it sets no lower bound. */
  readonly minimumPython: string | undefined;
  readonly problems: readonly Problem[];
}

const Pyproject = v.object({
  project: v.optional(
    v.object({
      dependencies: v.optional(v.array(v.string()), []),
      dynamic: v.optional(v.array(v.string()), []),
      'requires-python': v.optional(v.string(), ''),
    }),
  ),
  tool: v.optional(v.object({ poetry: v.optional(v.object({ dependencies: v.optional(v.unknown()) })) })),
});

export async function readPyproject(
  folder: DatasetFolder,
  signal: AbortSignal,
): Promise<ProjectRequirements> {
  const parsed = parseToml(await folder.text(pyprojectName, signal));
  if (parsed.kind === 'problem')
    return { requirements: [], minimumPython: undefined, problems: [parsed.problem] };
  const { project, tool } = parsed.content;
  const refused = (project?.dependencies ?? []).flatMap(refuse);
  const dynamic = project?.dynamic.includes('dependencies') ?? false;
  const poetryOnly = project === undefined && tool?.poetry?.dependencies !== undefined;
  return {
    requirements: project?.dependencies ?? [],
    minimumPython: lowerBound(project?.['requires-python'] ?? ''),
    problems: [...refused, ...(dynamic || poetryOnly ? [unreadableDependencies(poetryOnly)] : [])],
  };
}

type Parsed =
  | { readonly kind: 'content'; readonly content: v.InferOutput<typeof Pyproject> }
  | { readonly kind: 'problem'; readonly problem: Problem };

function parseToml(text: string): Parsed {
  try {
    const content = v.safeParse(Pyproject, parse(text));
    if (content.success) return { kind: 'content', content: content.output };
    const where = v.getDotPath(content.issues[0]) ?? 'its content';
    return invalid(`${where}: ${content.issues[0].message}`, null);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [firstLine = ''] = messageOf(error).split('\n');
    return invalid(firstLine.replace('Invalid TOML document: ', ''), error.line);
  }
}

function invalid(reason: string, line: number | null): Parsed {
  const place = line === null ? pyprojectName : `${pyprojectName}:${line}`;
  const message = `${place} cannot be understood: ${reason.replace(/\.$/, '')}.`;
  return {
    kind: 'problem',
    problem: problem('error', 'pyproject.invalid', message, { file: pyprojectName, line }),
  };
}

function refuse(requirement: string): Problem[] {
  const reason = reasonToRefuse(requirement);
  if (!reason) return [];
  const message = `${pyprojectName}: the dependency '${requirement}' ${reason.what}.`;
  return [problem('error', reason.code, message, { file: pyprojectName, fix: reason.fix })];
}

function unreadableDependencies(poetry: boolean): Problem {
  const why = poetry
    ? "lists its dependencies in Poetry's own table"
    : 'computes its dependencies when it is built';
  const message = `${pyprojectName} ${why}; none of them will be installed.`;
  const fix = 'Write them into requirements.txt.';
  return problem('warning', 'pyproject.dependencies', message, { file: pyprojectName, fix });
}

/** The highest of the versions that must at least be there. */
function lowerBound(specifiers: string): string | undefined {
  const minors = [...specifiers.matchAll(/(?:>=?|~=|==)\s*3\.(\d+)/g)].map((match) => Number(match[1]));
  return minors.length > 0 ? `3.${Math.max(...minors)}` : undefined;
}
