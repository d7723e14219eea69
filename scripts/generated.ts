/** The parts of pages that mirror code: `npm run docs` writes them, tests/documentation.test.ts keeps them fresh. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { networkBenchTable, readNetworkResults } from '../bench/network/results.ts';
import { benchTable } from '../bench/readme.ts';
import { readResults } from '../bench/results.ts';
import { exampleEstate } from '../examples/estate/make.ts';
import about from '../package.json' with { type: 'json' };
import { feedTable } from '../src/advisories/feeds/documentation.ts';
import { feeds } from '../src/advisories/feeds/registry.ts';
import { distributionTable, ecosystemTable, endOfLifeTable } from '../src/advisories/streams/documentation.ts';
import { STREAM_FAMILIES } from '../src/advisories/streams/index.ts';
import { operationTable } from '../src/api/documentation.ts';
import { nativeReference, nativeRoutes } from '../src/api/native/documentation.ts';
import { addNativeRoutes, type NativeServices } from '../src/api/native/routes.ts';
import { collectorPolicy } from '../src/aws/collect/policy.ts';
import { targetTables } from '../src/delivery/documentation.ts';
import { TARGET_KINDS } from '../src/delivery/registry.ts';
import { callTable, snapshotScript } from '../src/estate/documentation.ts';
import { CATALOGERS } from '../src/inventory/registry.ts';
import { coverageTable } from '../src/network/documentation.ts';
import { explainReachability } from '../src/network/explain/index.ts';
import { serviceTable } from '../src/network/findings/documentation.ts';
import { assessNetwork } from '../src/network/index.ts';
import { interpret } from '../src/network/interpret/index.ts';
import { renderExplanation } from '../src/reports/network/explanation.ts';
import { namesOf } from '../src/reports/network/names.ts';
import { NETWORK_FORMATS } from '../src/reports/network/registry.ts';
import { table as networkTable } from '../src/reports/network/table/index.ts';
import { FORMATS } from '../src/reports/registry.ts';

const root = resolve(import.meta.dirname, '..');
/** Routes are described without being called. */
const nothing: NativeServices = Object.create(null);
const native = await nativeRoutes((app, api) => addNativeRoutes(app, api, nothing));

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Systems and ecosystems whose vulnerabilities are matched, and where the data come from. */
function families(): string {
  const title = new Map(feeds.map((feed) => [feed.id, feed.title]));
  const rows = STREAM_FAMILIES.map(({ title: name, scheme, feeds: from, notes }) => [
    name,
    from.map((id) => title.get(id) ?? id).join(', ') || 'none: packages are listed and told as not covered',
    `\`${scheme}\``,
    notes ?? '',
  ]);
  return table(['system or ecosystem', 'advisories', 'versions', 'notes'], rows);
}

/** What is read, by cataloger. */
function catalogers(): string {
  const rows = [...CATALOGERS]
    .sort((a, b) => (a.title < b.title ? -1 : 1))
    .map(({ title, reads, packageTypes, evidence }) => [
      title,
      // File patterns, not emphasis.
      reads.join('; ').replace(/[*_]/g, '\\$&'),
      packageTypes.map((type) => `\`${type}\``).join(' '),
      evidence,
    ]);
  return table(['what', 'reads', 'packages', 'evidence'], rows);
}

function formats(): string {
  const rows = FORMATS.map(({ id, title, inventory }) => [`\`${id}\``, title, inventory === undefined ? 'scan' : 'scan, sbom']);
  return table(['`--format`', 'what', 'commands'], rows);
}

function networkFormats(): string {
  return table(
    ['`--format`', 'what'],
    NETWORK_FORMATS.map(({ id, title }) => [`\`${id}\``, title]),
  );
}

/** What the table says of the example estate. */
function networkExample(limit: number, evidence: number): string {
  const estate = exampleEstate();
  const name = 'examples/estate/snapshot';
  const report = {
    tool: { name: 'vedette', version: about.version },
    name,
    regions: estate.regions.map(({ account, region }) => ({ account, region })),
    profile: 'inspector-v2',
    assessment: assessNetwork(estate, 'inspector-v2'),
    names: namesOf(estate),
  } as const;
  const lines = [...networkTable.render(report, { color: false, width: 160, limit, evidence })].join('');
  return fenced('console', `$ npx vedette network analyze ${name} --limit ${limit} --evidence ${evidence}\n${lines}`);
}

/** What the example's bastion says of a port that nobody opened. */
function explainExample(): string {
  const estate = exampleEstate();
  const question = { target: '52.17.30.10', port: 25, protocol: 'tcp', from: 'igw' } as const;
  const answer = explainReachability(interpret(estate), question);
  const lines = answer.ok ? [...renderExplanation(answer.value, namesOf(estate), { color: false, width: 120 })].join('') : '';
  return fenced('console', `$ npx vedette network explain examples/estate/snapshot --to 52.17.30.10:25 --from igw\n${lines}`);
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

/** Generated parts by page and name. */
export const GENERATED: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'docs/benchmarks.md': { network: () => networkBenchTable(readNetworkResults()) },
  'docs/advisory-data.md': { feeds: () => feedTable(feeds) },
  'docs/api.md': { operations: operationTable },
  'docs/native-api.md': { routes: () => nativeReference(native) },
  'docs/delivery.md': { targets: () => targetTables(TARGET_KINDS) },
  'docs/distributions.md': { distributions: distributionTable, ecosystems: ecosystemTable, 'end-of-life': endOfLifeTable },
  'docs/estate.md': { calls: callTable, script: () => fenced('sh', snapshotScript()) },
  'docs/network.md': { formats: networkFormats, explain: explainExample, services: serviceTable },
  'docs/network-collect.md': { policy: () => fenced('json', JSON.stringify(collectorPolicy(), null, 2)) },
  'examples/estate/README.md': { result: () => networkExample(6, 0) },
  'README.md': {
    bench: () => benchTable(readResults()),
    network: () => networkExample(12, 1),
    support: families,
    catalogers,
    formats,
    networks: coverageTable,
    'network-formats': networkFormats,
  },
};

function marks(name: string): readonly [string, string] {
  return [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
}

/** The text between the marks of a part; undefined when the page lacks the marks. */
export function partOf(page: string, name: string): string | undefined {
  const [start, end] = marks(name);
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  return from < 0 || to < from ? undefined : page.slice(from + start.length, to).trim();
}

function replacePart(page: string, name: string, text: string): string {
  const [start, end] = marks(name);
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the marks of "${name}" are missing`);
  return `${page.slice(0, from)}${start}\n\n${text}\n\n${page.slice(to)}`;
}

if (import.meta.main) {
  for (const [file, parts] of Object.entries(GENERATED)) {
    const path = resolve(root, file);
    const page = Object.entries(parts).reduce(
      (text, [name, make]) => replacePart(text, name, make()),
      readFileSync(path, 'utf8'),
    );
    writeFileSync(path, page);
  }
}
