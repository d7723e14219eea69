/** From one VPC's interfaces to another's over a transit gateway, and back. */
import type { TransitAttachment } from '../model.ts';
import { contains, type Point } from '../sets/spans.ts';
import type { Stage } from '../stage.ts';
import type { Stages } from '../stages.ts';
import { mayHaveMore, subnetIn, towards } from '../transit.ts';
import { arrival, type Goal } from '../ways.ts';
import { kept } from './replies.ts';
import type { SenderClass } from './senders.ts';

/** Stages of one direction; several where a gateway has several ways on. */
export type Alternatives<P extends Point> = readonly { readonly variant: string; readonly stages: readonly Stage<P>[] }[];

const ATTACHMENT = 'AWS::EC2::TransitGatewayAttachment';
const TABLE = 'AWS::EC2::TransitGatewayRouteTable';

function attachmentOf<P extends Point>(vpc: string, gateway: string, stages: Stages<P>): TransitAttachment | undefined {
  const { attachments } = stages.constraints.network;
  return [...attachments.values()].find((one) => one.gateway === gateway && one.kind === 'vpc' && one.resource === vpc);
}

/** A VPC that is not attached, or has no subnet in a zone there. */
function closed<P extends Point>(id: string, no: string, opening: string, stages: Stages<P>): Stage<P> {
  return stages.gate(false, { type: ATTACHMENT, id, yes: '', no, opening });
}

/** A VPC that is not attached as far as is known. */
function detached<P extends Point>(id: string, no: string, opening: string, stages: Stages<P>): Stage<P> {
  const { constraints } = stages;
  if (!constraints.lacksAny('transit')) return closed(id, no, opening, stages);
  const said = 'what it joins is not known';
  return stages.gate(constraints.mode === 'possible', { type: ATTACHMENT, id, yes: said, no: said, opening });
}

/** The subnets that packets come down by: the one in the sender's zone where there is one, else any. */
function entriesOf<P extends Point>(attachment: TransitAttachment, zone: string, stages: Stages<P>): readonly string[] {
  const near = attachment.anyZone === true ? undefined : subnetIn(attachment, zone, stages);
  const known = near === undefined ? (attachment.subnets ?? []) : [near];
  return mayHaveMore(attachment, stages)
    ? [...known.filter((id) => stages.constraints.network.subnets.has(id)), 'unknown']
    : known;
}

/** Up to the gateway by the attachment's subnet in a zone; `filter`: that subnet's ACL. */
function climb<P extends Point>(
  attachment: TransitAttachment,
  zone: string,
  filter: (acl: string | undefined) => Stage<P>,
  stages: Stages<P>,
): Stage<P> {
  const { id } = attachment;
  const up = stages.constraints.network.subnets.get(subnetIn(attachment, zone, stages) ?? '');
  if (up !== undefined) return filter(up.acl);
  const [said, opening] = [`whether it has a subnet in ${zone} is not known`, `give ${id} a subnet in ${zone}`];
  if (mayHaveMore(attachment, stages)) return stages.gate(true, { type: ATTACHMENT, id, yes: said, no: said, opening });
  return closed(id, `has no subnet in ${zone}`, opening, stages);
}

/** Whether a transit gateway may have an attachment in a goal's own subnet. */
export function mayComeDownIn<P extends Point>({ vpc, subnet }: Goal<P>, stages: Stages<P>): boolean {
  const ours = [...stages.constraints.network.attachments.values()].filter(({ resource }) => resource === vpc.id);
  return ours.some((one) => one.subnets?.includes(subnet.id) === true || mayHaveMore(one, stages));
}

/** Up from the sender's subnet and down to the goal's. */
export function transitThere<P extends Point>(
  from: SenderClass<P>,
  goal: Goal<P>,
  gateway: string,
  stages: Stages<P>,
): Alternatives<P> {
  const { subnets } = stages.constraints.network;
  const [theirs, ours] = [attachmentOf(from.vpc, gateway, stages), attachmentOf(goal.vpc.id, gateway, stages)];
  const lost = theirs === undefined ? from.vpc : goal.vpc.id;
  if (theirs === undefined || ours === undefined)
    return [{ variant: gateway, stages: [detached(gateway, `${lost} is not attached`, `attach ${lost} to ${gateway}`, stages)] }];
  const { zone } = from.subnet;
  const place = stages.constraints.space.format(goal.point);
  const leads = contains(towards(theirs.table, ours.id, stages), goal.point);
  const turn = [
    climb(theirs, zone, (acl) => stages.acl(acl, 'inbound'), stages),
    stages.gate(leads, {
      type: TABLE,
      id: theirs.table ?? 'unknown',
      yes: `leads ${place} to ${ours.id}`,
      no: `has no route for ${place} to ${ours.id}`,
      opening: `add a route for ${place} to ${ours.id} in ${theirs.table}`,
    }),
  ];
  return entriesOf(ours, zone, stages).map((id) => {
    const entry = subnets.get(id);
    const within = id === goal.subnet.id;
    const out = within ? [] : [stages.aclTowards(entry?.acl, goal.point, 'outbound')];
    const route = stages.constraints.routeFor(entry?.routeTable, goal.point);
    // What a middlebox passes on comes from another subnet.
    const isAround = route !== undefined && route !== 'unknown' && stages.constraints.mayForward(route.target);
    const in_ = (within && !isAround) || entry === undefined ? [] : [stages.acl(goal.subnet.acl, 'inbound')];
    return { variant: `${gateway} ${id}`, stages: [...turn, ...out, ...arrival(entry?.routeTable, goal, stages), ...in_] };
  });
}

/** Up from the goal's subnet and down to the sender's. */
export function transitReplies<P extends Point>(
  from: SenderClass<P>,
  goal: Goal<P>,
  gateway: string,
  stages: Stages<P>,
): Alternatives<P> {
  const { subnets } = stages.constraints.network;
  const [theirs, ours] = [attachmentOf(from.vpc, gateway, stages), attachmentOf(goal.vpc.id, gateway, stages)];
  const lost = theirs === undefined ? from.vpc : goal.vpc.id;
  if (theirs === undefined || ours === undefined)
    return [{ variant: gateway, stages: [detached(gateway, `${lost} is not attached`, `attach ${lost} to ${gateway}`, stages)] }];
  const { zone } = goal.subnet;
  const turn = [
    climb(ours, zone, (acl) => stages.aclTowards(acl, goal.point, 'inbound'), stages),
    stages.sources(`transit back ${ours.table} ${theirs.id}`, () => towards(ours.table, theirs.id, stages), {
      direction: 'reply',
      type: TABLE,
      id: ours.table ?? 'unknown',
      words: `leads the reply to ${theirs.id}`,
    }),
  ];
  return entriesOf(theirs, zone, stages).flatMap((id) => {
    const entry = subnets.get(id);
    const within = id === from.subnet.id;
    const out = within ? [] : [stages.acl(entry?.acl, 'outbound')];
    const enter = entry === undefined ? [] : [stages.aclTowards(from.subnet.acl, goal.point, 'inbound')];
    const straight = { variant: `${gateway} ${id}`, stages: [...turn, ...out, kept(entry?.routeTable, from, stages, 'itself')] };
    // What a middlebox passes on comes from another subnet.
    const around = [...turn, ...out, kept(entry?.routeTable, from, stages, 'middlebox'), ...enter];
    return [
      within ? straight : { ...straight, stages: [...straight.stages, ...enter] },
      ...(stages.constraints.mode === 'possible' ? [{ variant: `${straight.variant} around`, stages: around }] : []),
    ];
  });
}
