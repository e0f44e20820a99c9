/** Runs each file of the corpus on its own, and compares what a tool reports with the markers. */
import type { ExpectedLeak, Fixture } from '../support/expected/expectations.ts';
import { configOf, libraries } from '../support/install/libraries.ts';
import { createProject } from '../support/project.ts';
import { run } from '../support/run.ts';
import { isNamed, tells } from '../support/expected/verdicts.ts';
import type { Node, Version } from '../support/install/versions.ts';
import type { Report, Tool } from './tools.ts';

/** What a tool says of one file. */
export interface Judgement {
  readonly tool: string;
  readonly library: string;
  readonly isClean: boolean;
  /** Null: it had to be killed. */
  readonly exitCode: number | null;
  readonly leaks: number;
  /** Those that a report names, by type and line. */
  readonly found: number;
  /** Those that are reported on the test that leaks. */
  readonly named: number;
  /** Reports that match none of them. */
  readonly others: number;
}

/** What to judge. */
export interface JudgeOptions {
  readonly tool: Tool;
  readonly version: Version;
  readonly node: Node;
  readonly fixtures: readonly Fixture[];
  readonly packed: string;
  readonly env: Readonly<Record<string, string>>;
  /** Only files whose name has this text. */
  readonly library: string;
}

/** @returns a judgement for each file. */
export async function judge(options: JudgeOptions): Promise<Judgement[]> {
  const { tool, version, node, fixtures, packed, env, library } = options;
  const files = Object.fromEntries(
    fixtures.map(({ path, content }) => [path, tool.isOurs ? content : withoutOurs(content)]),
  );
  const config = { ...configOf(version), ...tool.config };
  const project = createProject({ version, packed, files, libraries, config });
  const judgements: Judgement[] = [];
  try {
    for (const { path, isTest, leaks } of fixtures) {
      const [, name = '', twin] = /([^/]+)\.(leak|clean)\.ts$/.exec(path) ?? [];
      if (!isTest || !name.includes(library)) continue;
      const only = version.framework === 'jest' ? ['--runTestsByPath', path] : [path];
      const result = await run(project, { node, args: [...tool.args, ...only], env, timeoutMs: TIMEOUT });
      judgements.push({
        tool: tool.name,
        library: name,
        isClean: twin === 'clean',
        exitCode: result.timedOut ? null : result.exitCode,
        ...count(tool.read(result), leaks),
      });
    }
  } finally {
    project.remove();
  }
  return judgements;
}

const TIMEOUT = 60_000;

function count(reports: readonly Report[], leaks: readonly ExpectedLeak[]) {
  const isReported = (leak: ExpectedLeak) => reports.some(({ text }) => tells(text, leak));
  const isNamedRightly = (leak: ExpectedLeak) =>
    reports.some(
      ({ text, test }) =>
        tells(text, leak) &&
        test !== undefined &&
        leak.test !== undefined &&
        isNamed({ name: test }, leak.test),
    );
  return {
    leaks: leaks.length,
    found: leaks.filter(isReported).length,
    named: leaks.filter(isNamedRightly).length,
    others: reports.filter(({ text }) => !leaks.some((leak) => tells(text, leak))).length,
  };
}

/** The environment that a docblock names is that of the framework. */
const withoutOurs = (content: string) =>
  content.replace('async-leaks/jest/environment-jsdom', 'jest-environment-jsdom');
