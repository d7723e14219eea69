/** Every line of what AWS networks do, proven on the simulator and on the analysis, each with the same packets. */
import { test } from 'node:test';
import { ACLS } from './support/estates/semantics/acls.ts';
import { BALANCERS } from './support/estates/semantics/balancers.ts';
import { prove } from './support/estates/semantics/case.ts';
import { GATEWAYS } from './support/estates/semantics/gateways.ts';
import { GROUPS } from './support/estates/semantics/groups.ts';
import { INSIDE } from './support/estates/semantics/inside.ts';
import { ROUTES } from './support/estates/semantics/routes.ts';
import { TRANSIT } from './support/estates/semantics/transit.ts';

for (const [what, cases] of [
  ['Security groups', GROUPS],
  ['Network ACLs', ACLS],
  ['Routes', ROUTES],
  ['Gateways', GATEWAYS],
  ['Transit gateways', TRANSIT],
  ['Load balancers', BALANCERS],
  ['Inside', INSIDE],
] as const) {
  for (const one of cases) test(`${what}: ${one.name}`, () => prove(one));
}
