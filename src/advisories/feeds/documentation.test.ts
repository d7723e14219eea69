/** docs/advisory-data.md holds the table that the registry gives. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { feedTable } from './documentation.ts';
import { feeds } from './registry.ts';

/** Formatters align columns; the words are what counts. */
function plain(text: string): string {
  return text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
}

test('the table of sources is the registry', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/advisory-data.md'), 'utf8');
  const table = feedTable(feeds);
  assert.ok(plain(page).includes(plain(table)), `docs/advisory-data.md should hold this table:\n\n${table}\n`);
});
