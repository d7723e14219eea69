/** The whole way: estate → network → exposures, each replayed by the simulator → findings. docs/network.md explains it. */
import type { Estate } from '../estate/estate.ts';
import { incomplete, notice, type Problem } from '../model/problem.ts';
import { type Options, openings } from './analyse.ts';
import { changeBetween } from './change.ts';
import type { Exposure } from './exposure.ts';
import { findingsOf, type NetworkFinding } from './findings/finding.ts';
import { PROFILES, type ProfileId } from './findings/services.ts';
import { interpret } from './interpret/index.ts';
import { LiveNetwork } from './live.ts';
import type { Network } from './model.ts';
import type { Opening } from './opening.ts';
import { prove } from './proof.ts';

export interface NetworkAssessment {
  /** Sorted by account, region, interface, address, protocol and source. */
  readonly exposures: readonly Exposure[];
  /** The most severe first. */
  readonly findings: readonly NetworkFinding[];
  readonly problems: readonly Problem[];
  readonly summary: {
    readonly accounts: number;
    readonly regions: number;
    readonly vpcs: number;
    readonly interfaces: number;
    readonly instances: number;
    readonly loadBalancers: number;
    /** Instances, load balancers and interfaces that something certainly reaches. */
    readonly reached: number;
    /** Of which it is not known whether they can be reached; `resources` are those that nothing certainly reaches. */
    readonly unknown: { readonly resources: number; readonly findings: number };
    /** Certain findings. */
    readonly bySeverity: Readonly<Record<NetworkFinding['severity'], number>>;
    /** Nothing that could be told is missing. */
    readonly complete: boolean;
  };
}

const ORDER: readonly NetworkFinding['severity'][] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL'];

function bySeverity(a: NetworkFinding, b: NetworkFinding): number {
  const order = ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity);
  if (order !== 0) return order;
  const key = (one: NetworkFinding) =>
    [one.account, one.region, one.resource, one.interface, one.protocol, one.source.id, one.id].join(' ');
  return a.openPortRange.begin - b.openPortRange.begin || (key(a) < key(b) ? -1 : 1);
}

function countBySeverity(findings: readonly NetworkFinding[]): Record<NetworkFinding['severity'], number> {
  const counts = { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0, INFORMATIONAL: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}

/** Interfaces whose subnet or VPC is not in the snapshot: nothing can be said of them. */
function unplaced({ interfaces, subnets, vpcs }: Network): Problem[] {
  const lost = [...interfaces.values()].filter(({ subnet, vpc }) => {
    const home = subnets.get(subnet);
    return home === undefined || !vpcs.has(home.vpc === '' ? vpc : home.vpc);
  });
  if (lost.length === 0) return [];
  const ids = lost.map(({ id }) => id).sort();
  const shown = `${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ` and ${ids.length - 5} more` : ''}`;
  const message = `The subnet or VPC of ${shown} is not in the snapshot: whether they can be reached is unknown. Collect it again.`;
  return [incomplete('network-interface-unplaced', message)];
}

/** Gateways that are not modelled and that routes lead to: what comes in by them is told as unknown, as nothing says who that is. */
function beyond({ routeTables }: Network): Problem[] {
  const targets = [...routeTables.values()].flatMap(({ routes }) => routes.flatMap((one) => (one.blackhole ? [] : one.target)));
  const gateways = [...new Set(targets.filter((target) => /^(?:lgw-|cagw-|arn:)/.test(target)))].sort();
  if (gateways.length === 0) return [];
  const shown = `${gateways.slice(0, 5).join(', ')}${gateways.length > 5 ? ` and ${gateways.length - 5} more` : ''}`;
  const message = `What comes in by ${shown} is unknown: local gateways, carrier gateways and core networks are not modelled.`;
  return [incomplete('network-gateway-unmodelled', message)];
}

/** VPCs that Global Accelerator has interfaces in: it brings the Internet to instances and load balancers that have no public address. */
function accelerated({ interfaces }: Network): Problem[] {
  const found = [...interfaces.values()].filter(({ type }) => type === 'global_accelerator_managed');
  const vpcs = [...new Set(found.map(({ vpc }) => vpc))].sort();
  if (vpcs.length === 0) return [];
  const shown = `${vpcs.slice(0, 5).join(', ')}${vpcs.length > 5 ? ` and ${vpcs.length - 5} more` : ''}`;
  const message = `What comes in by Global Accelerator to ${shown} is unknown: its listeners and endpoints are not modelled.`;
  return [incomplete('network-gateway-unmodelled', message)];
}

/** What cannot be said, or was not asked for, of load balancers that are offered to consumers elsewhere. */
function offered({ services, loadBalancers, missing }: Network, isAsked: boolean): Problem[] {
  const lacking = [...missing].filter(([, kinds]) => kinds.has('services')).map(([place]) => place.replace(' ', '/'));
  const lost = services.flatMap((one) => one.loadBalancers.filter((arn) => !loadBalancers.has(arn)));
  const list = (ids: readonly string[]) => [...new Set(ids)].sort().join(', ').slice(0, 300);
  const known = services.filter((one) => one.loadBalancers.length > 0).map(({ id }) => id);
  const unasked = `What consumers of ${list(known)} reach through PrivateLink is not in this profile: --profile extended has it.`;
  if (!isAsked) return known.length === 0 ? [] : [notice('network-endpoint-service', unasked)];
  const untold = `Whether load balancers of ${list(lacking)} are offered through PrivateLink is unknown: collect ec2.DescribeVpcEndpointServiceConfigurations again.`;
  const gone = `${list(lost)} is offered through PrivateLink but is not in the snapshot: what consumers reach behind it is unknown.`;
  return [
    ...(lacking.length === 0 ? [] : [incomplete('network-endpoint-service', untold)]),
    ...(lost.length === 0 ? [] : [incomplete('network-endpoint-service', gone)]),
  ];
}

/** A witness that the simulator does not deliver is a fault of ours, or of rows that can be read in two ways: told, and no certain finding. */
function unproven({ interface: eni, source, witness }: Exposure, doubts: readonly string[]): Problem {
  const { protocol, destinationPort } = witness;
  const message = `The analysis says that ${protocol} ${destinationPort} of ${eni} is reachable from ${source.id}; the simulator disagrees (${doubts.join('; ')}). It is told as unknown. If the snapshot is sound, please tell us, with the snapshot.`;
  return incomplete('network-witness-failed', message, eni);
}

/** What is looked at on request. */
export interface AssessOptions {
  /** What members of each security group reach, as far as their own groups, network ACLs and routes let them. */
  readonly lateral?: boolean;
}

function optionsOf(profile: ProfileId): Options {
  const { oneWay, privateLink } = PROFILES[profile];
  return { oneWay, privateLink };
}

/** Openings that the simulator has proven, as exposures and findings. */
interface Proven {
  readonly exposures: readonly Exposure[];
  readonly findings: readonly NetworkFinding[];
  readonly problems: readonly Problem[];
}

function proveAll(estate: Estate, all: Iterable<Opening>, profile: ProfileId): Proven {
  const exposures: Exposure[] = [];
  const findings: NetworkFinding[] = [];
  const problems: Problem[] = [];
  for (const opening of all) {
    const proof = prove(estate, opening.exposure);
    if (proof.kind === 'differs') problems.push(unproven(opening.exposure, proof.doubts));
    const isSure = proof.kind === 'agrees';
    const unknown = isSure ? [] : [...new Set([...opening.exposure.unknown, ...proof.doubts])];
    const proven = isSure ? opening : { ...opening, exposure: { ...opening.exposure, unknown } };
    exposures.push(proven.exposure);
    findings.push(...findingsOf(proven, profile));
  }
  return { exposures, findings, problems };
}

/** Analyses a snapshot. */
export function assessNetwork(estate: Estate, profile: ProfileId, { lateral = false }: AssessOptions = {}): NetworkAssessment {
  const network = interpret(estate);
  const all = openings(network, { ...optionsOf(profile), ...(lateral ? { lateral: () => true } : {}) });
  return assessmentOf(estate, network, [proveAll(estate, all, profile)], profile);
}

/**
 * Analyses two snapshots, as `assessNetwork` does each. Where only security groups, network ACLs or routes have changed, what does not
 * depend on them is taken over from the first.
 */
export function assessNetworks(
  before: Estate,
  after: Estate,
  profile: ProfileId,
): readonly [before: NetworkAssessment, after: NetworkAssessment] {
  const [old, now] = [interpret(before), interpret(after)];
  const change = changeBetween(old, now);
  if (change === undefined) return [assessNetwork(before, profile), assessNetwork(after, profile)];
  const live = new LiveNetwork(old, optionsOf(profile));
  const byInterface = new Map(live.interfaces.map((id) => [id, proveAll(before, live.openingsInto(id), profile)]));
  const first = assessmentOf(before, old, [...byInterface.values()], profile);
  for (const id of live.follow(change))
    if (byInterface.has(id)) byInterface.set(id, proveAll(after, live.openingsInto(id), profile));
  return [first, assessmentOf(after, now, [...byInterface.values()], profile)];
}

function assessmentOf(estate: Estate, network: Network, proven: readonly Proven[], profile: ProfileId): NetworkAssessment {
  const exposures = proven.flatMap((one) => one.exposures);
  const findings = proven.flatMap((one) => one.findings);
  const asked = offered(network, PROFILES[profile].privateLink);
  const problems = [
    ...network.problems,
    ...unplaced(network),
    ...beyond(network),
    ...accelerated(network),
    ...asked,
    ...proven.flatMap((one) => one.problems),
  ];
  findings.sort(bySeverity);
  const { interfaces, vpcs, loadBalancers } = network;
  const certain = findings.filter(({ unknown }) => unknown.length === 0);
  const reached = new Set(certain.map(({ resource }) => resource));
  const maybe = new Set(findings.map(({ resource }) => resource).filter((resource) => !reached.has(resource)));
  const instances = new Set([...interfaces.values()].flatMap(({ instance }) => instance ?? []));
  return {
    exposures,
    findings,
    problems,
    summary: {
      accounts: new Set(estate.regions.map(({ account }) => account)).size,
      regions: estate.regions.length,
      vpcs: vpcs.size,
      interfaces: interfaces.size,
      instances: instances.size,
      loadBalancers: loadBalancers.size,
      reached: reached.size,
      unknown: { resources: maybe.size, findings: findings.length - certain.length },
      bySeverity: countBySeverity(certain),
      complete: problems.every(({ effect }) => effect !== 'incomplete') && exposures.every(({ unknown }) => unknown.length === 0),
    },
  };
}
