import { expect, test } from 'vitest';

import { kinds } from '../../src/kinds.ts';
import { Lineage } from '../../src/tracker/lineage.ts';
import { Resource, type Cause } from '../../src/tracker/resource.ts';
import { Scope } from '../../src/tracker/scope.ts';

let ids = 0;
const made = (type: string, cause: Cause): Resource => new Resource(++ids, type, kinds[type]!, cause, {});

test('what a server accepts renews nothing, but who connects does', () => {
  const scope = new Scope('file', 'a.test.ts', undefined);
  const server = made('TCPSERVERWRAP', scope);
  const timer = made('Timeout', scope);
  const lineage = new Lineage([scope], { grace: 250, lastRun: () => timer });
  lineage.found(timer);
  lineage.add(made('TCPWRAP', server), 0);
  expect(lineage.takeBorn()).toBeUndefined();
  const client = made('TCPWRAP', scope);
  lineage.add(client, 0);
  expect(lineage.takeBorn()).toBe(client);
});
