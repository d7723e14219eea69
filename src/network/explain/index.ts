/** Why a port can be reached, or what stops it first and what the smallest change would be that opens it. */
import type { Estate } from '../../estate/estate.ts';
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';
import { type Families, type Family, familiesOf, goalOf } from '../analyse.ts';
import { sendersNamed } from '../lateral/senders.ts';
import { lateralOf } from '../lateral/ways.ts';
import type { InterfaceAddress, Network, NetworkInterface } from '../model.ts';
import { prove } from '../proof.ts';
import { familyOf } from '../sets/space.ts';
import type { Point } from '../sets/spans.ts';
import type { Goal } from '../ways.ts';
import { closedBalancers, throughBalancers } from './balancers.ts';
import { explainGoal, explainLaterally } from './direct.ts';
import { byVerdict, type ExplainedWay, type NetworkExplanation, type Question } from './question.ts';

function matches(eni: NetworkInterface, address: InterfaceAddress, target: string, network: Network): boolean {
  if ([eni.id, eni.instance, address.private, address.public].includes(target)) return true;
  return [...network.loadBalancers.values()].some(
    ({ id, nodes }) => (id === target || id.split('/').at(-2) === target) && nodes.includes(eni.id),
  );
}

type Place = readonly [eni: NetworkInterface, address: InterfaceAddress];

/** What may lead to an address and cannot be said, because the snapshot lacks it. */
function untold(network: Network, [eni, address]: Place, from: string | undefined): ExplainedWay[] {
  const { subnets, vpcs, missing } = network;
  const say = (why: string): ExplainedWay => ({
    source: { kind: 'internet', id: 'unknown' },
    interface: eni.id,
    address: address.private,
    verdict: 'unknown',
    unknown: [why],
  });
  const subnet = subnets.get(eni.subnet);
  if (subnet === undefined) return [say(`AWS::EC2::Subnet ${eni.subnet}: it is not in the snapshot`)];
  const vpc = vpcs.get(subnet.vpc);
  if (vpc === undefined) return [say(`AWS::EC2::VPC ${subnet.vpc}: it is not in the snapshot`)];
  const place = `${vpc.account} ${vpc.region}`;
  const type = 'AWS::ElasticLoadBalancingV2::LoadBalancer';
  const balancers = say(`${type} of ${place.replace(' ', '/')}: whether any leads to it is not known`);
  return [
    ...(missing.get(place)?.has('balancers') === true ? [balancers] : []),
    // Who comes by these has no name to ask for.
    ...(from === undefined || from === 'igw' || from === 'internet' ? unmodelled(network, vpc.id, from).map(say) : []),
  ];
}

/** Components of a VPC that may bring clients in and are not modelled. */
function unmodelled({ routeTables, interfaces }: Network, vpc: string, from: string | undefined): string[] {
  const routes = [...routeTables.values()].flatMap((table) => (table.vpc === vpc ? table.routes : []));
  const gateways = routes.filter(({ target, blackhole }) => !blackhole && /^(?:lgw-|cagw-|arn:)/.test(target));
  const isAccelerated = [...interfaces.values()].some((one) => one.type === 'global_accelerator_managed' && one.vpc === vpc);
  return [
    ...(isAccelerated ? [`AWS::GlobalAccelerator::Accelerator of ${vpc}: who comes in by it is not modelled`] : []),
    ...(from === undefined ? new Set(gateways.map(({ target }) => `${target}: who comes in by it is not modelled`)) : []),
  ];
}

/** Every way to places of one family, straight and through load balancers. */
function waysInto<P extends Point>(
  network: Network,
  families: Families,
  family: Family<P>,
  places: readonly Place[],
  question: Question,
  open: readonly ExplainedWay[],
): ExplainedWay[] {
  const senders = sendersNamed(question.from);
  const lateral = senders === undefined ? undefined : lateralOf(network, family.space, families.targets, senders);
  const explain = (goal: Goal<P>, port: number): ExplainedWay[] =>
    lateral === undefined
      ? explainGoal(network, family, goal, { ...question, port })
      : explainLaterally(family, lateral, goal, { ...question, port });
  const goals = places.flatMap(([eni, address]) => goalOf(network, eni, address, family.space, families.targets) ?? []);
  return [
    ...goals.flatMap((goal) => explain(goal, question.port)),
    ...closedBalancers(network, families, family, goals, question, explain, open),
  ];
}

function verdictOf(ways: readonly ExplainedWay[]): NetworkExplanation['verdict'] {
  if (ways.some(({ verdict }) => verdict === 'open')) return 'reachable';
  return ways.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'not-reachable';
}

/** Answers for every address of the target and every way to it. */
export function explainReachability(network: Network, question: Question): Result<NetworkExplanation> {
  const { target, from } = question;
  const senders = sendersNamed(from);
  if (senders !== undefined && ![...network.interfaces.values()].some(senders)) {
    const message = `Nothing in the snapshot sends as ${from}: give an interface, an instance, or a security group that an interface carries.`;
    return fail(incomplete('network-source-missing', message));
  }
  const places = [...network.interfaces.values()].flatMap((eni) =>
    eni.addresses.filter((address) => matches(eni, address, target, network)).map((address): Place => [eni, address]),
  );
  if (places.length === 0) {
    const message = `Nothing in the snapshot is ${target}: give an instance, an interface, a load balancer or an address that is in it.`;
    return fail(incomplete('network-target-missing', message));
  }
  const families = familiesOf(network);
  const isOf = (family: 4 | 6) => places.filter(([, address]) => address.family === family);
  const open = throughBalancers(network, families, new Set(places.map(([eni, one]) => `${eni.id} ${one.private}`)), question);
  const ways = [
    ...open,
    ...waysInto(network, families, families.four, isOf(4), question, open),
    ...waysInto(network, families, families.six, isOf(6), question, open),
    ...places.flatMap((place) => untold(network, place, from)),
  ];
  if (from !== undefined && ways.length === 0 && familyOf(from) === undefined && from !== 'igw' && from !== 'internet') {
    const message = `No way leads from ${from} to ${target}: give an address range, "igw", the id of a gateway, peering or attachment that is joined with its VPC, or an interface, instance or security group of the estate.`;
    return fail(incomplete('network-source-missing', message));
  }
  ways.sort(byVerdict);
  return ok({ question, verdict: verdictOf(ways), ways });
}

/** The same with every witness replayed: a way that the simulator does not let it through is told as unknown. */
export function explainEstate(estate: Estate, network: Network, question: Question): Result<NetworkExplanation> {
  const answer = explainReachability(network, question);
  // Any range may be asked about; the simulator sends what the Internet can send.
  if (!answer.ok || (question.from !== undefined && familyOf(question.from) !== undefined)) return answer;
  const ways = answer.value.ways.map((way): ExplainedWay => {
    if (way.verdict !== 'open' || way.detail === undefined) return way;
    const proof = prove(estate, { ...way, ...way.detail, unknown: [], ways: 'two-way' });
    return proof.kind === 'agrees' ? way : { ...way, verdict: 'unknown', unknown: proof.doubts };
  });
  ways.sort(byVerdict);
  return ok({ question, verdict: verdictOf(ways), ways });
}
