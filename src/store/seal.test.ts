import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { keyFor, sealer } from './seal.ts';

test('what was sealed is opened, and only with the same key', () => {
  const one = sealer(randomBytes(32));
  const sealed = one.seal('wJalrXUtnFEMI/K7MDENG – ü');
  assert.equal(one.open(sealed), 'wJalrXUtnFEMI/K7MDENG – ü');
  assert.equal(one.open(one.seal('')), '');
  assert.ok(!sealed.includes('wJalr'));
  assert.notEqual(one.seal('a'), one.seal('a'));
  assert.throws(() => sealer(randomBytes(32)).open(sealed), /another key/);
});

test('any change is noticed', () => {
  const one = sealer(randomBytes(32));
  const bytes = Buffer.from(one.seal('secret').slice(3), 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => one.open(`v1.${changed.toString('base64url')}`), /another key/);
  }
  for (const text of ['', 'v1.', 'v1.AAAA', 'v2.x', 'plain']) assert.throws(() => one.open(text), /not a sealed secret/);
});

test('the key file is made once, for its owner only', (context) => {
  const directory = join(temporaryDirectory(context), 'new');
  const first = keyFor(directory, {});
  assert.ok(first.ok);
  const path = join(directory, 'key');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  chmodSync(path, 0o644);
  assert.deepEqual(keyFor(directory, {}), first);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(readFileSync(path, 'utf8'), `${first.value.toString('base64')}\n`);
});

test('a key that is none is refused, not replaced', (context) => {
  const directory = temporaryDirectory(context);
  const path = join(directory, 'key');
  writeFileSync(path, 'oops', { mode: 0o600 });
  const broken = keyFor(directory, {});
  assert.ok(!broken.ok && broken.problem.code === 'key-invalid');
  assert.equal(readFileSync(path, 'utf8'), 'oops');
  const key = randomBytes(32);
  for (const VEDETTE_KEY of [key.toString('hex'), key.toString('base64')]) {
    assert.deepEqual(keyFor(directory, { VEDETTE_KEY }), { ok: true, value: key });
  }
  const given = keyFor(directory, { VEDETTE_KEY: 'short' });
  assert.ok(!given.ok && given.problem.code === 'key-invalid');
});
