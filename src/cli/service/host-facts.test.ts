/** What a host says of itself, here on this one. */
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { describeHost } from './host-facts.ts';

test('name, addresses that others can use, tags', () => {
  const plain = describeHost();
  assert.equal(plain.kind, 'host');
  assert.equal(plain.name, hostname());
  assert.ok(!('tags' in plain));
  const addresses = plain.host?.addresses ?? [];
  assert.deepEqual([...addresses].sort(), addresses);
  for (const address of addresses) {
    assert.ok(isIP(address) > 0);
    assert.doesNotMatch(address, /^(?:127\.|::1$|fe80:)/i);
  }
  if (plain.machine !== undefined) assert.match(plain.machine, /^[0-9a-f]{32}$/);
  if (plain.instance !== undefined) assert.match(plain.instance, /^i-[0-9a-f]+$/);
  assert.deepEqual(describeHost({ team: 'a' }).tags, { team: 'a' });
  assert.deepEqual(describeHost(), plain);
});
