/** Findings as Inspector words them: type, title, severity, path and remediation, with the evidence of the analysis. */
import { createHash } from 'node:crypto';
import type { Exposure, Hop, PortRange, Source } from '../exposure.ts';
import type { NamedRule } from '../group-rules.ts';
import type { Opening } from '../opening.ts';
import type { Packet } from '../packet.ts';
import { intersect, pairs, type Spans, subtract, union, unionAll } from '../sets/spans.ts';
import { type NetworkSeverity, PROFILES, type ProfileId, type Service, servicePorts } from './services.ts';
import { classicWords, inspectorWords } from './words.ts';

export interface NetworkStep {
  readonly componentId: string;
  readonly componentType: string;
}

/** Which of the client's own ports get a reply. */
export type ClientGrade = 'any' | 'ephemeral' | 'crafted';

export interface NetworkFinding {
  /** Stable over runs: the same exposure of the same ports has the same id. */
  readonly id: string;
  /** `NETWORK_REACHABILITY`, or the Classic rule's type. */
  readonly type: string;
  readonly title: string;
  readonly description: string;
  /** What Inspector says can be done; `remediation` names the rules. */
  readonly recommendation: string;
  /** Classic: name of its rule, and the attributes that tell what was found. */
  readonly rule?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly severity: NetworkSeverity;
  readonly account: string;
  readonly region: string;
  /** Instance, load balancer, or else the interface. */
  readonly resource: string;
  readonly interface: string;
  readonly service?: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly openPortRange: PortRange;
  readonly source: Source;
  readonly clientPorts: ClientGrade;
  readonly ways: Exposure['ways'];
  readonly state: Exposure['state'];
  /** Not empty: whether it is reachable depends on these, and nobody knows. */
  readonly unknown: readonly string[];
  readonly networkPath: { readonly steps: readonly NetworkStep[] };
  readonly path: readonly Hop[];
  readonly witness: Packet;
  readonly remediation: string;
  readonly exposure: string;
}

/** What some client takes by itself: NAT gateways and load balancers all of these, Linux and Windows a part of them. */
const EPHEMERAL: Spans<number> = [1024, 65_536];

/** Over everybody who reaches any of these ports. */
function gradeOf({ reach }: Exposure, { begin, end }: PortRange): ClientGrade {
  const own = reach.filter(({ ports }) => ports.some((range) => range.begin <= end && range.end >= begin));
  const clients = own.reduce<Spans<number>>(
    (all, { clientPorts }) => union(all, unionAll(clientPorts.map((range) => [range.begin, range.end + 1] as const))),
    [],
  );
  if (subtract(EPHEMERAL, clients).length === 0) return 'any';
  return intersect(EPHEMERAL, clients).length > 0 ? 'ephemeral' : 'crafted';
}

function portsOf({ reach }: Exposure): Spans<number> {
  return unionAll(reach.flatMap(({ ports }) => ports.map(({ begin, end }) => [begin, end + 1] as const)));
}

interface Piece {
  readonly range: PortRange;
  readonly service?: Service;
}

/** One piece for each recognised service's ports, and each open range that holds anything else. */
function piecesOf(ports: Spans<number>, services: readonly Service[], protocol: Exposure['protocol']): Piece[] {
  const pieces: Piece[] = [];
  let rest = ports;
  for (const service of services) {
    const own = intersect(ports, unionAll(servicePorts(service, protocol)));
    for (const [begin, end] of pairs(own)) pieces.push({ range: { begin, end: end - 1 }, service });
    rest = subtract(rest, own);
  }
  for (const [begin, end] of pairs(ports))
    if (intersect(rest, [begin, end]).length > 0) pieces.push({ range: { begin, end: end - 1 } });
  return pieces.sort((a, b) => a.range.begin - b.range.begin || a.range.end - b.range.end);
}

/** `the rule of sg-1 (allows tcp 22 from 0.0.0.0/0)`. */
function ruleWords(rules: readonly NamedRule[]): string {
  const change = rules.map(({ group, words: said }) => `${group} (${said})`);
  const more = change.length > 5 ? ` and ${change.length - 5} more` : '';
  return `the rule${change.length === 1 ? '' : 's'} of ${change.slice(0, 5).join('; ')}${more}`;
}

function remediationOf(opening: Opening, path: readonly Hop[], range: PortRange): string {
  const { protocol, through } = opening.exposure;
  const [rules, entry] = [opening.rules(range), opening.entryRules()];
  const { begin, end } = through === undefined ? range : { begin: through.listenerPort, end: through.listenerPort };
  const ports = begin === end ? `${protocol} ${begin}` : `${protocol} ${begin}-${end}`;
  const acl = path.find(({ type, direction }) => type === 'AWS::EC2::NetworkAcl' && direction === 'forward');
  const choices = [
    ...(entry.length === 0 ? [] : [`${ruleWords(entry)}, which lets clients in at the load balancer`]),
    ...(rules.length === 0 ? [] : [ruleWords(rules)]),
  ];
  const groups =
    choices.length === 0
      ? 'Give it a security group that does not let these ports in'
      : `Narrow or remove ${choices.join(', or ')}`;
  const before = acl?.rule === undefined ? '' : ` before rule ${acl.rule}`;
  return `${groups}${acl === undefined ? '' : `, or deny ${ports} in ${acl.id}${before}`}.`;
}

function stepsOf(path: readonly Hop[]): NetworkStep[] {
  const told = path.filter(({ direction, type }) => direction === 'forward' && type !== 'AWS::EC2::RouteTable');
  // Inspector names one group: the one whose rule let the packet in.
  const steps = told.map(({ id, type, because = '' }) => ({
    componentId: type === 'AWS::EC2::SecurityGroup' && id.includes(',') ? (because.split(':', 1)[0] ?? id) : id,
    componentType: type,
  }));
  // A component is one step, however often it is asked.
  return [...new Map(steps.map((step) => [`${step.componentType} ${step.componentId}`, step])).values()];
}

function resourceOf({ instance, loadBalancer, interface: eni }: Exposure): { readonly id: string; readonly name: string } {
  if (instance !== undefined) return { id: instance, name: 'instance' };
  return loadBalancer === undefined ? { id: eni, name: 'network interface' } : { id: loadBalancer, name: 'load balancer' };
}

function identify(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}

/** Whether there is no telling who it is: everybody on the Internet, everybody with an AWS account. */
function isAnyone({ kind, consumers = [] }: Source): boolean {
  return kind === 'internet' || consumers.includes('*');
}

/** The findings of one exposure under a profile. */
export function findingsOf(opening: Opening, profile: ProfileId): NetworkFinding[] {
  const { exposure } = opening;
  const { services, classic } = PROFILES[profile];
  const resource = resourceOf(exposure);
  const ports = portsOf(exposure);
  const open = [...pairs(ports)].map(([begin, end]) => ({ begin, end: end - 1 }));
  const protocol = exposure.protocol === 'tcp' ? 'TCP' : 'UDP';
  return piecesOf(ports, services, exposure.protocol).flatMap(({ range, service }): NetworkFinding[] => {
    const detail = opening.at(range.begin);
    if (detail === undefined) return [];
    const recognised = service === undefined ? 'INFORMATIONAL' : isAnyone(exposure.source) ? service.internet : service.other;
    const at = `${range.begin}-${range.end}`;
    const steps = stepsOf(detail.path);
    const subject = {
      exposure,
      resource,
      protocol,
      range,
      steps,
      ports: open,
      ...(service === undefined ? {} : { service }),
    } as const;
    return [
      {
        id: identify([exposure.id, profile, at]),
        ...(classic ? classicWords(subject) : inspectorWords(subject)),
        severity: recognised,
        account: exposure.account,
        region: exposure.region,
        resource: resource.id,
        interface: exposure.interface,
        ...(service === undefined ? {} : { service: service.name }),
        protocol,
        openPortRange: range,
        source: exposure.source,
        clientPorts: gradeOf(exposure, range),
        ways: exposure.ways,
        state: exposure.state,
        unknown: exposure.unknown,
        networkPath: { steps },
        ...detail,
        remediation: remediationOf(opening, detail.path, range),
        exposure: exposure.id,
      },
    ];
  });
}
