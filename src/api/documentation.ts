/** The table of operations in docs/api.md. */

import { mayCall } from './auth/roles.ts';
import { OPERATIONS } from './inspector2/operations.ts';
import { INSPECTOR2 } from './inspector2/service.ts';
import { INSPECTOR_SCAN } from './scan/service.ts';

/** Every operation: how it is called, who may, and whether it is answered. */
export function operationTable(): string {
  const entries = new Map(Object.entries(OPERATIONS));
  const rows = [INSPECTOR2, INSPECTOR_SCAN].flatMap(({ signingName, operations }) =>
    [...operations]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, method, path }) => {
        const entry = entries.get(name);
        const answered = entry === undefined || typeof entry === 'function' ? 'yes' : `no: ${entry.notEnabled}`;
        return `| \`${signingName}:${name}\` | \`${method} ${path}\` | ${mayCall('read-only', name) ? 'admin, read-only' : 'admin'} | ${answered} |`;
      }),
  );
  return ['| operation | request | roles | answered |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
