/** Rooms import only rooms above them in DESIGN section 2 (listed here from the bottom up). */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const ROOMS = [
  'model',
  'versions',
  'advisories',
  'artifacts',
  'inventory',
  'matching',
  'scoring',
  'estate',
  'network',
  'host',
  'posture',
  'reports',
  'aws',
  'store',
  'jobs',
  'delivery',
  'engine',
  'api',
  'cli',
];
const src = resolve(import.meta.dirname, '../src');

function sourceFiles(): string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
}

test('every folder of src is a known room', () => {
  const folders = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const folder of folders) assert.ok(ROOMS.includes(folder.name), `src/${folder.name} is not in the list of rooms`);
});

test('a room imports only the rooms below it', () => {
  const wrong: string[] = [];
  let imports = 0;
  for (const name of sourceFiles()) {
    const room = name.split('/')[0] ?? '';
    const text = readFileSync(join(src, name), 'utf8');
    for (const found of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const target = relative(src, resolve(src, name, '..', found[1] ?? ''));
      if (target.startsWith('..')) {
        if (!name.endsWith('.test.ts') && !target.startsWith('../package.json')) wrong.push(`${name} imports ${target}`);
        continue;
      }
      imports++;
      if (ROOMS.indexOf(target.split('/')[0] ?? '') > ROOMS.indexOf(room)) wrong.push(`${name} imports ${target}`);
    }
  }
  assert.ok(imports > 0, 'the test sees imports');
  assert.deepEqual(wrong, []);
});
