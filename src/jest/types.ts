/** Types of Jest's, from a package that ours declares: users may have no other. */
import type { TestEnvironment } from 'jest-environment-node';

export type EnvironmentConfig = ConstructorParameters<typeof TestEnvironment>[0];
export type EnvironmentContext = ConstructorParameters<typeof TestEnvironment>[1];
export type GlobalConfig = EnvironmentConfig['globalConfig'];
export type ProjectConfig = EnvironmentConfig['projectConfig'];
