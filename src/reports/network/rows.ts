/** How reports for people condense findings: a row is one thing to close, with every port and every resource it opens. */
import type { Exposure, Hop, PortRange } from '../../network/exposure.ts';
import type { NetworkFinding } from '../../network/findings/finding.ts';
import type { NetworkAssessment } from '../../network/index.ts';
import { SourceTexts } from './addresses.ts';

/** A finding with the exposure that it is a part of. */
export interface Found {
  readonly finding: NetworkFinding;
  readonly exposure: Exposure;
}

export interface PortName {
  readonly range: PortRange;
  readonly service?: string;
}

export interface NetworkRow {
  /** The most urgent one: the row's evidence. */
  readonly first: Found;
  readonly all: readonly Found[];
  /** Instances, load balancers and interfaces, in the order of the findings. */
  readonly resources: readonly string[];
  /** Sorted; what lies inside of an open range is not told again. */
  readonly ports: readonly PortName[];
  /** Ranges of clients; empty when it is most of all addresses. */
  readonly from: readonly string[];
  /** Ports of the load balancer in between. */
  readonly listeners: readonly number[];
}

/** Every finding with its exposure, in the order of the findings. */
export function foundIn({ findings, exposures }: NetworkAssessment): Found[] {
  const byId = new Map(exposures.map((exposure) => [exposure.id, exposure]));
  return findings.flatMap((finding) => {
    const exposure = byId.get(finding.exposure);
    return exposure === undefined ? [] : [{ finding, exposure }];
  });
}

/** The rule of a security group that lets it in. */
export function decidingHop(path: readonly Hop[]): Hop | undefined {
  return path.findLast(({ type, direction }) => type === 'AWS::EC2::SecurityGroup' && direction === 'forward');
}

/** Of the groups of an interface, which are one hop, the one whose rule it was. */
export function groupOf({ id, because = '' }: Hop): string {
  const [first = ''] = because.split(':', 1);
  return id.split(',').includes(first) ? first : id;
}

function group<T>(all: readonly T[], keyOf: (one: T) => unknown): (readonly T[])[] {
  return [...Map.groupBy(all, (one) => JSON.stringify(keyOf(one))).values()];
}

function isInside(inner: PortRange, outer: PortRange): boolean {
  return inner.begin >= outer.begin && inner.end <= outer.end;
}

function portsOf(all: readonly Found[]): PortName[] {
  const ports = new Map<string, PortName>();
  for (const { finding } of all) {
    const { openPortRange: range, service } = finding;
    ports.set(`${range.begin}-${range.end} ${service ?? ''}`, { range, ...(service === undefined ? {} : { service }) });
  }
  const ranges = [...ports.values()];
  const wide = ranges.filter(({ service, range }) => service === undefined && range.begin < range.end);
  return ranges
    .filter((one) => !wide.some((other) => other !== one && isInside(one.range, other.range)))
    .sort((a, b) => a.range.begin - b.range.begin || a.range.end - b.range.end);
}

function rowOf(all: readonly Found[], from: readonly string[]): NetworkRow | undefined {
  const [first] = all;
  if (first === undefined) return undefined;
  const listeners = new Set(all.flatMap(({ exposure }) => exposure.through?.listenerPort ?? []));
  return {
    first,
    all,
    resources: [...new Set(all.map(({ finding }) => finding.resource))],
    ports: portsOf(all),
    from,
    listeners: [...listeners].sort((a, b) => a - b),
  };
}

/** What two findings of one resource have in common when the same change closes both. */
function cause({ finding, exposure }: Found, from: readonly string[]) {
  const { severity, account, region, protocol, source, clientPorts, ways, state, unknown } = finding;
  const { type, rule } = decidingHop(finding.path) ?? {};
  const way = [source.id, exposure.family, exposure.through?.loadBalancer];
  return [severity, account, region, protocol, way, type, rule, from, clientPorts, ways, state, unknown];
}

/** Condenses findings and keeps their order. */
export function rowsOf(found: readonly Found[]): NetworkRow[] {
  const texts = new SourceTexts();
  const perResource = group(found, (one) => [one.finding.resource, cause(one, texts.of(one))]).flatMap((all) =>
    all.slice(0, 1).flatMap((first) => rowOf(all, texts.of(first)) ?? []),
  );
  return group(perResource, ({ first, from, ports, listeners }) => [cause(first, from), ports, listeners]).flatMap((rows) =>
    rows.slice(0, 1).flatMap(
      ({ from }) =>
        rowOf(
          rows.flatMap(({ all }) => all),
          from,
        ) ?? [],
    ),
  );
}

/** What is certain; what depends on something unknown is not. */
export function isCertain({ finding }: Found): boolean {
  return finding.unknown.length === 0;
}
