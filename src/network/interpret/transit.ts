/** Transit gateways: attachments, their tables, and the routes of these. */
import type { Row } from '../../estate/estate.ts';
import { fields, text } from '../../inventory/values.ts';
import type { TransitAttachment, TransitRoute, TransitTable } from '../model.ts';
import { type Rows, rowsOf } from './rows.ts';

/** Of equal prefixes: static, prefix list, then propagated by what is attached. https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html */
const PROPAGATED = ['vpc', 'direct-connect-gateway', 'connect', 'vpn', 'peering'];

function rankOf(row: Row): number {
  if (text(row.Type) !== 'propagated') return text(row.PrefixListId) === undefined ? 0 : 1;
  const rank = PROPAGATED.indexOf(text(rowsOf(row.TransitGatewayAttachments)[0]?.ResourceType) ?? '');
  return 2 + (rank < 0 ? PROPAGATED.length : rank);
}

function routesOf(rows: Rows, table: string): readonly TransitRoute[] | undefined {
  return rows.for('ec2.SearchTransitGatewayRoutes', table)?.flatMap((row): TransitRoute[] => {
    const destination = text(row.DestinationCidrBlock) ?? text(row.PrefixListId);
    if (destination === undefined) return [];
    const blackhole = text(row.State) === 'blackhole';
    const attachments = rowsOf(row.TransitGatewayAttachments).flatMap((one) => text(one.TransitGatewayAttachmentId) ?? []);
    return [{ destination, attachments: blackhole ? [] : attachments, rank: rankOf(row) }];
  });
}

export function readTransit(rows: Rows): {
  readonly attachments: readonly TransitAttachment[];
  readonly tables: readonly TransitTable[];
} {
  const subnets = new Map(
    rows.of('ec2.DescribeTransitGatewayVpcAttachments').flatMap((row) => {
      const id = text(row.TransitGatewayAttachmentId);
      return id === undefined
        ? []
        : [[id, (Array.isArray(row.SubnetIds) ? row.SubnetIds : []).flatMap((one) => text(one) ?? [])] as const];
    }),
  );
  const refusing = new Set(
    rows.of('ec2.DescribeTransitGateways').flatMap((row) => {
      const support = text(fields(row.Options)?.SecurityGroupReferencingSupport);
      return support === 'disable' ? (text(row.TransitGatewayId) ?? []) : [];
    }),
  );
  const referring = new Set(
    rows.of('ec2.DescribeTransitGatewayVpcAttachments').flatMap((row) => {
      const support = text(fields(row.Options)?.SecurityGroupReferencingSupport);
      return support === 'enable' ? (text(row.TransitGatewayAttachmentId) ?? []) : [];
    }),
  );
  const call = 'ec2.DescribeTransitGatewayAttachments';
  const attachments = rows.of(call, 'transit').flatMap((row): TransitAttachment[] => {
    const id = rows.id(row, 'TransitGatewayAttachmentId', call);
    if (id === undefined || (text(row.State) ?? 'available') !== 'available') return [];
    const association = fields(row.Association);
    const table =
      (text(association?.State) ?? 'associated') === 'associated' ? text(association?.TransitGatewayRouteTableId) : undefined;
    return [
      {
        id,
        gateway: text(row.TransitGatewayId) ?? '',
        kind: text(row.ResourceType) ?? '',
        resource: text(row.ResourceId) ?? '',
        subnets: subnets.get(id) ?? [],
        references: referring.has(id) && !refusing.has(text(row.TransitGatewayId) ?? ''),
        ...(table === undefined ? {} : { table }),
      },
    ];
  });
  const tables = rows.of('ec2.DescribeTransitGatewayRouteTables').flatMap((row): TransitTable[] => {
    const id = text(row.TransitGatewayRouteTableId);
    if (id === undefined) return [];
    const routes = routesOf(rows, id);
    return [{ id, gateway: text(row.TransitGatewayId) ?? '', ...(routes === undefined ? {} : { routes }) }];
  });
  return { attachments, tables };
}
