/** Load balancers, their listeners, and the targets behind them. */
import type { Row } from '../../estate/estate.ts';
import { fields, text, texts } from '../../inventory/values.ts';
import type { Listener, LoadBalancer, NetworkInterface, Target, TargetGroup } from '../model.ts';
import { numberOf, type Rows, rowsOf } from './rows.ts';

/** Undefined when the attributes are not known, `otherwise` when it is not among them. */
function attribute<T extends string | undefined>(
  rows: readonly Row[] | undefined,
  key: string,
  otherwise: T,
): string | T | undefined {
  return rows === undefined ? undefined : (text(rows.find((row) => row.Key === key)?.Value) ?? otherwise);
}

function facing(row: Row): boolean | undefined {
  const scheme = text(row.Scheme);
  return scheme === undefined ? undefined : scheme === 'internet-facing';
}

/** Target groups that an action sends traffic to; redirects, fixed answers and groups of weight 0 are no way to a target. */
function forwards(actions: unknown): string[] {
  return rowsOf(actions).flatMap((action) => {
    if (text(action.Type) !== 'forward') return [];
    const weighted = rowsOf(fields(action.ForwardConfig)?.TargetGroups);
    if (weighted.length > 0)
      return weighted.flatMap((group) => (numberOf(group.Weight) === 0 ? [] : (text(group.TargetGroupArn) ?? [])));
    return text(action.TargetGroupArn) ?? [];
  });
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= 65_535;
}

/** Undefined where they are not known, be it the port of one of them. */
function listenersOf(rows: Rows, arn: string, kind: LoadBalancer['kind']): Listener[] | undefined {
  const listeners = rows.for('elbv2.DescribeListeners', arn);
  if (kind !== 'gateway' && listeners?.every((row) => isPort(row.Port)) === false) return undefined;
  return listeners?.map((row) => {
    const own = text(row.ListenerArn) ?? '';
    const rules = rows.for('elbv2.DescribeRules', own);
    // Only those of application load balancers have rules.
    if (rules === undefined && /^HTTPS?$/.test(text(row.Protocol) ?? 'HTTP'))
      rows.malformed('elbv2.DescribeRules', `the rules of ${own} are not in the snapshot`);
    const groups = [...forwards(row.DefaultActions), ...(rules ?? []).flatMap((rule) => forwards(rule.Actions))];
    return { protocol: text(row.Protocol) ?? '', port: numberOf(row.Port) ?? 0, targetGroups: [...new Set(groups)].sort() };
  });
}

/** Nodes are told by the description that ELB gives their interfaces: `ELB app/name/id`, `ELB net/…`, `ELB name`. */
function nodesOf(name: string, interfaces: readonly NetworkInterface[]): string[] {
  return interfaces.filter(({ description }) => description === `ELB ${name}`).map(({ id }) => id);
}

const KINDS: Readonly<Record<string, LoadBalancer['kind']>> = {
  application: 'application',
  network: 'network',
  gateway: 'gateway',
};

function readModern(rows: Rows, interfaces: readonly NetworkInterface[]): LoadBalancer[] {
  const call = 'elbv2.DescribeLoadBalancers';
  return rows.of(call, 'balancers').flatMap((row): LoadBalancer[] => {
    const arn = rows.id(row, 'LoadBalancerArn', call);
    if (arn === undefined) return [];
    const kind = KINDS[text(row.Type) ?? ''] ?? 'application';
    const listeners = listenersOf(rows, arn, kind);
    if (listeners === undefined && kind !== 'gateway') {
      rows.missing.add('balancers');
      rows.malformed('elbv2.DescribeListeners', `the listeners of ${arn} are not in the snapshot, or cannot be read`);
    }
    const attributes = rows.for('elbv2.DescribeLoadBalancerAttributes', arn);
    // Application load balancers cross zones unless a target group of theirs does not.
    const crossZone = kind === 'application' ? 'true' : attribute(attributes, 'load_balancing.cross_zone.enabled', 'false');
    const denied = attribute(attributes, 'ipv6.deny_all_igw_traffic', 'false');
    return [
      {
        id: arn,
        kind,
        vpc: text(row.VpcId) ?? '',
        groups: texts(row.SecurityGroups),
        ...(text(row.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic) === 'off' ? { trustsPrivateLink: true as const } : {}),
        nodes: nodesOf(arn.slice(arn.indexOf('loadbalancer/') + 'loadbalancer/'.length), interfaces),
        internetFacing: facing(row),
        takesIpv6: denied === undefined ? undefined : denied !== 'true',
        crossZone: crossZone === undefined ? undefined : crossZone === 'true',
        listeners,
      },
    ];
  });
}

function readClassic(rows: Rows, interfaces: readonly NetworkInterface[]): { balancer: LoadBalancer; groups: TargetGroup[] }[] {
  const call = 'elb.DescribeLoadBalancers';
  return rows.of(call, 'balancers').flatMap((row) => {
    const name = rows.id(row, 'LoadBalancerName', call);
    if (name === undefined) return [];
    const attributes = fields(rows.for('elb.DescribeLoadBalancerAttributes', name)?.[0]);
    const enabled = fields(attributes?.CrossZoneLoadBalancing)?.Enabled;
    const crossZone = typeof enabled === 'boolean' ? enabled : undefined;
    const vpc = text(row.VPCId) ?? text(row.VpcId) ?? '';
    const instances = rowsOf(row.Instances).flatMap((instance): Target[] => {
      const id = text(instance.InstanceId);
      return id === undefined ? [] : [{ id }];
    });
    const groups: TargetGroup[] = [];
    const listeners = rowsOf(row.ListenerDescriptions).flatMap((description): Listener[] => {
      const listener = fields(description.Listener);
      const port = numberOf(listener?.LoadBalancerPort);
      const instancePort = numberOf(listener?.InstancePort);
      if (port === undefined || instancePort === undefined) return [];
      // A classic listener is its own target group.
      const arn = `${name}:${port}`;
      groups.push({
        arn,
        kind: 'instance',
        protocol: 'TCP',
        port: instancePort,
        vpc,
        family: 4,
        preservesClient: false,
        targets: instances,
      });
      return [{ protocol: text(listener?.Protocol) ?? 'TCP', port, targetGroups: [arn] }];
    });
    const balancer: LoadBalancer = {
      id: name,
      kind: 'classic',
      takesIpv6: true,
      vpc,
      groups: texts(row.SecurityGroups),
      internetFacing: facing(row),
      crossZone,
      nodes: nodesOf(name, interfaces),
      listeners,
    };
    return [{ balancer, groups }];
  });
}

/** NLB: instance targets keep the client's address unless told otherwise; address targets only over UDP. */
function preserves(kind: string, protocol: string, told: string | undefined): boolean | undefined {
  // Application load balancers as targets always see the client.
  if (/UDP|QUIC/.test(protocol) || kind === 'alb') return true;
  return told === undefined ? undefined : told === 'true';
}

function readTargetGroups(rows: Rows): TargetGroup[] {
  const call = 'elbv2.DescribeTargetGroups';
  return rows.of(call, 'balancers').flatMap((row): TargetGroup[] => {
    const arn = rows.id(row, 'TargetGroupArn', call);
    if (arn === undefined) return [];
    const attributes = rows.for('elbv2.DescribeTargetGroupAttributes', arn);
    const [kind, protocol] = [text(row.TargetType) ?? 'instance', text(row.Protocol) ?? ''];
    const health = rows.for('elbv2.DescribeTargetHealth', arn);
    if (health === undefined) {
      rows.missing.add('balancers');
      rows.malformed('elbv2.DescribeTargetHealth', `the targets of ${arn} are not in the snapshot`);
    }
    const zone = attribute(attributes, 'load_balancing.cross_zone.enabled', undefined);
    const kept = attribute(attributes, 'preserve_client_ip.enabled', String(kind === 'instance'));
    const vpc = text(row.VpcId);
    return [
      {
        arn,
        kind,
        protocol,
        port: numberOf(row.Port) ?? 0,
        family: text(row.IpAddressType) === 'ipv6' ? 6 : 4,
        preservesClient: preserves(kind, protocol, kept),
        targets: (health ?? []).flatMap(({ Target: value }): Target[] => {
          const target = fields(value);
          const id = text(target?.Id);
          const [port, where] = [numberOf(target?.Port), text(target?.AvailabilityZone)];
          return id === undefined
            ? []
            : [{ id, ...(port === undefined ? {} : { port }), ...(where === undefined ? {} : { zone: where }) }];
        }),
        ...(vpc === undefined ? {} : { vpc }),
        ...(attributes === undefined ? { crossZone: 'unknown' as const } : {}),
        ...(zone === 'true' || zone === 'false' ? { crossZone: zone === 'true' } : {}),
      },
    ];
  });
}

export function readBalancers(
  rows: Rows,
  interfaces: readonly NetworkInterface[],
): { readonly balancers: readonly LoadBalancer[]; readonly targetGroups: readonly TargetGroup[] } {
  const classic = readClassic(rows, interfaces);
  return {
    balancers: [...readModern(rows, interfaces), ...classic.map(({ balancer }) => balancer)],
    targetGroups: [...readTargetGroups(rows), ...classic.flatMap(({ groups }) => groups)],
  };
}
