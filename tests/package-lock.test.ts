/** The lock file is one that `npm ci` of every registry and platform takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import metadata from '../package.json' with { type: 'json' };
import lock from '../package-lock.json' with { type: 'json' };

test('every optional dependency is in the lock file, also those for other platforms', () => {
  const names = Object.values(lock.packages).flatMap((entry) =>
    'optionalDependencies' in entry ? Object.keys(entry.optionalDependencies) : [],
  );
  assert.ok(names.length > 20);
  const locked = new Set(Object.keys(lock.packages));
  const missing = names.filter((name) => !locked.has(`node_modules/${name}`));
  assert.deepEqual(missing, [], 'run "node scripts/complete-lock.mjs"');
});

test('dependencies are pinned exactly', () => {
  const { dependencies, devDependencies, optionalDependencies } = metadata;
  const loose = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version),
  );
  assert.deepEqual(loose, []);
});
