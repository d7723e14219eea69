/** Transit gateways: attachments, their tables, and the routes of these. */
import type { CallId } from '../../estate/calls.ts';
import type { Row } from '../../estate/estate.ts';
import { fields, text, texts } from '../../inventory/values.ts';
import type { Missing, TransitAttachment, TransitRoute, TransitTable } from '../model.ts';
import { isBlock, type Rows, rowsOf } from './rows.ts';

/** Of equal prefixes: static, prefix list, then propagated by what is attached. https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html */
const PROPAGATED = ['vpc', 'direct-connect-gateway', 'connect', 'vpn', 'peering'];

function rankOf(row: Row): number {
  if (text(row.Type) !== 'propagated') return text(row.PrefixListId) === undefined ? 0 : 1;
  const rank = PROPAGATED.indexOf(text(rowsOf(row.TransitGatewayAttachments)[0]?.ResourceType) ?? '');
  return 2 + (rank < 0 ? PROPAGATED.length : rank);
}

/** Undefined when they are not known, or one of them cannot be read: it may be about any address. */
function routesOf(rows: Rows, table: string): readonly TransitRoute[] | undefined {
  const routes = rows.for('ec2.SearchTransitGatewayRoutes', table)?.map((row): TransitRoute | undefined => {
    const block = text(row.DestinationCidrBlock);
    const destination = block ?? text(row.PrefixListId);
    if (destination === undefined || (block !== undefined && !isBlock(block))) return undefined;
    const blackhole = text(row.State) === 'blackhole';
    const attachments = rowsOf(row.TransitGatewayAttachments).flatMap((one) => text(one.TransitGatewayAttachmentId) ?? []);
    return { destination, attachments: blackhole ? [] : attachments, rank: rankOf(row) };
  });
  if (routes?.includes(undefined)) rows.malformed('ec2.SearchTransitGatewayRoutes', `a route of ${table} cannot be read`);
  return routes?.includes(undefined) === true ? undefined : routes?.filter((route) => route !== undefined);
}

/** What all regions say of transit gateways. Several accounts show one attachment, each only a part of what is to be known of it. */
export function readTransit(regions: readonly Rows[]): {
  readonly attachments: readonly TransitAttachment[];
  readonly tables: readonly TransitTable[];
} {
  const all = (call: CallId, missing?: Missing) =>
    regions.flatMap((rows) => rows.of(call, missing).map((row) => ({ row, rows })));
  const joined = all('ec2.DescribeTransitGatewayVpcAttachments', 'transit-subnets');
  const subnets = new Map(
    joined.flatMap(({ row }) => {
      const id = text(row.TransitGatewayAttachmentId);
      // Who owns the gateway and not the VPC is not told of the subnets; there is no attachment without any.
      const through = texts(row.SubnetIds);
      return id === undefined || through.length === 0 ? [] : [[id, through] as const];
    }),
  );
  const supporting = (list: typeof joined, member: string, wanted: string, option = 'SecurityGroupReferencingSupport') =>
    new Set(list.flatMap(({ row }) => (text(fields(row.Options)?.[option]) === wanted ? (text(row[member]) ?? []) : [])));
  const refusing = supporting(all('ec2.DescribeTransitGateways'), 'TransitGatewayId', 'disable');
  const referring = supporting(joined, 'TransitGatewayAttachmentId', 'enable');
  const anyZone = supporting(joined, 'TransitGatewayAttachmentId', 'enable', 'ApplianceModeSupport');
  const attachments = new Map<string, TransitAttachment>();
  const call = 'ec2.DescribeTransitGatewayAttachments';
  for (const { row, rows } of all(call, 'transit')) {
    const id = rows.id(row, 'TransitGatewayAttachmentId', call);
    if (id === undefined || (text(row.State) ?? 'available') !== 'available') continue;
    const association = fields(row.Association);
    const gateway = text(row.TransitGatewayId) ?? '';
    const table =
      (text(association?.State) ?? 'associated') === 'associated' ? text(association?.TransitGatewayRouteTableId) : undefined;
    const known = attachments.get(id);
    // The gateway's owner alone may be told of the table.
    if (known !== undefined && (known.table !== undefined || known.gateway !== gateway)) continue;
    attachments.set(id, {
      id,
      gateway,
      kind: text(row.ResourceType) ?? '',
      resource: text(row.ResourceId) ?? '',
      references: referring.has(id) && !refusing.has(gateway),
      ...(anyZone.has(id) ? { anyZone: true as const } : {}),
      subnets: subnets.get(id),
      table,
    });
  }
  const gateways = new Map<string, string>();
  for (const { table, gateway } of attachments.values()) if (table !== undefined) gateways.set(table, gateway);
  for (const { row } of all('ec2.DescribeTransitGatewayRouteTables', 'transit-tables')) {
    const id = text(row.TransitGatewayRouteTableId);
    if (id !== undefined) gateways.set(id, text(row.TransitGatewayId) ?? '');
  }
  const tables = [...gateways].map(([id, gateway]): TransitTable => {
    const routes = regions.reduce<TransitTable['routes']>((known, rows) => known ?? routesOf(rows, id), undefined);
    return { id, gateway, ...(routes === undefined ? {} : { routes }) };
  });
  return { attachments: [...attachments.values()], tables };
}
