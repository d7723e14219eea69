/** Files of events: appended, rotated, never losing a line. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../../../tests/support/directory.ts';
import { findingEvent } from '../../../../tests/support/events.ts';
import { file } from './index.ts';

const never = new AbortController().signal;

function batch(...numbers: number[]) {
  return numbers.map((number) => ({ id: String(number), ordering: String(number), event: findingEvent(number) }));
}

function idsIn(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.equal(lines.pop(), '');
  return lines.map((line) => JSON.parse(line).id);
}

test('events are appended as lines, in a file for its owner only', async (context) => {
  const path = join(temporaryDirectory(context), 'events.ndjson');
  for (const numbers of [[1, 2], [3]]) {
    const sender = file.open({ path }, {});
    assert.deepEqual(new Set((await sender.send(batch(...numbers), never)).map(({ kind }) => kind)), new Set(['delivered']));
    await sender.close();
  }
  assert.deepEqual(idsIn(path), ['1', '2', '3']);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a file that is full becomes the first of the older ones', async (context) => {
  const path = join(temporaryDirectory(context), 'events.ndjson');
  const sender = file.open({ path, maxBytes: 6_000, keep: 2 }, {});
  for (let number = 0; number < 14; number++) await sender.send(batch(number), never);
  await sender.close();
  const kept = [`${path}.2`, `${path}.1`, path].flatMap(idsIn);
  assert.ok(!existsSync(`${path}.3`));
  assert.ok(statSync(`${path}.1`).size <= 6_000);
  assert.deepEqual(
    kept,
    Array.from({ length: kept.length }, (_, index) => String(14 - kept.length + index)),
  );
  assert.ok(kept.length < 14 && kept.length > 5);
});

test('half a line of a process that was killed does not spoil the next one', async (context) => {
  const path = join(temporaryDirectory(context), 'events.ndjson');
  writeFileSync(path, '{"id":"torn');
  const sender = file.open({ path }, {});
  await sender.send(batch(1), never);
  await sender.close();
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.deepEqual([lines[0], JSON.parse(lines[1] ?? '').id, lines[2]], ['{"id":"torn', '1', '']);
});

test('a file moved by somebody else is left to them', async (context) => {
  const path = join(temporaryDirectory(context), 'events.ndjson');
  const sender = file.open({ path }, {});
  await sender.send(batch(1), never);
  renameSync(path, `${path}.moved`);
  await sender.send(batch(2), never);
  appendFileSync(`${path}.moved`, '');
  await sender.close();
  assert.deepEqual([idsIn(`${path}.moved`), idsIn(path)], [['1'], ['2']]);
});

test('what cannot be written makes the target unusable', async (context) => {
  const sender = file.open({ path: join(temporaryDirectory(context), 'none', 'events.ndjson') }, {});
  await assert.rejects(sender.send(batch(1), never), /ENOENT/);
  if (existsSync('/dev/full')) await assert.rejects(file.open({ path: '/dev/full' }, {}).send(batch(1), never), /ENOSPC/);
});
