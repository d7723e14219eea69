/** A made-up estate of any size, as raw rows: the worst kind, in which hardly two interfaces have the same groups. */
import type { Estate, Row } from '../../src/estate/estate.ts';
import { memoryEstate } from '../../src/estate/memory.ts';
import { everyCall } from '../../src/estate/names.ts';

export interface EstateSize {
  readonly interfaces: number;
  readonly groups: number;
  readonly subnets: number;
}

/** Marsaglia's xorshift32: the same estate for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const PORTS = [22, 25, 53, 80, 443, 1433, 3306, 3389, 5432, 6379, 8080, 8443, 9200, 27_017];
const SUBNETS_PER_VPC = 30;

function address(number: number): string {
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
}

export function bigEstate({ interfaces, groups, subnets }: EstateSize, seed = 7): Estate {
  const pick = random(seed);
  const vpcCount = Math.ceil(subnets / SUBNETS_PER_VPC);
  const vpcs: Row[] = [];
  const gateways: Row[] = [];
  const peerings: Row[] = [];
  const tables: Row[] = [];
  const acls: Row[] = [];
  const cidrOf = (vpc: number) => `10.${Math.floor(vpc / 1) % 256}.0.0/16`;
  for (let vpc = 0; vpc < vpcCount; vpc++) {
    const id = `vpc-${vpc}`;
    vpcs.push({ VpcId: id, CidrBlock: cidrOf(vpc) });
    gateways.push({ InternetGatewayId: `igw-${vpc}`, Attachments: [{ VpcId: id, State: 'available' }] });
    if (vpc > 0)
      peerings.push({
        VpcPeeringConnectionId: `pcx-${vpc}`,
        Status: { Code: 'active' },
        RequesterVpcInfo: { VpcId: `vpc-${vpc - 1}`, CidrBlock: cidrOf(vpc - 1), CidrBlockSet: [{ CidrBlock: cidrOf(vpc - 1) }] },
        AccepterVpcInfo: { VpcId: id, CidrBlock: cidrOf(vpc), CidrBlockSet: [{ CidrBlock: cidrOf(vpc) }] },
      });
    for (const kind of ['public', 'private']) {
      const routes: Row[] = [
        { DestinationCidrBlock: cidrOf(vpc), GatewayId: 'local', State: 'active', Origin: 'CreateRouteTable' },
        kind === 'public'
          ? { DestinationCidrBlock: '0.0.0.0/0', GatewayId: `igw-${vpc}`, State: 'active', Origin: 'CreateRoute' }
          : { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: `nat-${vpc}`, State: 'active', Origin: 'CreateRoute' },
      ];
      if (vpc > 0) routes.push({ DestinationCidrBlock: cidrOf(vpc - 1), VpcPeeringConnectionId: `pcx-${vpc}`, State: 'active' });
      if (vpc < vpcCount - 1)
        routes.push({ DestinationCidrBlock: cidrOf(vpc + 1), VpcPeeringConnectionId: `pcx-${vpc + 1}`, State: 'active' });
      tables.push({
        RouteTableId: `rtb-${vpc}-${kind}`,
        VpcId: id,
        Associations: kind === 'private' ? [{ Main: true }] : [],
        Routes: routes,
      });
    }
    for (let acl = 0; acl < 3; acl++) {
      const entries: Row[] = [];
      for (const egress of [false, true]) {
        for (let rule = 0; rule < 6; rule++) {
          const from = egress ? 1024 * pick(60) : (PORTS[pick(PORTS.length)] ?? 22);
          entries.push({
            RuleNumber: 10 + rule * 10,
            Egress: egress,
            RuleAction: pick(3) === 0 ? 'deny' : 'allow',
            Protocol: pick(4) === 0 ? '-1' : '6',
            CidrBlock: pick(3) === 0 ? '0.0.0.0/0' : `${1 + pick(220)}.${pick(256)}.0.0/${8 + pick(12)}`,
            PortRange: { From: from, To: Math.min(65_535, from + pick(5000)) },
          });
        }
        entries.push({ RuleNumber: 100, Egress: egress, RuleAction: 'allow', Protocol: '-1', CidrBlock: '0.0.0.0/0' });
      }
      acls.push({
        NetworkAclId: `acl-${vpc}-${acl}`,
        VpcId: id,
        IsDefault: acl === 0,
        Associations: [] as Row[],
        Entries: entries,
      });
    }
  }
  const subnetRows: Row[] = [];
  const associations = new Map<string, Row[]>();
  const associate = (id: string, row: Row) => associations.set(id, [...(associations.get(id) ?? []), row]);
  for (let subnet = 0; subnet < subnets; subnet++) {
    const vpc = Math.floor(subnet / SUBNETS_PER_VPC);
    const id = `subnet-${subnet}`;
    const place = subnet % SUBNETS_PER_VPC;
    subnetRows.push({
      SubnetId: id,
      VpcId: `vpc-${vpc}`,
      CidrBlock: `10.${vpc % 256}.${place * 8}.0/21`,
      AvailabilityZone: `eu-west-1${'abc'[subnet % 3]}`,
    });
    associate(`acl-${vpc}-${pick(3)}`, { SubnetId: id });
    if (pick(3) > 0) associate(`rtb-${vpc}-public`, { SubnetId: id, AssociationState: { State: 'associated' } });
  }
  const groupRows: Row[] = Array.from({ length: groups }, (_, group) => ({
    GroupId: `sg-${group}`,
    GroupName: `group ${group}`,
    VpcId: `vpc-${group % vpcCount}`,
    IpPermissions: Array.from({ length: 1 + pick(6) }, () => {
      const port = PORTS[pick(PORTS.length)] ?? 22;
      const kind = pick(5);
      return {
        IpProtocol: pick(10) === 0 ? '-1' : pick(5) === 0 ? 'udp' : 'tcp',
        FromPort: port,
        ToPort: port + (pick(4) === 0 ? pick(200) : 0),
        IpRanges:
          kind < 2
            ? [{ CidrIp: '0.0.0.0/0' }]
            : kind < 4
              ? [{ CidrIp: `${1 + pick(220)}.${pick(256)}.${pick(256)}.0/${12 + pick(16)}` }]
              : [],
        UserIdGroupPairs: kind === 4 ? [{ GroupId: `sg-${pick(groups)}` }] : [],
      };
    }),
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  }));
  const instances: Row[] = [];
  const interfaceRows: Row[] = [];
  for (let number = 0; number < interfaces; number++) {
    const subnet = number % subnets;
    const vpc = Math.floor(subnet / SUBNETS_PER_VPC);
    const host = Math.floor(number / subnets) + 4;
    const private_ = address(((vpc % 256) << 16) + (((subnet % SUBNETS_PER_VPC) * 8) << 8) + host);
    const isPublic = pick(2) === 0;
    instances.push({ InstanceId: `i-${number}`, State: { Name: 'running' } });
    interfaceRows.push({
      NetworkInterfaceId: `eni-${number}`,
      SubnetId: `subnet-${subnet}`,
      VpcId: `vpc-${vpc}`,
      // An interface has groups of its own VPC.
      Groups: Array.from({ length: 1 + pick(5) }, () => ({
        GroupId: `sg-${vpc + vpcCount * pick(Math.max(1, Math.floor(groups / vpcCount)))}`,
      })),
      Attachment: { InstanceId: `i-${number}`, DeviceIndex: 0 },
      PrivateIpAddress: private_,
      PrivateIpAddresses: [
        {
          PrivateIpAddress: private_,
          Primary: true,
          ...(isPublic ? { Association: { PublicIp: `54.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}` } } : {}),
        },
      ],
    });
  }
  const associated = (row: Row, id: unknown): Row => ({
    ...row,
    Associations: [...(Array.isArray(row.Associations) ? row.Associations : []), ...(associations.get(String(id)) ?? [])],
  });
  return memoryEstate([
    {
      account: '111111111111',
      region: 'eu-west-1',
      tables: {
        // Nothing is unknown: what is not made up here was asked for and is not there.
        ...Object.fromEntries(everyCall().map(([call]) => [call, []])),
        'ec2.DescribeInstances': [{ Instances: instances }],
        'ec2.DescribeNetworkInterfaces': interfaceRows,
        'ec2.DescribeSecurityGroups': groupRows,
        'ec2.DescribeVpcs': vpcs,
        'ec2.DescribeSubnets': subnetRows,
        'ec2.DescribeRouteTables': tables.map((row) => associated(row, row.RouteTableId)),
        'ec2.DescribeNetworkAcls': acls.map((row) => associated(row, row.NetworkAclId)),
        'ec2.DescribeInternetGateways': gateways,
        'ec2.DescribeVpcPeeringConnections': peerings,
      },
    },
  ]);
}
