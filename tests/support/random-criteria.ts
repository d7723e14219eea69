/** Criteria for a store's findings: values that are there, values that nearly are, and nonsense. */
import type { FilterCriteria, Finding, PackageFilter, VulnerablePackage } from '@aws-sdk/client-inspector2';
import fc from 'fast-check';
import { PLAIN_FIELDS, valuesOf } from './finding-reference.ts';

const DATES = new Set<string>([
  'firstObservedAt',
  'lastObservedAt',
  'updatedAt',
  'ecrImagePushedAt',
  'ecrImageLastInUseAt',
  'lambdaFunctionLastModifiedAt',
  'cloudImagePushedAt',
  'cloudImageLastInUseAt',
  'cloudServerlessFunctionLastModifiedAt',
]);
const NUMBERS = new Set<string>(['inspectorScore', 'epssScore', 'ecrImageInUseCount', 'cloudImageInUseCount']);

function textFilter(values: readonly string[]): fc.Arbitrary<{ comparison: 'EQUALS' | 'PREFIX' | 'NOT_EQUALS'; value: string }> {
  const prefixes = values
    .map((value) => [...value].slice(0, Math.ceil([...value].length / 2)).join(''))
    .filter((value) => value !== '');
  const value = fc.constantFrom(...values, ...prefixes, 'nothing', 'A', '\u{10FFFF}', '%', 'x\0y');
  return fc.record({ comparison: fc.constantFrom('EQUALS', 'PREFIX', 'NOT_EQUALS'), value });
}

function numberFilter(values: readonly number[]): fc.Arbitrary<{ lowerInclusive?: number; upperInclusive?: number }> {
  const bound = fc.constantFrom(...values, -1, 0, 3.25, 1e9);
  return fc.record({ lowerInclusive: bound, upperInclusive: bound }, { requiredKeys: [] });
}

function dateFilter(values: readonly number[]): fc.Arbitrary<{ startInclusive?: Date; endInclusive?: Date }> {
  const bound = fc.constantFrom(...values, 0, 1_700_000_000_250).map((time) => new Date(time));
  return fc.record({ startInclusive: bound, endInclusive: bound }, { requiredKeys: [] });
}

function packageFilter(findings: readonly Finding[]): fc.Arbitrary<PackageFilter> {
  const all = findings.flatMap(({ packageVulnerabilityDetails }) => packageVulnerabilityDetails?.vulnerablePackages ?? []);
  const text = (read: (one: VulnerablePackage) => string | undefined) =>
    textFilter([...new Set(all.flatMap((one) => read(one) ?? []))]);
  return fc.record(
    {
      name: text(({ name }) => name),
      version: text(({ version }) => version),
      epoch: numberFilter([0, 1, 2]),
      release: text(({ release }) => release),
      architecture: text(({ arch }) => arch),
      sourceLayerHash: text(({ sourceLayerHash }) => sourceLayerHash),
      sourceLambdaLayerArn: text(({ sourceLambdaLayerArn }) => sourceLambdaLayerArn),
      filePath: text(({ filePath }) => filePath),
    },
    { requiredKeys: [] },
  );
}

function filterOf(field: string, findings: readonly Finding[]): fc.Arbitrary<unknown> {
  if (field === 'portRange') {
    const port = fc.constantFrom(0, 22, 80, 443, 65_535);
    return fc.record({ beginInclusive: port, endInclusive: port }, { requiredKeys: [] });
  }
  if (field === 'vulnerablePackages') return packageFilter(findings);
  if (field === 'resourceTags') {
    const key = fc.constantFrom('Name', 'env', 'team', 'none');
    return fc.record(
      { comparison: fc.constant('EQUALS'), key, value: fc.constantFrom('a', 'ab', 'b', 'ÿ😀', '') },
      { requiredKeys: ['comparison', 'key'] },
    );
  }
  const plain = PLAIN_FIELDS.find((one) => one === field);
  const values = plain === undefined ? [] : valuesOf(findings, plain);
  if (DATES.has(field)) return dateFilter(values.map(Number));
  if (NUMBERS.has(field)) return numberFilter(values.map(Number));
  return textFilter(values.map(String));
}

/** Filters of one field: one to three. */
export function fieldFilters(field: keyof FilterCriteria, findings: readonly Finding[]): fc.Arbitrary<FilterCriteria> {
  return fc.array(filterOf(field, findings), { minLength: 1, maxLength: 3 }).map((filters) => ({ [field]: filters }));
}

/** All 65 fields. */
export const FIELDS: readonly (keyof FilterCriteria)[] = [...PLAIN_FIELDS, 'portRange', 'resourceTags', 'vulnerablePackages'];

/** Criteria of up to three fields. */
export function anyCriteria(findings: readonly Finding[]): fc.Arbitrary<FilterCriteria> {
  const one = fc.constantFrom(...FIELDS).chain((field) => fieldFilters(field, findings));
  return fc.array(one, { maxLength: 3 }).map((parts) => Object.assign({}, ...parts));
}
