/** What is watched: any change of a file is another text. */
import assert from 'node:assert/strict';
import { appendFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { stateOf } from './watch.ts';

test('files that come, grow, are replaced or touched, and go', (context) => {
  const directory = temporaryDirectory(context);
  const [one, two] = [join(directory, 'one'), join(directory, 'two')];
  const seen = [stateOf([one, two])];
  const changes = [
    () => writeFileSync(one, 'a'),
    () => appendFileSync(one, 'b'),
    () => utimesSync(one, 1, 1),
    () => {
      writeFileSync(two, 'ab');
      utimesSync(two, 1, 1);
    },
    () => renameSync(two, one),
    () => rmSync(one),
  ];
  for (const change of changes) {
    assert.equal(stateOf([one, two]), seen.at(-1), 'nothing changed: the same text');
    change();
    seen.push(stateOf([one, two]));
  }
  assert.equal(seen.at(-1), seen[0]);
  assert.equal(new Set(seen).size, seen.length - 1);
});

test('a place that cannot be read does not stop it', () => {
  assert.equal(typeof stateOf(['/dev/null/x', '\0']), 'string');
});
