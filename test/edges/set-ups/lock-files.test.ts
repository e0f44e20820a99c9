/** A lock file that lacks a package installs nothing, and only a machine that has nothing installed yet tells. */
import { execFileSync } from 'node:child_process';
import { relative } from 'node:path';
import { expect, test } from 'vitest';
import { libraries } from '../../support/install/libraries.ts';
import { matrixFolders, presets, root } from '../../support/install/versions.ts';

test.each([...matrixFolders, presets, libraries].map((folder) => [relative(root, folder), folder]))(
  'what %s says can be installed',
  (_name, folder) => {
    const install = () => execFileSync('npm', ['ci', '--dry-run'], { cwd: folder, stdio: 'pipe' });
    expect(install).not.toThrow();
  },
);
