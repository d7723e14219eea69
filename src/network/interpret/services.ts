/** Endpoint services (PrivateLink): which load balancers are offered, and who their consumers are. */
import type { Row } from '../../estate/estate.ts';
import { text, texts } from '../../inventory/values.ts';
import type { EndpointService } from '../model.ts';
import { type Rows, rowsOf } from './rows.ts';

/** An account by its root principal; roles and users stay ARNs, and `*` is anyone. */
function principalOf(row: Row): string | undefined {
  const principal = text(row.Principal);
  return /^arn:[^:]*:iam::(\d{12}):root$/.exec(principal ?? '')?.[1] ?? principal;
}

/**
 * Consumers of a service. One that was accepted stays one when its permission is taken away; one that is only allowed to ask is none
 * while the owner has to accept it. https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html
 */
function consumersOf(rows: Rows, id: string, acceptance: unknown): Pick<EndpointService, 'consumers' | 'unsure'> {
  const call = 'ec2.DescribeVpcEndpointConnections';
  const accepted = rows.of(call).flatMap((row) => {
    const isOurs = row.ServiceId === id && /^available$/i.test(text(row.VpcEndpointState) ?? '');
    return isOurs ? (text(row.VpcEndpointOwner) ?? 'an account that is not named') : [];
  });
  const permissions = rows.for('ec2.DescribeVpcEndpointServicePermissions', id);
  const allowed = (permissions ?? []).flatMap((row) => principalOf(row) ?? []);
  const isUnknown = acceptance !== true && (permissions === undefined || (acceptance !== false && allowed.length > 0));
  const consumers = new Set([...accepted, ...(acceptance === false ? allowed : [])]);
  return { consumers: [...consumers].sort(), unsure: isUnknown || !rows.has(call) };
}

/** The services that a region offers; none where that is not known, which is remembered. */
export function readServices(rows: Rows): EndpointService[] {
  const call = 'ec2.DescribeVpcEndpointServiceConfigurations';
  if (!rows.has(call)) rows.missing.add('services');
  return rows.of(call).flatMap((row): EndpointService[] => {
    const id = text(row.ServiceId);
    if (id === undefined || (text(row.ServiceState) ?? 'Available') !== 'Available') return [];
    const types = texts(row.SupportedIpAddressTypes);
    const isInterface = rowsOf(row.ServiceType).every(({ ServiceType: type }) => type === 'Interface');
    return [
      {
        id,
        loadBalancers: isInterface ? texts(row.NetworkLoadBalancerArns) : [],
        families: [
          ...(types.length === 0 || types.includes('ipv4') ? [4 as const] : []),
          ...(types.includes('ipv6') ? [6 as const] : []),
        ],
        ...consumersOf(rows, id, row.AcceptanceRequired),
      },
    ];
  });
}
