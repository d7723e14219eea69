/** The model and the operations: the table of constraints agrees with the SDK's schemas, and every operation answers within its model. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import * as sdk from '@aws-sdk/client-inspector2';
import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticOperationSchema } from '@smithy/types';
import fc from 'fast-check';
import { beforeTwo, type TestEngine, testEngine } from '../../../tests/support/engine.ts';
import { inventoryOf, packageOf, systemOf } from '../../../tests/support/inventory.ts';
import { broken, documents, type Optional } from '../../../tests/support/model.ts';
import { ACCOUNT, REGION, testService } from '../../../tests/support/service.ts';
import { sign } from '../../../tests/support/sign.ts';
import type { Description } from '../../engine/resource.ts';
import { openEstate } from '../../estate/read.ts';
import { fields } from '../../inventory/values.ts';
import { saveOrganization } from '../../store/accounts.ts';
import { chunks } from '../../store/index.ts';
import { type Operation, shapeOf } from '../protocol/model.ts';
import { check } from '../protocol/validate.ts';
import { newer } from './newer.ts';
import { OPERATIONS } from './operations.ts';
import { INSPECTOR2 } from './service.ts';

const { model, operations } = INSPECTOR2;

function typeOf(schema: NormalizedSchema): string {
  if (schema.isUnionSchema()) return 'union';
  if (schema.isStructSchema()) return 'structure';
  if (schema.isListSchema()) return 'list';
  if (schema.isMapSchema()) return 'map';
  if (schema.isTimestampSchema()) return 'timestamp';
  if (schema.isBlobSchema()) return 'blob';
  if (schema.isBooleanSchema()) return 'boolean';
  if (schema.isNumericSchema()) return 'number';
  return schema.isStringSchema() ? 'string' : 'unknown';
}

const NUMBERS = ['integer', 'long', 'double'];

test("the table of constraints has the SDK's operations, members and types, and what is newer", () => {
  const seen = new Set<string>();
  const compare = (name: string, schema: NormalizedSchema, sent: boolean): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const shape = shapeOf(model, name);
    assert.equal(NUMBERS.includes(shape.type) ? 'number' : shape.type, typeOf(schema), name);
    if (shape.type === 'list' || shape.type === 'map') compare(shape.member ?? shape.value ?? '', schema.getValueSchema(), sent);
    if (shape.type !== 'structure' && shape.type !== 'union') return;
    const members = new Map(schema.structIterator());
    const table = Object.entries(shape.members ?? {});
    const lacking = table.map(([member]) => member).filter((member) => !members.has(member));
    assert.deepEqual(lacking, name === 'SeverityCounts' ? ['low', 'informational', 'untriaged'] : [], name);
    // An answer may have a member that the table no longer knows: nothing checks what is sent back.
    if (sent) assert.equal(table.length, members.size, name);
    for (const [member, target] of table) {
      const inner = members.get(member);
      if (inner !== undefined) compare(target, inner, sent);
    }
  };
  const schemas = new Map(Object.entries(sdk));
  const older = operations.filter(({ name }) => !Object.hasOwn(newer, name));
  assert.deepEqual([older.length, operations.length], [81, 84]);
  assert.deepEqual(operations.map(({ name }) => name).sort(), Object.keys(model.operations).sort());
  assert.deepEqual(Object.keys(OPERATIONS).sort(), Object.keys(model.operations).sort());
  const parts = older.map(({ name, shapes }) => ({ shapes, schema: schemas.get(`${name}$`) as StaticOperationSchema }));
  for (const { shapes, schema } of parts) compare(shapes.input, NormalizedSchema.of(schema[4]), true);
  for (const { shapes, schema } of parts) compare(shapes.output, NormalizedSchema.of(schema[5]), false);
  assert.ok(seen.size > 500, `${seen.size} shapes`);
});

function sample(name: string, optional: Optional, seed: number): unknown {
  return fc.sample(documents(model, name, optional), { numRuns: 1, seed })[0];
}

test('a document that is wrong in one place is refused with that field, for all inputs', () => {
  let count = 0;
  for (const { name, shapes } of operations) {
    const valid = sample(shapes.input, 'all', 7);
    assert.deepEqual(check(model, shapes.input, valid).errors, [], name);
    for (const { what, field, value } of broken(model, shapes.input, valid)) {
      if (field === '') continue;
      const fields = check(model, shapes.input, value).errors.map((error) => error.name);
      assert.ok(fields.includes(field), `${name}: ${field} ${what}: ${fields}`);
      count += 1;
    }
  }
  assert.ok(count > 2000, `${count} documents`);
});

/** The request that sends a document. */
function requestFor(operation: Operation, document: Readonly<Record<string, unknown>>) {
  const { labels, query: bound } = operation.bindings;
  const path = operation.path.replace(/\{(\w+)\}/g, (_label, name: string) =>
    encodeURIComponent(String(document[name])).replace(/\*/g, '%2A'),
  );
  const query: Record<string, string | string[]> = {};
  for (const [member, name] of Object.entries(bound)) {
    const value = document[member];
    if (value !== undefined) query[name] = Array.isArray(value) ? value.map(String) : String(value);
  }
  const rest = Object.entries(document).filter(([name]) => !labels.includes(name) && !Object.hasOwn(bound, name));
  const withBody = operation.method !== 'GET' && rest.length > 0;
  const body = withBody
    ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(Object.fromEntries(rest)) }
    : {};
  return { method: operation.method as 'GET' | 'POST' | 'PUT' | 'DELETE', path, query, ...body };
}

/** A store with resources and findings of all kinds, by the engine: of packages on each kind of resource, and of a network. */
async function populated(context: TestContext): Promise<TestEngine> {
  const running = await testEngine(context, [beforeTwo('CVE-2025-0001', 'left'), beforeTwo('CVE-2025-0002', 'right')]);
  await running.host('web', ['left', '1.0'], ['right', '1.5']);
  const inventory = inventoryOf([packageOf({ type: 'npm', name: 'left', version: '1.0' })], systemOf('debian', '12'));
  const descriptions: readonly Description[] = [
    { kind: 'image', name: 'registry.example/app:1', image: { digest: `sha256:${'a'.repeat(64)}`, tags: ['1'], pushedAt: 1e12 } },
    { kind: 'lambda', name: 'orders (blue)', lambda: { runtime: 'nodejs22.x', modifiedAt: 1e12 } },
    { kind: 'project', name: 'shop' },
  ];
  for (const description of descriptions) {
    const arrival = {
      description,
      inventory,
      place: { account: ACCOUNT, region: REGION },
      origin: 'push',
      trigger: 'inventory',
    } as const;
    const done = await running.engine.ingest(arrival);
    assert.ok(done.ok, JSON.stringify(done));
  }
  const estate = await openEstate(join(import.meta.dirname, '../../../examples/estate/snapshot'));
  assert.ok(estate.ok && (await running.engine.analyze(estate.value)).ok);
  await running.store.write((tx) => saveOrganization(tx, { autoEnable: [], paths: [], delegatedAdmin: ACCOUNT }));
  return running;
}

test('every operation answers within its model, whatever it is sent', async (context) => {
  const { store, services } = await populated(context);
  const service = await testService(context, { store, services, rate: { perSecond: 1e6, burst: 1e6 } });
  const credentials = await service.key();
  const ask = async (operation: Operation, document: unknown) => {
    const request = requestFor(operation, document as Readonly<Record<string, unknown>>);
    return service.server.inject(await sign(request, { credentials }));
  };
  /** Nothing that the model does not have, and everything that it must have. */
  const fits = (operation: Operation, shape: string, document: unknown, told: string): void => {
    const { errors, known } = check(model, shape, document);
    // The model has no word for "no clusters".
    if (operation.name === 'GetClustersForImage' && shape === operation.shapes.output) {
      assert.deepEqual(document, { cluster: [] });
      return;
    }
    // States that are healthy leave out what the model requires, as AWS does; so does a function whose role nobody told.
    const missing = errors.filter(({ name }) => !/\.(errorCode|errorMessage|executionRoleArn)$/.test(name));
    assert.deepEqual(missing, [], told);
    assert.deepEqual(known, document, told);
  };
  const within = (operation: Operation, answer: Awaited<ReturnType<typeof ask>>): void => {
    const error = answer.headers['x-amzn-errortype'];
    const document: unknown = answer.json();
    const shape = error === undefined ? operation.shapes.output : String(error);
    const told = `${operation.name} answered ${answer.statusCode} ${answer.body}`;
    if (error === undefined) assert.equal(answer.statusCode, operation.status, told);
    else assert.ok(operation.shapes.errors.includes(shape) && answer.statusCode === shapeOf(model, shape).status, told);
    assert.ok(answer.statusCode < 500, told);
    // The model asks for pages of up to 100 findings and has 25 in an answer; clients do not count them (inspector.md 1).
    const { findings, ...rest } = fields(document) ?? {};
    if (operation.name === 'ListFindings' && Array.isArray(findings) && findings.length > 25) {
      for (const some of chunks(findings, 25)) fits(operation, shape, { ...rest, findings: some }, told);
    } else fits(operation, shape, document, told);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.match(String(answer.headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/);
  };
  for (const operation of operations) {
    const { input } = operation.shapes;
    for (const optional of ['none', 'all'] as const) within(operation, await ask(operation, sample(input, optional, 11)));
    const valid = sample(input, 'all', 13) as Readonly<Record<string, unknown>>;
    const bound = [...operation.bindings.labels, ...Object.keys(operation.bindings.query)];
    // A path without its label is another path, and a query has texts only.
    const bodies = [...broken(model, input, valid)].filter(
      ({ field }) => field !== '' && !bound.includes(field.split('.')[0] ?? ''),
    );
    const kinds = new Map(bodies.reverse().map((one) => [one.what, one]));
    for (const { what, field, value } of kinds.values()) {
      const answer = await ask(operation, value);
      within(operation, answer);
      const fields = answer.json().fields?.map((one: { name: string }) => one.name);
      assert.ok(fields?.includes(field), `${operation.name}: ${field} ${what}: ${answer.body}`);
    }
  }
  const mixed = fc.constantFrom(...operations).chain((operation) =>
    fc.tuple(
      fc.constant(operation),
      documents(model, operation.shapes.input, 'some'),
      fc.dictionary(
        fc.constantFrom(...Object.keys(shapeOf(model, operation.shapes.input).members ?? {}), '__proto__', 'x'),
        fc.jsonValue(),
        {
          maxKeys: 2,
        },
      ),
    ),
  );
  await fc.assert(
    fc.asyncProperty(mixed, async ([operation, valid, strange]) => {
      const document = { ...(valid as object), ...strange };
      for (const label of operation.bindings.labels) Object.assign(document, { [label]: 'arn' });
      within(operation, await ask(operation, document));
    }),
    { numRuns: 120 },
  );
  const listing = operations.find(({ name }) => name === 'ListFindings');
  assert.ok(listing !== undefined);
  within(listing, await ask(listing, { maxResults: 100 }));
  assert.deepEqual(
    service.log.filter((line) => JSON.parse(line).level >= 50),
    [],
  );
});
