import { expect, test } from 'vitest';
import { refuseUnsupportedNode } from '../../src/process/node-version.ts';

test.each(['18.20.8', '20.18.3', '21.7.3', '22.11.0', '23.11.1'])(
  'refuses Node %s in a sentence',
  (version) => {
    expect(() => refuseUnsupportedNode(version)).toThrow(
      `async-leaks needs Node ^20.19, ^22.12 or >=24, but this is Node ${version}.`,
    );
  },
);

test.each(['20.19.0', '20.20.2', '22.12.0', '24.0.0', '26.1.0', '27.0.0-nightly', process.versions.node])(
  'takes Node %s',
  (version) => {
    expect(() => refuseUnsupportedNode(version)).not.toThrow();
  },
);
