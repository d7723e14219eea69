/** Estates for tests: random ones of every call, by the shapes that the SDK's clients export, and comparing them. */
import * as ec2 from '@aws-sdk/client-ec2';
import * as elb from '@aws-sdk/client-elastic-load-balancing';
import * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import fc from 'fast-check';
import { operationOf, type Shape } from '../../src/aws/double/shape.ts';
import type { Call, CallId } from '../../src/estate/calls.ts';
import type { Estate, Row } from '../../src/estate/estate.ts';
import { type Answer, memoryEstate, type RegionContent } from '../../src/estate/memory.ts';
import { everyCall } from '../../src/estate/names.ts';
import { fields, text } from '../../src/inventory/values.ts';

const MODULES = { ec2, elb, elbv2 };
const DEPTH = 4;

const leaves = {
  text: fc.string({ unit: 'grapheme', maxLength: 8 }),
  number: fc.integer(),
  boolean: fc.boolean(),
  timestamp: fc
    .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
};

/** Values of a shape; structures have some of their members. */
function valuesOf(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  if (shape.kind === 'list') {
    return depth === 0 ? fc.constant([]) : fc.array(valuesOf(shape.of(), depth - 1), { maxLength: 2 });
  }
  if (shape.kind === 'map')
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), valuesOf(shape.of(), depth - 1), {
      maxKeys: 2,
      noNullPrototype: true,
    });
  if (shape.kind !== 'structure') return leaves[shape.kind];
  if (depth === 0) return fc.constant({});
  const members = shape.members.map(({ name, shape: of }) => [name, valuesOf(of(), depth - 1)] as const);
  return fc
    .subarray(members, { maxLength: Math.min(6, members.length) })
    .chain((some) => fc.record(Object.fromEntries(some)))
    .map((value) => ({ ...value }));
}

const rowsCache = new Map<CallId, fc.Arbitrary<Row>>();

function rowOf(id: CallId, { service, name, rows }: Call): fc.Arbitrary<Row> {
  const known = rowsCache.get(id);
  if (known !== undefined) return known;
  const member = operationOf(MODULES[service], name).output.find((one) => one.name === rows);
  if (member === undefined) throw new Error(`${id} has no ${rows}`);
  const shape = member.shape();
  const made = valuesOf(shape.kind === 'list' ? shape.of() : shape, DEPTH).map((value) => fields(value) ?? {});
  rowsCache.set(id, made);
  return made;
}

const failure = fc.record({
  code: fc.constantFrom('UnauthorizedOperation', 'AccessDenied', 'InvalidAction', 'LoadBalancerNotFound', 'AuthFailure'),
  message: fc.constantFrom('You are not authorized.', 'No <such> thing & "more".', 'ü'),
});

/** Answers to a call whose rows have the identifiers that other calls ask for. */
function answerOf(id: CallId, call: Call, listed: string | undefined): fc.Arbitrary<Answer> {
  const row = rowOf(id, call);
  const rows = fc.array(row, { minLength: call.single === true ? 1 : 0, maxLength: call.single === true ? 1 : 5 });
  const member = listed ?? call.id;
  const named = rows.map((all) =>
    member === undefined ? all : all.map((one, at) => ({ ...one, [member]: `arn:aws:x:${id}/${at}` })),
  );
  return fc.oneof({ weight: 9, arbitrary: named }, { weight: 1, arbitrary: failure });
}

function identifiers(member: string, answer: Answer | undefined): string[] {
  if (answer === undefined || 'code' in answer) return [];
  return answer.flatMap((row) => text(row[member]) ?? []);
}

function region(account: string, name: string): fc.Arbitrary<RegionContent> {
  const calls = everyCall();
  const listedBy = (id: CallId): string | undefined => calls.find(([, { per }]) => per?.call === id)?.[1].per?.member;
  const once = Object.fromEntries(
    calls.flatMap(([id, call]) => (call.per === undefined ? [[id, answerOf(id, call, listedBy(id))]] : [])),
  );
  let made: fc.Arbitrary<RegionContent> = fc
    .record<Partial<Record<CallId, Answer>>>(once)
    .map((tables) => ({ account, region: name, tables }));
  for (const [id, call] of calls) {
    const { per } = call;
    if (per === undefined) continue;
    made = made.chain((content) => {
      const listings = [content.tables?.[per.call], ...Object.values(content.perTables?.[per.call] ?? {})];
      const things = [...new Set(listings.flatMap((answer) => identifiers(per.member, answer)))];
      const answers = fc.record(Object.fromEntries(things.map((thing) => [thing, answerOf(id, call, listedBy(id))])));
      return answers.map((all) => ({ ...content, perTables: { ...content.perTables, [id]: { ...all } } }));
    });
  }
  return made;
}

/** Estates in which every call was asked, of one region or two. */
export function estates(): fc.Arbitrary<Estate> {
  const first = region('111122223333', 'eu-west-1');
  const second = region('111122223333', 'us-east-1');
  return fc.oneof(fc.tuple(first), fc.tuple(first, second)).map((regions) => memoryEstate(regions));
}

/** An estate as plain values: what `assert.deepEqual` compares. Problems are left out. */
export function plainEstate(estate: Estate): unknown {
  return estate.regions.map((one) => ({
    account: one.account,
    region: one.region,
    tables: Object.fromEntries(
      everyCall().map(([id, { per }]) => {
        const sorted = [...one.tables(id)].sort(([left], [right]) => (left < right ? -1 : 1));
        return [id, per === undefined ? one.table(id) : Object.fromEntries(sorted)];
      }),
    ),
  }));
}
