/** Load balancers: from a packet at a node's address to the packets that its targets get. */
import type { Row } from '../../estate/estate.ts';
import { fields, items, text } from '../../inventory/values.ts';
import { parseAddress } from './address.ts';
import { type Flow, groupsAllow } from './filters.ts';
import { journeyOf, passes } from './journey.ts';
import { addressOf, type Balancer, type Leg, targetLeg, unknownLeg } from './legs.ts';
import { objects } from './rules.ts';
import type { Eni, World } from './world.ts';

const LISTENS: Readonly<Record<string, readonly number[]>> = {
  HTTP: [6],
  HTTPS: [6],
  TCP: [6],
  SSL: [6],
  TLS: [6],
  UDP: [17],
  QUIC: [17],
  TCP_UDP: [6, 17],
  TCP_QUIC: [6, 17],
};
const ALWAYS_PRESERVED = new Set(['UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC']);
/** Whose node an interface is, by the description that ELB gives it; `unlisted` when that load balancer is not in the estate. */
export function balancerOf(world: World, eni: Eni): Balancer | 'unlisted' | undefined {
  if (!eni.description.startsWith('ELB ')) return undefined;
  const name = eni.description.slice(4);
  if (!name.includes('/')) {
    const row = world
      .rows('elb.DescribeLoadBalancers')
      .find((one) => one.row.LoadBalancerName === name && (one.row.VPCId ?? eni.vpc) === eni.vpc)?.row;
    return row === undefined ? 'unlisted' : { kind: 'classic', id: name, row };
  }
  for (const { row } of world.rows('elbv2.DescribeLoadBalancers')) {
    const arn = text(row.LoadBalancerArn);
    if (arn?.endsWith(`:loadbalancer/${name}`) !== true || arn.split(':')[3] !== eni.region) continue;
    const kind = name.startsWith('app/') ? 'application' : name.startsWith('net/') ? 'network' : 'gateway';
    return { kind, id: arn, row };
  }
  return 'unlisted';
}

/** The value of an attribute; `undefined` where the attributes are not known, null where it is not among them. */
function attribute(
  world: World,
  call: 'elbv2.DescribeLoadBalancerAttributes' | 'elbv2.DescribeTargetGroupAttributes',
  arn: string,
  key: string,
) {
  const rows = world.rowsOf(call, arn);
  return rows === undefined ? undefined : (text(rows.find((row) => row.Key === key)?.Value) ?? null);
}

interface Reached {
  readonly world: World;
  readonly node: Eni;
  readonly flow: Flow;
  /** Came through an endpoint of PrivateLink: the client's address is not kept. */
  readonly linked: boolean;
  readonly depth: number;
}

/** What a load balancer does with a packet at its node; undefined where nothing listens, `unknown` where that was not collected. */
export function balance(reached: Reached, balancer: Balancer): readonly Leg[] | 'unknown' | undefined {
  return balancer.kind === 'classic' ? classicLegs(reached, balancer) : modernLegs(reached, balancer);
}

function classicLegs({ world, node, flow }: Reached, balancer: Balancer): readonly Leg[] | undefined {
  const listeners = items(balancer.row.ListenerDescriptions).map((item) => fields(fields(item)?.Listener));
  const listener = listeners.find((one) => one?.LoadBalancerPort === flow.destinationPort);
  if (listener === undefined || flow.protocol !== 6) return undefined;
  const port = listener.InstancePort;
  const attributes = world.rowsOf('elb.DescribeLoadBalancerAttributes', balancer.id)?.[0];
  const enabled = fields(attributes?.CrossZoneLoadBalancing)?.Enabled;
  const zones = items(balancer.row.AvailabilityZones);
  return items(balancer.row.Instances).flatMap((item) => {
    const instance = text(fields(item)?.InstanceId);
    if (instance === undefined || typeof port !== 'number')
      return unknownLeg(balancer.id, instance ?? '?', balancer.id, 'instance');
    return [
      targetLeg(world, node, flow, {
        balancer,
        target: instance,
        eni: primaryOf(world, instance),
        family: 4,
        port,
        preserve: false,
        crossZone: typeof enabled === 'boolean' ? enabled : undefined,
        zones,
      }),
    ];
  });
}

interface Forwarded {
  readonly group: string;
  readonly authenticated: boolean;
}

/** The target groups that a list of actions sends to. */
function forwarded(actions: unknown): Forwarded[] {
  const rows = objects(actions);
  const authenticated = rows.some((row) => /^(authenticate-|jwt-validation)/.test(text(row.Type) ?? ''));
  return rows.flatMap((row) => {
    if (text(row.Type) !== 'forward') return [];
    const listed = objects(fields(row.ForwardConfig)?.TargetGroups);
    const groups =
      listed.length > 0
        ? listed.filter((one) => one.Weight !== 0).map((one) => text(one.TargetGroupArn))
        : [text(row.TargetGroupArn)];
    return groups.flatMap((group) => (group === undefined ? [] : { group, authenticated }));
  });
}

/** Whether a listener says where it listens. */
function saysPort({ Port: port }: Row): boolean {
  return typeof port === 'number' && port >= 1 && port <= 65535;
}

function modernLegs(reached: Reached, balancer: Balancer): readonly Leg[] | 'unknown' | undefined {
  const { world, flow } = reached;
  const listeners = world.rowsOf('elbv2.DescribeListeners', balancer.id);
  if (listeners === undefined) return 'unknown';
  const listener = listeners.find(
    (row) => row.Port === flow.destinationPort && (LISTENS[text(row.Protocol) ?? ''] ?? []).includes(flow.protocol),
  );
  if (listener === undefined) return listeners.every(saysPort) ? undefined : 'unknown';
  const arn = text(listener.ListenerArn) ?? '?';
  const found = new Map<string, Forwarded>();
  const add = (actions: unknown): void => {
    for (const one of forwarded(actions)) {
      const before = found.get(one.group);
      found.set(one.group, { group: one.group, authenticated: one.authenticated && before?.authenticated !== false });
    }
  };
  add(listener.DefaultActions);
  const legs: Leg[] = [];
  if (balancer.kind === 'application') {
    const rules = world.rowsOf('elbv2.DescribeRules', arn);
    if (rules === undefined) legs.push(unknownLeg(balancer.id, '?', arn, 'rules'));
    for (const rule of rules ?? []) add(rule.Actions);
  }
  for (const one of found.values()) legs.push(...groupLegs(reached, balancer, text(listener.Protocol) ?? '', one));
  return legs;
}

function groupLegs(reached: Reached, balancer: Balancer, listening: string, { group, authenticated }: Forwarded): Leg[] {
  const { world, node, flow, linked, depth } = reached;
  const row = world.rows('elbv2.DescribeTargetGroups').find((one) => one.row.TargetGroupArn === group)?.row;
  const registered = world.rowsOf('elbv2.DescribeTargetHealth', group);
  if (row === undefined || registered === undefined) return [unknownLeg(balancer.id, '?', group, 'targets', group)];
  const kind = text(row.TargetType) ?? 'instance';
  const family = text(row.IpAddressType) === 'ipv6' ? 6 : 4;
  return registered.flatMap((health): Leg[] => {
    const target = fields(health.Target);
    const id = text(target?.Id);
    const port = typeof target?.Port === 'number' ? target.Port : typeof row.Port === 'number' ? row.Port : undefined;
    if (id === undefined) return [unknownLeg(balancer.id, '?', group, 'target', group)];
    if (kind === 'lambda') {
      const extra = authenticated ? { authenticated: true as const } : {};
      return [
        {
          loadBalancer: balancer.id,
          targetGroup: group,
          target: id,
          forward: 'delivered',
          reply: 'returned',
          potential: false,
          steps: [],
          ...extra,
        },
      ];
    }
    if (port === undefined) return [unknownLeg(balancer.id, id, group, 'port', group)];
    const common = { balancer, targetGroup: group, target: id, port, authenticated };
    if (kind === 'alb') return chainedLegs(reached, id, common);
    const address = kind === 'ip' ? parseAddress(id) : undefined;
    if (kind === 'ip' && address === undefined) return [unknownLeg(balancer.id, id, group, 'address', group)];
    const crossing = attribute(world, 'elbv2.DescribeTargetGroupAttributes', group, 'load_balancing.cross_zone.enabled');
    const general = attribute(world, 'elbv2.DescribeLoadBalancerAttributes', balancer.id, 'load_balancing.cross_zone.enabled');
    // Application load balancers cross zones unless a target group of theirs does not.
    const always = balancer.kind === 'application';
    const inherited = always ? true : general === undefined ? undefined : general === 'true';
    return [
      targetLeg(world, node, flow, {
        ...common,
        address,
        eni: kind === 'instance' ? primaryOf(world, id) : undefined,
        family: address?.family ?? family,
        preserve: balancer.kind === 'network' && !linked ? preserves(world, group, row, listening, kind) : false,
        crossZone: crossing === 'true' ? true : crossing === 'false' ? false : crossing === undefined ? undefined : inherited,
        zones: items(balancer.row.AvailabilityZones).map((zone) => fields(zone)?.ZoneName),
        everywhere: text(target?.AvailabilityZone) === 'all',
      }),
    ];
  });

  function chainedLegs(from: Reached, arn: string, common: { targetGroup: string; port: number }): Leg[] {
    if (depth > 1) return [unknownLeg(balancer.id, arn, group, 'chain', group)];
    const nodes = [...world.enis.values()].filter((eni) => {
      const owner = balancerOf(world, eni);
      return owner !== undefined && owner !== 'unlisted' && owner.id === arn;
    });
    if (nodes.length === 0) return [unknownLeg(balancer.id, arn, group, 'no node', group)];
    return nodes.map((eni) => {
      const leg = targetLeg(world, from.node, from.flow, {
        balancer,
        ...common,
        target: arn,
        eni,
        family: flow.family,
        preserve: !linked,
        crossZone: true,
        zones: [],
        everywhere: true,
      });
      const next = balancerOf(world, eni);
      if (leg.forward === 'dropped' || next === undefined || next === 'unlisted') return leg;
      const inner = { ...from.flow, destinationPort: common.port };
      const source = linked ? addressOf(from.node, flow.family)?.value : from.flow.source;
      const legs = balance(
        { world, node: eni, flow: { ...inner, source: source ?? inner.source }, linked, depth: depth + 1 },
        next,
      );
      if (legs === 'unknown') return { ...leg, forward: 'unknown' as const };
      return legs === undefined ? { ...leg, forward: 'dropped' as const, reply: 'none' as const } : { ...leg, legs };
    });
  }
}

/** Whether a network load balancer's targets see the client's address; undefined when that is not known. */
function preserves(world: World, group: string, row: Row, listening: string, kind: string): boolean | undefined {
  if (ALWAYS_PRESERVED.has(listening) || ALWAYS_PRESERVED.has(text(row.Protocol) ?? '')) return true;
  const value = attribute(world, 'elbv2.DescribeTargetGroupAttributes', group, 'preserve_client_ip.enabled');
  if (value === undefined) return undefined;
  return value === null ? kind === 'instance' : value === 'true';
}

function primaryOf(world: World, instance: string): Eni | undefined {
  for (const eni of world.enis.values()) if (eni.instance === instance && eni.primary) return eni;
  return undefined;
}

/** What the services behind an interface endpoint's interface do with a packet: PrivateLink, from any node of the service's load balancers. */
export function linkedLegs(world: World, eni: Eni, flow: Flow): readonly Leg[] | undefined {
  const endpoint = world.rows('ec2.DescribeVpcEndpoints').find(({ row }) => items(row.NetworkInterfaceIds).includes(eni.id))?.row;
  const service = world
    .rows('ec2.DescribeVpcEndpointServiceConfigurations')
    .find(({ row }) => row.ServiceName === endpoint?.ServiceName)?.row;
  if (endpoint === undefined || service === undefined) return undefined;
  const arns = items(service.NetworkLoadBalancerArns);
  const zone = world.subnets.get(eni.subnet)?.zone;
  const nodes = [...world.enis.values()].flatMap((node) => {
    const balancer = balancerOf(world, node);
    return balancer !== undefined && balancer !== 'unlisted' && arns.includes(balancer.id) ? [{ node, balancer }] : [];
  });
  const near = nodes.filter(({ node }) => world.subnets.get(node.subnet)?.zone === zone);
  return (near.length > 0 ? near : nodes).flatMap(({ node, balancer }) => {
    const journey = journeyOf(world, 'forward');
    const enforced = text(balancer.row.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic) !== 'off';
    if (enforced && !passes(journey, 'AWS::EC2::SecurityGroup', groupsAllow(world, node, 'ingress', flow))) return [];
    const legs = balance({ world, node, flow, linked: true, depth: 0 }, balancer) ?? [];
    if (legs === 'unknown') return [unknownLeg(balancer.id, '?', balancer.id, 'listeners')];
    return journey.doubt
      ? legs.map((leg) => (leg.forward === 'delivered' ? { ...leg, forward: 'unknown' as const } : leg))
      : legs;
  });
}
