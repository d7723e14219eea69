/** Consumers of endpoint services: a packet that comes out of PrivateLink at a node of the service's network load balancer. */
import type { Row } from '../../estate/estate.ts';
import { fields, items, text } from '../../inventory/values.ts';
import { isGlobal, isPrivate } from './address.ts';
import { balance, balancerOf } from './balancers.ts';
import { type Flow, groupsAllow, type Known } from './filters.ts';
import type { FlowTrip } from './flows.ts';
import { type Arrival, drop, type Journey, journeyOf, missing, note, passes, unknown } from './journey.ts';
import { potentialOf, verdictOf } from './trip.ts';
import { type Eni, eniHas, type World } from './world.ts';

const TYPE = 'AWS::EC2::VPCEndpointService';

function stopped(journey: Journey, arrival: Arrival): FlowTrip {
  return { forward: verdictOf(journey, arrival), reply: 'none', potential: false, steps: journey.steps };
}

/** Whether anybody at all may send to a service: by an endpoint that was accepted, or by one that needs not be. */
function hasConsumer(world: World, service: Row): Known {
  const connections = world.rows('ec2.DescribeVpcEndpointConnections');
  for (const { row } of connections) {
    if (row.ServiceId === service.ServiceId && String(row.VpcEndpointState).toLowerCase() === 'available') return 'yes';
  }
  let doubt = world.incomplete.has('ec2.DescribeVpcEndpointConnections');
  if (service.AcceptanceRequired !== true) {
    const principals = world.rowsOf('ec2.DescribeVpcEndpointServicePermissions', text(service.ServiceId) ?? '');
    if (principals === undefined) doubt = true;
    else if (principals.some((row) => text(row.Principal) !== undefined)) {
      if (service.AcceptanceRequired === false) return 'yes';
      doubt = true;
    }
  }
  return doubt ? 'maybe' : 'no';
}

/** The node of one of the service's network load balancers that has the address. */
function nodeAt(world: World, service: Row, flow: Flow): Eni | undefined {
  const arns = items(service.NetworkLoadBalancerArns);
  for (const eni of world.enis.values()) {
    if (!eniHas(eni, flow.family, flow.destination)) continue;
    const balancer = balancerOf(world, eni);
    if (balancer !== undefined && balancer !== 'unlisted' && balancer.kind === 'network' && arns.includes(balancer.id))
      return eni;
  }
  return undefined;
}

/** From an endpoint in a consumer's network to a node, by the node's own address; the packet still has the client's. */
export function consumerEntry(world: World, id: string, flow: Flow): FlowTrip {
  const journey = journeyOf(world, 'forward');
  const service = world.rows('ec2.DescribeVpcEndpointServiceConfigurations').find(({ row }) => row.ServiceId === id)?.row;
  if (service === undefined) {
    return stopped(journey, missing(journey, 'ec2.DescribeVpcEndpointServiceConfigurations', TYPE, id, 'not listed'));
  }
  if ((text(service.ServiceState) ?? 'Available') !== 'Available')
    return stopped(journey, drop(journey, TYPE, id, 'not available'));
  const kinds = items(service.ServiceType).map((item) => fields(item)?.ServiceType);
  if (kinds.some((kind) => kind !== 'Interface')) return stopped(journey, drop(journey, TYPE, id, 'no interface endpoints'));
  const types = items(service.SupportedIpAddressTypes);
  const carries = types.length === 0 ? flow.family === 4 : types.includes(flow.family === 4 ? 'ipv4' : 'ipv6');
  if (!carries) return stopped(journey, drop(journey, TYPE, id, 'not of this family'));
  if (!passes(journey, TYPE, { verdict: hasConsumer(world, service), id, rule: 'consumers' }))
    return stopped(journey, { kind: 'dropped' });
  if (!isGlobal(flow.family, flow.source) && !isPrivate(flow.family, flow.source)) {
    return stopped(journey, drop(journey, TYPE, id, 'no network has the source'));
  }
  const node = nodeAt(world, service, flow);
  const balancer = node === undefined ? undefined : balancerOf(world, node);
  if (node === undefined || balancer === undefined || balancer === 'unlisted') {
    return stopped(journey, missing(journey, 'elbv2.DescribeLoadBalancers', TYPE, id, 'no node has the address'));
  }
  if (text(balancer.row.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic) !== 'off') {
    const ruling = groupsAllow(world, node, 'ingress', flow, { strangers: true });
    if (!passes(journey, 'AWS::EC2::SecurityGroup', ruling)) return stopped(journey, { kind: 'dropped' });
  }
  const type = 'AWS::ElasticLoadBalancingV2::LoadBalancer';
  const legs = balance({ world, node, flow, linked: true, depth: 0 }, balancer);
  if (legs === undefined) return stopped(journey, drop(journey, type, balancer.id, 'nothing listens'));
  const arrival: Arrival =
    legs === 'unknown' ? unknown(journey, type, balancer.id, 'listeners') : { kind: 'interface', eni: node, flow };
  if (legs !== 'unknown') note(journey, type, balancer.id, 'pass');
  return {
    forward: verdictOf(journey, arrival),
    eni: node,
    reply: 'returned',
    potential: potentialOf(journey, node),
    steps: journey.steps,
    ...(legs === 'unknown' ? {} : { legs }),
  };
}
