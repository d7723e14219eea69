import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { schemes } from './registry.ts';

test('docs/versions.md lists every scheme as registered, and every scheme with families', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/versions.md'), 'utf8').replace(/ +/g, ' ');
  const rows = page.split('\n').filter((line) => /^\| (?!scheme )[a-z]/.test(line));
  const expected = Object.values(schemes).map(({ id, specification, examples }) => {
    const links = specification.map((url) => `<${url}>`).join(' ');
    return `| ${id} | ${links} | ${examples.map((example) => `\`${example}\``).join(' ')} |`;
  });
  assert.deepEqual(rows, expected);
  const families = [...page.matchAll(/^- \*\*([a-z]+)\*\* without/gm)].map(([, id]) => id);
  assert.deepEqual(
    families.toSorted(),
    Object.values(schemes)
      .flatMap(({ id, familyKey }) => (familyKey ? [id] : []))
      .toSorted(),
  );
});
