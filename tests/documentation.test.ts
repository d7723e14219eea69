/** Parts of pages that mirror code are what the code gives. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { GENERATED, partOf } from '../scripts/generated.ts';

/** The formatter aligns columns; the words are what counts. */
function plain(text: string | undefined): string | undefined {
  return text?.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
}

for (const [file, parts] of Object.entries(GENERATED)) {
  for (const [name, make] of Object.entries(parts)) {
    test(`${file}: the part "${name}" is fresh`, () => {
      const page = readFileSync(resolve(import.meta.dirname, '..', file), 'utf8');
      assert.equal(plain(partOf(page, name)), plain(make()), 'run "npm run docs"');
    });
  }
}
