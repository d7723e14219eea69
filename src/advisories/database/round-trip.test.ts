/** Any records, compiled and opened, answer every question as the same records in memory do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compiledDatabase, type Facts } from '../../../tests/support/database.ts';
import type { Advisory, AdvisoryDatabase, Affected } from '../../model/advisory.ts';
import { memoryDatabase } from './memory.ts';

const version = fc.oneof(
  fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((parts) => parts.join('.')),
  fc.constantFrom('0', '', '1:2.0-1~deb12u1', '1.0.0-rc.1', 'no version!'),
);
const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.constantFrom('a', 'b', 'CVE-2024-1'));
/** Plain objects, as feeds yield them. */
const PLAIN = { noNullPrototype: true } as const;
const few = <T>(of: fc.Arbitrary<T>, maxLength = 3) => fc.array(of, { maxLength });
const severity = fc.record(
  {
    kind: fc.constantFrom('cvss-v2', 'cvss-v3', 'cvss-v4', 'word'),
    value: text,
    source: fc.constantFrom('nvd', 'ghsa'),
  },
  PLAIN,
);
const affected: fc.Arbitrary<Affected> = fc.record(
  {
    stream: fc.constantFrom('npm', 'debian/12', 'rhel/9', 'plan9'),
    name: text,
    status: fc.constantFrom('affected', 'not-affected', 'end-of-life'),
    ranges: few(fc.record({ introduced: version, fixed: version, lastAffected: version }, { ...PLAIN, requiredKeys: [] })),
    names: fc.constantFrom('source', 'binary'),
    versions: few(version),
    unaffectedVersions: few(version),
    architectures: few(text),
    module: text,
    severity,
    note: text,
  },
  { ...PLAIN, requiredKeys: ['stream', 'name', 'status', 'ranges', 'names'] },
);
const advisory: fc.Arbitrary<Advisory> = fc.record(
  {
    id: fc.constantFrom('A-1', 'A-2', 'GHSA-3', 'é'),
    source: fc.constantFrom('ghsa', 'osv-debian'),
    url: fc.oneof(fc.constantFrom('https://x/A-1', 'A-1\tA-1'), text),
    vulnerabilities: few(text),
    aliases: few(text),
    title: text,
    description: text,
    published: fc.constantFrom('2024-01-01T00:00:00Z'),
    modified: fc.constantFrom('2024-01-01T00:00:00Z', '2024-02-01T00:00:00Z'),
    kind: fc.constantFrom('vulnerability', 'malware', 'informational'),
    severities: few(severity),
    cwes: few(text),
    affected: few(affected, 5),
  },
  { ...PLAIN, requiredKeys: ['id', 'source', 'url', 'vulnerabilities', 'aliases', 'kind', 'severities', 'cwes', 'affected'] },
);
const facts: fc.Arbitrary<Facts> = fc.record(
  {
    id: fc.constantFrom('CVE-2024-1', 'CVE-2024-2'),
    title: text,
    description: text,
    severities: few(severity),
    cwes: few(text),
    epss: fc.record(
      {
        score: fc.double({ min: 0, max: 1, noNaN: true }),
        percentile: fc.constant(0.5),
        date: fc.constantFrom('2024-01-01', '2025-01-01'),
      },
      { ...PLAIN, requiredKeys: ['score', 'date'] },
    ),
    kev: fc.record(
      { dateAdded: fc.constant('2024-01-01'), ransomware: fc.boolean(), dueDate: fc.constant('2025-01-01') },
      { ...PLAIN, requiredKeys: ['dateAdded', 'ransomware'] },
    ),
    exploits: few(text),
    exploitation: fc.constantFrom('none', 'poc', 'active'),
    rejected: fc.boolean(),
  },
  { ...PLAIN, requiredKeys: ['id'] },
);

test('any records: both implementations give the same answers to every question', async (context) => {
  const property = fc.asyncProperty(fc.array(advisory, { maxLength: 8 }), few(facts), async (advisories, allFacts) => {
    const memory = memoryDatabase(advisories, allFacts);
    const file = await compiledDatabase(context, advisories, allFacts);
    const answers = (database: AdvisoryDatabase) => ({
      counts: [database.info.advisories, database.info.ranges],
      heads: Array.from({ length: database.info.advisories }, (_, reference) => [
        database.advisory(reference),
        database.affectedBy(reference),
      ]),
      rows: advisories.flatMap((one) => one.affected.map(({ stream, name }) => [stream, name, database.lookup(stream, name)])),
      streams: ['npm', 'debian/12', 'rhel/9', 'plan9'].map((stream) => database.hasStream(stream)),
      ids: advisories
        .flatMap((one) => [one.id, ...one.vulnerabilities, ...one.aliases])
        .map((id) => [id, database.advisoriesFor(id)]),
      facts: ['CVE-2024-1', 'CVE-2024-2'].map((id) => database.facts(id)),
      descriptions: ['CVE-2024-1', 'CVE-2024-2', 'A-1', 'é', 'a', ''].map((id) => database.description(id)),
    });
    assert.deepEqual(answers(file), answers(memory));
  });
  await fc.assert(property, { numRuns: 60 });
});
