/** Archives of snapshots with any damage: an estate with what is wrong in it told, or a problem; never a crash. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { makeTar } from '../../tests/support/tar.ts';
import { everyCall } from './names.ts';
import { openEstate } from './read.ts';

const HERE = '123456789012/eu-west-1/ec2';
const rows = Array.from({ length: 40 }, (_, at) => ({ VpcId: `vpc-${at}`, CidrBlock: `10.${at}.0.0/16` }));
const tar = makeTar([
  { name: 'estate/estate.json', data: '{"schemaVersion":1}\n' },
  { name: `estate/${HERE}/DescribeVpcs.json`, data: JSON.stringify({ Vpcs: rows }) },
  { name: `estate/${HERE}/DescribeSubnets.jsonl`, data: rows.map((row) => `${JSON.stringify(row)}\n`).join('') },
  { name: `estate/${HERE}/DescribeAddresses.error.json`, data: '{"code":"AuthFailure","message":"no"}' },
]);
const FORMS = { tar, 'tar.gz': gzipSync(tar), 'tar.zst': zstdCompressSync(tar) } as const;
const forms = fc.constantFrom<keyof typeof FORMS>('tar', 'tar.gz', 'tar.zst');

type Damage =
  | { readonly kind: 'set'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'end'; readonly at: number };

const at = fc.integer({ min: 0, max: 9999 }).map((part) => part / 10_000);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 32 });
const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at, bytes }),
  fc.record({ kind: fc.constant('insert' as const), at, bytes }),
  fc.record({ kind: fc.constant('cut' as const), at, length: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({ kind: fc.constant('end' as const), at }),
);

function damaged(whole: Buffer, damage: Damage): Buffer {
  const place = Math.floor(damage.at * whole.length);
  switch (damage.kind) {
    case 'set': {
      const copy = Buffer.from(whole);
      copy.set(damage.bytes.subarray(0, whole.length - place), place);
      return copy;
    }
    case 'insert':
      return Buffer.concat([whole.subarray(0, place), damage.bytes, whole.subarray(place)]);
    case 'cut':
      return Buffer.concat([whole.subarray(0, place), whole.subarray(place + damage.length)]);
    case 'end':
      return whole.subarray(0, place);
  }
}

test('any damage to an archive, compressed or not: nothing is thrown, and every table can be asked for', async (context) => {
  const directory = temporaryDirectory(context);
  let [opened, told] = [0, 0];
  await fc.assert(
    fc.asyncProperty(forms, fc.array(damages, { minLength: 1, maxLength: 3 }), async (form, list) => {
      const file = join(directory, `s.${form}`);
      writeFileSync(file, list.reduce(damaged, FORMS[form]));
      const result = await openEstate(file);
      if (!result.ok) {
        assert.ok(result.problem.code !== '' && result.problem.message.length < 2000);
        return;
      }
      opened++;
      if (result.value.problems.length > 0) told++;
      for (const region of result.value.regions)
        for (const [call, { per }] of everyCall()) {
          if (per !== undefined) assert.ok([...region.tables(call).keys()].every((thing) => typeof thing === 'string'));
          else assert.ok(['rows', 'failed', 'absent'].includes(region.table(call).kind));
        }
    }),
    { numRuns: 250 },
  );
  assert.ok(opened > 20 && told > 10, `${opened} opened, of ${told} something is told`);
});

test('an archive that ends early is never taken for a whole one', async (context) => {
  const directory = temporaryDirectory(context);
  // What follows the last entry is padding.
  const content = tar.length - 1024 - 512;
  await fc.assert(
    fc.asyncProperty(forms, at, async (form, where) => {
      const whole = FORMS[form];
      const file = join(directory, `s.${form}`);
      writeFileSync(file, whole.subarray(0, Math.floor(where * (form === 'tar' ? content : whole.length - 1))));
      const result = await openEstate(file);
      assert.ok(!result.ok || result.value.problems.some(({ effect }) => effect === 'incomplete'), `${form} ${where}`);
    }),
    { numRuns: 120 },
  );
});

test('bytes that are no archive at all', async (context) => {
  const file = join(temporaryDirectory(context), 's');
  const magic = fc.constantFrom(Buffer.alloc(0), Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.from([0x1f, 0x8b, 8]));
  await fc.assert(
    fc.asyncProperty(magic, fc.uint8Array({ maxLength: 2000 }), async (start, rest) => {
      writeFileSync(file, Buffer.concat([start, rest]));
      const result = await openEstate(file);
      assert.ok(!result.ok && /^estate-/.test(result.problem.code));
    }),
    { numRuns: 80 },
  );
});
