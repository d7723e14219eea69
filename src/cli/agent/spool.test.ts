/** The spool: order, bounds, and what a killed agent leaves. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { ok } from '../../model/problem.ts';
import { sendAll } from './loop.ts';
import { openSpool } from './spool.ts';

test('what is added is listed in its order, whatever the clock does, and is there after a restart', (context) => {
  const directory = join(temporaryDirectory(context), 'spool');
  const spool = openSpool(directory);
  for (const [index, now] of [1000, 1000, 500, 2000].entries()) assert.equal(spool.add(`body ${index}`, now), 0);
  const again = openSpool(directory);
  assert.deepEqual(
    again.list().map((name) => again.read(name)),
    ['body 0', 'body 1', 'body 2', 'body 3'],
  );
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  for (const name of again.list()) assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
  again.remove(again.list()[0] ?? '');
  assert.equal(spool.list().length, 3);
});

test('it is bounded by files and bytes; the newest always stays', (context) => {
  const few = openSpool(temporaryDirectory(context), { files: 3, bytes: 1e9 });
  const dropped = [1, 2, 3, 4, 5].map((number) => few.add(`body ${number}`, number));
  assert.deepEqual(dropped, [0, 0, 0, 1, 1]);
  assert.deepEqual(
    few.list().map((name) => few.read(name)),
    ['body 3', 'body 4', 'body 5'],
  );
  const small = openSpool(temporaryDirectory(context), { files: 100, bytes: 1 });
  assert.equal(small.add('one', 1), 0);
  assert.equal(small.add('two', 2), 1);
  assert.deepEqual(
    small.list().map((name) => small.read(name)),
    ['two'],
  );
});

test('half-written files go, damaged ones are set aside, and the rest is sent', async (context) => {
  const directory = temporaryDirectory(context);
  const spool = openSpool(directory);
  spool.add('first', 1);
  spool.add('second', 2);
  const [first = ''] = spool.list();
  writeFileSync(join(directory, first), 'no gzip');
  writeFileSync(join(directory, '000000000000003.json.gz.new'), 'half');
  const again = openSpool(directory);
  assert.ok(!existsSync(join(directory, '000000000000003.json.gz.new')));
  const sent: string[] = [];
  const said: string[] = [];
  const done = await sendAll({
    spool: again,
    say: (text) => void said.push(text),
    send: async (body) => {
      sent.push(body);
      return ok({ resource: 'i-1' });
    },
  });
  assert.deepEqual([done, sent, again.list()], [true, ['second'], []]);
  assert.match(said.join(), /is damaged/);
  assert.equal(readFileSync(join(directory, 'refused.json.gz'), 'utf8'), 'no gzip');
});

test('a body comes back as it was', (context) => {
  const directory = temporaryDirectory(context);
  const spool = openSpool(directory);
  const body = JSON.stringify({ text: 'ü€😀'.repeat(1000) });
  spool.add(body, 1);
  const [name = ''] = spool.list();
  assert.equal(spool.read(name), body);
  assert.equal(gunzipSync(readFileSync(join(directory, name))).toString(), body);
});
