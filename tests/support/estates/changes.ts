/** Carries out what `explain` proposes, from its words alone, on the rows of an estate: what a person would do in AWS. */
import type { CallId } from '../../../src/estate/calls.ts';
import type { Estate } from '../../../src/estate/estate.ts';
import { type Answer, memoryEstate, type RegionContent } from '../../../src/estate/memory.ts';
import { everyCall } from '../../../src/estate/names.ts';

type Loose = Record<string, unknown>;

/** A public address that no random estate has. */
export const NEW_ADDRESS = '54.200.200.200';

/** The rows of an estate, to be changed. */
class Draft {
  readonly #once = new Map<CallId, Loose[]>();
  readonly #per = new Map<CallId, Map<string, Loose[]>>();
  readonly #estate: Estate;

  constructor(estate: Estate) {
    this.#estate = estate;
    for (const region of estate.regions) {
      for (const [call, { per }] of everyCall()) {
        const table = region.table(call);
        if (per === undefined && table.kind === 'rows') this.#once.set(call, structuredClone([...table.rows]));
        if (per === undefined) continue;
        const tables = [...region.tables(call)].flatMap(([thing, one]): [string, Loose[]][] =>
          one.kind === 'rows' ? [[thing, structuredClone([...one.rows])]] : [],
        );
        this.#per.set(call, new Map(tables));
      }
    }
  }

  rows(call: CallId): Loose[] {
    const rows = this.#once.get(call) ?? [];
    this.#once.set(call, rows);
    return rows;
  }

  find(call: CallId, member: string, id: string): Loose | undefined {
    return this.rows(call).find((row) => row[member] === id);
  }

  of(call: CallId, thing: string): Loose[] | undefined {
    return this.#per.get(call)?.get(thing);
  }

  estate(): Estate {
    const [region] = this.#estate.regions;
    const content: RegionContent = {
      account: region?.account ?? '',
      region: region?.region ?? '',
      tables: Object.fromEntries<Answer>(this.#once),
      perTables: Object.fromEntries([...this.#per].map(([call, all]) => [call, Object.fromEntries<Answer>(all)])),
    };
    return memoryEstate([content]);
  }
}

function list(row: Loose | undefined, member: string): Loose[] {
  const value = row?.[member];
  if (!Array.isArray(value)) throw new Error(`no ${member}`);
  return value;
}

function family(cidr: string): 4 | 6 {
  return cidr.includes(':') ? 6 : 4;
}

function addRoute(draft: Draft, cidr: string, target: string, table: string): void {
  const member = family(cidr) === 6 ? 'DestinationIpv6CidrBlock' : 'DestinationCidrBlock';
  const transit = draft.of('ec2.SearchTransitGatewayRoutes', table);
  if (transit !== undefined) {
    const kept = transit.filter((row) => row.DestinationCidrBlock !== cidr);
    const attachment = draft.find('ec2.DescribeTransitGatewayAttachments', 'TransitGatewayAttachmentId', target);
    const at = { TransitGatewayAttachmentId: target, ResourceType: attachment?.ResourceType, ResourceId: attachment?.ResourceId };
    const route = { DestinationCidrBlock: cidr, Type: 'static', State: 'active', TransitGatewayAttachments: [at] };
    transit.splice(0, transit.length, ...kept, route);
    return;
  }
  const routes = list(draft.find('ec2.DescribeRouteTables', 'RouteTableId', table), 'Routes');
  const kept = routes.filter((row) => row[member] !== cidr);
  const ids: Readonly<Record<string, string>> = {
    igw: 'GatewayId',
    vgw: 'GatewayId',
    tgw: 'TransitGatewayId',
    pcx: 'VpcPeeringConnectionId',
    eni: 'NetworkInterfaceId',
  };
  const name = target === 'the Internet gateway' ? 'igw-new' : target;
  routes.splice(0, routes.length, ...kept, {
    [member]: cidr,
    [ids[name.split('-', 1)[0] ?? ''] ?? 'GatewayId']: name,
    Origin: 'CreateRoute',
    State: 'active',
  });
}

/** By the words of an instruction, what it does. */
const EDITS: readonly (readonly [RegExp, (draft: Draft, ...words: string[]) => void])[] = [
  [
    /^add a rule to (\S+) that allows (\S+) (\d+) from (\S+)$/,
    (draft, group = '', protocol, port, cidr = '') => {
      const ranges = family(cidr) === 6 ? { Ipv6Ranges: [{ CidrIpv6: cidr }] } : { IpRanges: [{ CidrIp: cidr }] };
      const rule = { IpProtocol: protocol, FromPort: Number(port), ToPort: Number(port), ...ranges };
      list(draft.find('ec2.DescribeSecurityGroups', 'GroupId', group), 'IpPermissions').push(rule);
    },
  ],
  [
    /^add an (inbound|outbound) rule to (\S+?)(?: before rule (\d+))? that allows (\S+) (\d+) (?:from|to) (\S+)$/,
    (draft, direction, acl = '', before, protocol, port, cidr = '') => {
      const entries = list(draft.find('ec2.DescribeNetworkAcls', 'NetworkAclId', acl), 'Entries');
      const taken = new Set(
        entries.filter(({ Egress }) => Egress === (direction === 'outbound')).map(({ RuleNumber }) => RuleNumber),
      );
      let number = before === undefined ? 32_000 : Number(before) - 1;
      while (taken.has(number)) number--;
      entries.push({
        Egress: direction === 'outbound',
        RuleAction: 'allow',
        RuleNumber: number,
        Protocol: protocol === 'udp' ? '17' : '6',
        PortRange: { From: Number(port), To: Number(port) },
        [family(cidr) === 6 ? 'Ipv6CidrBlock' : 'CidrBlock']: cidr,
      });
    },
  ],
  [
    /^attach an Internet gateway to (\S+)$/,
    (draft, vpc) => {
      const gateways = draft.rows('ec2.DescribeInternetGateways');
      gateways.push({ InternetGatewayId: 'igw-new', Attachments: [{ VpcId: vpc, State: 'available' }] });
    },
  ],
  [
    /^associate a public address with (\S+) \(([^/)]+)\)$/,
    (draft, eni = '', address) => {
      const addresses = list(draft.find('ec2.DescribeNetworkInterfaces', 'NetworkInterfaceId', eni), 'PrivateIpAddresses');
      const found = addresses.find((one) => one.PrivateIpAddress === address);
      if (found === undefined) throw new Error(`${eni} has no ${address}`);
      found.Association = { PublicIp: NEW_ADDRESS, IpOwnerId: 'amazon' };
    },
  ],
  [
    /^accept (pcx-\S+)$/,
    (draft, id = '') => {
      const row = draft.find('ec2.DescribeVpcPeeringConnections', 'VpcPeeringConnectionId', id);
      if (row !== undefined) row.Status = { Code: 'active' };
    },
  ],
  [
    /^exclude (\S+) from blocked public access$/,
    (draft, subnet) => {
      const ResourceArn = `arn:aws:ec2:eu-west-1:111111111111:subnet/${subnet}`;
      const row = { ResourceArn, State: 'create-complete', InternetGatewayExclusionMode: 'allow-bidirectional' };
      draft.rows('ec2.DescribeVpcBlockPublicAccessExclusions').push(row);
    },
  ],
  [
    /^add a route for (\S+) to (.+) in (\S+)$/,
    (draft, cidr = '', target = '', table = '') => addRoute(draft, cidr, target, table),
  ],
];

/** The estate as it is after the changes; undefined when one of them is of a kind that is not carried out here. */
export function changed(estate: Estate, changes: readonly string[]): Estate | undefined {
  const draft = new Draft(estate);
  // Whatever is needed first comes first.
  for (const [pattern, edit] of EDITS) {
    for (const change of changes) {
      const found = pattern.exec(change);
      if (found !== null) edit(draft, ...found.slice(1));
    }
  }
  return changes.every((change) => EDITS.some(([pattern]) => pattern.test(change))) ? draft.estate() : undefined;
}
