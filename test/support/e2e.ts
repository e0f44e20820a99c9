/** What end-to-end tests begin with: a project with the packed package, which is removed when the test ends. */
import { inject, onTestFinished } from 'vitest';
import { createProject, type Project, type ProjectOptions } from './project.ts';

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
