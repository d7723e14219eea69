/** ScanSbom: what both forms say, what is skipped, and what is refused; signed requests to the service as it is put together. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { compiledDatabase } from '../../../tests/support/database.ts';
import { beforeTwo, testEngine } from '../../../tests/support/engine.ts';
import { testService } from '../../../tests/support/service.ts';
import { sign } from '../../../tests/support/sign.ts';
import { readSbom } from '../../inventory/sbom/read.ts';
import { ApiError } from '../protocol/errors.ts';
import { scanReport } from './report.ts';

const TODAY = '2026-02-03';
const SCANNER = 'amazon:inspector:sbom_scanner:';
const V3 = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';

const ADVISORIES = [
  beforeTwo('CVE-2025-0001', 'left', {
    title: 'Left is wrong',
    description: 'Left is wrong. This is why.',
    aliases: ['GHSA-aaaa-bbbb-cccc'],
    cwes: ['CWE-79', 'CWE-20'],
    published: '2025-01-02',
    severities: [{ kind: 'cvss-v3', source: 'nvd', value: V3 }],
  }),
  beforeTwo('CVE-2025-0002', 'right'),
];

const DOCUMENT = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  serialNumber: 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79',
  metadata: { timestamp: '2026-01-01T00:00:00Z', properties: [{ name: 'own', value: 'kept' }] },
  components: [
    {
      type: 'library',
      'bom-ref': 'one',
      name: 'left',
      purl: 'pkg:npm/left@1.0',
      properties: [{ name: 'amazon:inspector:sbom_generator:source_path', value: '/app/package-lock.json' }],
      components: [{ type: 'library', name: 'right', purl: 'pkg:npm/right@1.0' }],
    },
    { type: 'library', 'bom-ref': 'fine', name: 'fine', purl: 'pkg:npm/fine@1.0' },
    { type: 'library', 'bom-ref': 'two', name: 'left', purl: 'pkg:npm/left@1.5' },
    { type: 'library', 'bom-ref': 'bare', name: 'bare', version: '3' },
    { type: 'library', 'bom-ref': 'lost', name: 'bash', purl: 'pkg:deb/debian/bash@5.1' },
  ],
};

async function report(
  context: TestContext,
  document: Readonly<Record<string, unknown>>,
  format: 'CYCLONE_DX_1_5' | 'INSPECTOR' | 'INSPECTOR_ALT',
) {
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at member by member
  return scanReport(document, format, await compiledDatabase(context, ADVISORIES), TODAY) as any;
}

function values(list: readonly { readonly name: string; readonly value: string }[]): Record<string, string> {
  return Object.fromEntries(list.map(({ name, value }) => [name.replace(SCANNER, ''), value]));
}

test('CycloneDX: the document with counts, messages and vulnerabilities', async (context) => {
  const made = await report(context, DOCUMENT, 'CYCLONE_DX_1_5');
  assert.equal(made.serialNumber, DOCUMENT.serialNumber);
  const counts = values(made.metadata.properties);
  assert.deepEqual(
    [
      counts.own,
      counts.critical_vulnerabilities,
      counts.high_vulnerabilities,
      counts.other_vulnerabilities,
      counts.malicious_packages,
    ],
    ['kept', '1', '0', '1', '0'],
  );
  const [one, fine, two, bare, lost] = made.components;
  assert.equal(values(one.properties).path, '/app/package-lock.json');
  assert.equal(one.components[0]['bom-ref'], 'comp-1');
  assert.deepEqual(values(fine.properties), { info: 'Component scanned: no vulnerabilities found.' });
  assert.deepEqual(values(bare.properties), { warning: 'Component skipped: no purl provided.' });
  assert.match(values(lost.properties).warning ?? '', /operating system is not known/);
  assert.equal(two.properties, undefined);
  const [first, second] = made.vulnerabilities;
  assert.deepEqual([first['bom-ref'], first.id, first.description], ['vuln-1', 'CVE-2025-0001', 'Left is wrong. This is why.']);
  assert.deepEqual(first.affects, [{ ref: 'one' }, { ref: 'two' }]);
  assert.deepEqual(first.cwes, [20, 79]);
  const rating = first.ratings.find(({ source }: { source: { name: string } }) => source.name === 'NVD');
  assert.deepEqual([rating.score, rating.severity, rating.method, rating.vector], [9.8, 'critical', 'CVSSv31', V3]);
  const said = values(first.properties);
  assert.deepEqual([said['fixed_version:one'], said['fixed_version:two'], said.priority], ['2.0', '2.0', 'moderate']);
  assert.deepEqual(second.affects, [{ ref: 'comp-1' }]);
  // The report is a document that can be read again.
  const again = readSbom(Buffer.from(JSON.stringify(made)), 'again');
  assert.equal(again.ok && again.value.packages.length, 5);
});

test('a report of a report says the same', async (context) => {
  const made = await report(context, DOCUMENT, 'CYCLONE_DX_1_5');
  assert.deepEqual(await report(context, made, 'CYCLONE_DX_1_5'), made);
});

test("Inspector's own form, with both spellings", async (context) => {
  const made = await report(context, DOCUMENT, 'INSPECTOR');
  assert.deepEqual(made.vulnerability_count, { critical: 1, high: 0, medium: 0, low: 0, other: 1 });
  const about = (name: string) => made.messages.find((message: { name: string }) => message.name === name);
  assert.deepEqual(about('bare'), { name: 'bare', warning: 'Component skipped: no purl provided.' });
  assert.equal(about('fine').info, 'Component scanned: no vulnerabilities found.');
  const [first] = made.vulnerabilities;
  assert.deepEqual(
    [first.id, first.severity, first.related],
    ['CVE-2025-0001', 'critical', ['ADV-CVE-2025-0001-left', 'GHSA-aaaa-bbbb-cccc']],
  );
  assert.deepEqual(first.affects, [
    { installed_version: 'pkg:npm/left@1.0', fixed_version: '2.0', path: '/app/package-lock.json' },
    { installed_version: 'pkg:npm/left@1.5', fixed_version: '2.0' },
  ]);
  assert.equal(first.properties.cvss[0].cvss3_base_score, 9.8);
  const other = await report(context, DOCUMENT, 'INSPECTOR_ALT');
  assert.equal(other.vulnerabilities[0].properties.cvss[0].cvss_3_base_vector, V3);
});

test('what cannot be assessed is refused with its reason', async (context) => {
  const many = Array.from({ length: 5001 }, (_, at) => ({ type: 'library', name: `p${at}`, purl: `pkg:npm/p${at}@1` }));
  for (const [over, reason, pattern] of [
    [{ components: many }, 'FIELD_VALIDATION_FAILED', /at most 5000/],
    [{ components: 'x' }, 'FIELD_VALIDATION_FAILED', /not a list/],
    [{ specVersion: '2.0' }, 'UNSUPPORTED_SBOM_TYPE', /specVersion/],
  ] as const) {
    await assert.rejects(report(context, { ...DOCUMENT, ...over }, 'INSPECTOR'), (error) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.code, error.members.reason], ['ValidationException', reason]);
      return pattern.test(error.message);
    });
  }
  const full = await report(context, { ...DOCUMENT, components: many.slice(0, 5000) }, 'INSPECTOR');
  assert.equal(full.messages.length, 5000);
});

test('signed requests get the report; strange documents get an answer of the model', async (context) => {
  const { store, services } = await testEngine(context, ADVISORIES);
  const service = await testService(context, { store, services });
  const credentials = await service.key('read-only');
  const scan = async (sbom: unknown) => {
    const body = JSON.stringify({ sbom, outputFormat: 'INSPECTOR' });
    const request = { method: 'POST', path: '/scan/sbom', headers: { 'content-type': 'application/json' }, body } as const;
    return service.server.inject(await sign(request, { credentials, service: 'inspector-scan' }));
  };
  const good = await scan(DOCUMENT);
  assert.deepEqual([good.statusCode, good.json().sbom.vulnerability_count.critical], [200, 1]);
  for (const strange of [
    {
      ...DOCUMENT,
      components: [null, 1, [], {}, { purl: 7 }, { purl: 'pkg:' }, { components: {} }, { properties: [{ name: 1 }] }],
    },
    { ...DOCUMENT, metadata: 'x', components: undefined },
    { ...DOCUMENT, components: [{ name: 'x', purl: `pkg:npm/${'x'.repeat(100_000)}@1` }] },
  ]) {
    const answer = await scan(strange);
    assert.equal(answer.statusCode, 200, answer.body);
  }
});

/** Documents that look like CycloneDX, with anything in any place. */
function strange(): fc.Arbitrary<object> {
  const text = fc.constantFrom(
    'left',
    '1.0',
    'pkg:npm/left@1.0',
    'pkg:npm/left',
    'pkg:deb/debian/bash@5',
    'pkg:',
    '',
    '\0',
    '__proto__',
  );
  const any = <T>(good: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 4, arbitrary: good as fc.Arbitrary<unknown> }, fc.jsonValue({ maxDepth: 1 }));
  const { component } = fc.letrec<{ component: object }>((tie) => ({
    component: fc.record(
      {
        type: any(fc.constantFrom('library', 'application', 'operating-system', 'file')),
        'bom-ref': any(text),
        name: any(text),
        group: any(text),
        version: any(text),
        purl: any(text),
        properties: any(fc.array(any(fc.record({ name: any(text), value: any(text) })), { maxLength: 2 })),
        hashes: any(fc.array(any(fc.record({ alg: any(text), content: any(text) })), { maxLength: 2 })),
        components: any(fc.array(any(tie('component')), { maxLength: 2 })),
      },
      { requiredKeys: [] },
    ),
  }));
  return fc.record(
    {
      bomFormat: fc.oneof(
        { weight: 9, arbitrary: fc.constant('CycloneDX') as fc.Arbitrary<unknown> },
        fc.jsonValue({ maxDepth: 1 }),
      ),
      specVersion: any(fc.constantFrom('1.0', '1.4', '1.5', '1.6', '1.7', '2.0')),
      version: any(fc.nat()),
      metadata: any(fc.record({ component: any(component), properties: any(fc.array(any(component), { maxLength: 2 })) })),
      components: any(fc.array(any(component), { maxLength: 4 })),
      dependencies: any(fc.array(any(component), { maxLength: 2 })),
      vulnerabilities: any(fc.array(any(component), { maxLength: 2 })),
    },
    { requiredKeys: [] },
  );
}

test('ScanSbom answers within its model, whatever it is sent', async (context) => {
  const { store, services } = await testEngine(context, ADVISORIES);
  const service = await testService(context, { store, services, rate: { perSecond: 1e6, burst: 1e6 } });
  const credentials = await service.key();
  const statuses = new Set<number>();
  const ask = async (body: string) => {
    const request = { method: 'POST', path: '/scan/sbom', headers: { 'content-type': 'application/json' }, body } as const;
    const answer = await service.server.inject(await sign(request, { credentials, service: 'inspector-scan' }));
    statuses.add(answer.statusCode);
    const document = answer.json();
    if (answer.statusCode === 200) {
      assert.deepEqual(Object.keys(document), ['sbom']);
      assert.ok(typeof document.sbom === 'object' && !Array.isArray(document.sbom));
      return;
    }
    assert.deepEqual([answer.statusCode, answer.headers['x-amzn-errortype']], [400, 'ValidationException'], answer.body);
    assert.ok(
      ['CANNOT_PARSE', 'FIELD_VALIDATION_FAILED', 'OTHER', 'UNSUPPORTED_SBOM_TYPE'].includes(document.reason),
      answer.body,
    );
    assert.equal(typeof document.message, 'string');
    for (const field of document.fields ?? []) assert.deepEqual(Object.keys(field).sort(), ['message', 'name']);
    if (document.reason === 'FIELD_VALIDATION_FAILED') assert.ok(document.fields.length > 0, answer.body);
  };
  for (const body of ['', 'x', '[]', 'null', '{}', '{"sbom":1}', '{"sbom":{}}', '{"sbom":{},"outputFormat":"CSV"}'])
    await ask(body);
  const format = fc.constantFrom('CYCLONE_DX_1_5', 'INSPECTOR', 'INSPECTOR_ALT');
  await fc.assert(
    fc.asyncProperty(strange(), format, async (sbom, outputFormat) => ask(JSON.stringify({ sbom, outputFormat }))),
    { numRuns: 300 },
  );
  assert.deepEqual([...statuses].sort(), [200, 400]);
  assert.deepEqual(
    service.log.filter((line) => JSON.parse(line).level >= 50),
    [],
  );
});
