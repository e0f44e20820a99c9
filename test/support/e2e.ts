/** What end-to-end tests begin with: a project with the packed package, which is removed when the test ends. */
import { inject, onTestFinished } from 'vitest';
import type { Version } from './install/versions.ts';
import { createProject, type Project, type ProjectOptions } from './project.ts';
import { type Run, run, type RunOptions } from './run.ts';

/**
 * Creates a project for the current test.
 * @param options those of `createProject`, without the package.
 * @returns the project; it is deleted after the test.
 */
export function useProject(options: Omit<ProjectOptions, 'packed'>): Project {
  const project = createProject({ ...options, packed: inject('packed') });
  onTestFinished(() => project.remove());
  return project;
}

/** Jest's preset has the reporter; Vitest is told on the command line, where the harness names its own. */
export const reporters = ({ framework }: Version) =>
  framework === 'vitest' ? ['--reporter=default', '--reporter=async-leaks/vitest/reporter'] : [];

/** Runs a project with the reporter. */
export function runs(project: Project, { args = [], ...options }: RunOptions = {}): Promise<Run> {
  return run(project, { args: [...reporters(project.version), ...args], ...options });
}
