/** Who holds a file, and what is no answer to that. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { hold } from './lock.ts';

test('one holds it at a time; a file that cannot be locked is not said to be held', (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, 'lock');
  const held = hold(file);
  assert.ok(held);
  assert.equal(hold(file), undefined);
  held.close();
  held.close();
  hold(file)?.close();
  const other = join(directory, 'other');
  writeFileSync(other, 'no lock of ours, whatever it is'.repeat(50));
  assert.throws(() => hold(other), /not a database/);
  assert.throws(() => hold(directory));
});
