/** Small networks written tersely, as the rows that AWS prints. Names are the ids themselves: `vpc-a`, `subnet-a1`, `igw-a`. */
import { CALLS, type CallId } from '../../../src/estate/calls.ts';
import type { Estate, Row } from '../../../src/estate/estate.ts';
import { type Answer, memoryEstate, type RegionContent } from '../../../src/estate/memory.ts';

type Mutable = Record<string, unknown>;

export interface EniOptions {
  /** Private addresses, the primary first; IPv6 ones among them. */
  readonly ip: readonly string[];
  readonly groups?: readonly string[];
  /** Public IPv4 addresses by private address; one alone is the primary's. */
  readonly public?: string | Readonly<Record<string, string>>;
  /** Delegated prefixes. */
  readonly prefixes?: readonly string[];
  /** Id of its instance; `none` for none, otherwise an own one named after the interface. */
  readonly instance?: string;
  readonly device?: number;
  readonly state?: string;
  readonly type?: string;
  readonly description?: string;
  readonly checked?: boolean;
}

export interface BalancerOptions {
  readonly kind?: 'application' | 'network';
  readonly scheme?: string;
  /** A node's interface in each of these subnets, by its address there; public addresses as of interfaces. */
  readonly nodes: Readonly<Record<string, string>>;
  readonly public?: Readonly<Record<string, string>>;
  readonly groups?: readonly string[];
  /** `TCP 80` → ids of target groups, or raw actions. */
  readonly listeners: Readonly<Record<string, readonly string[] | readonly Row[]>>;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly row?: Row;
}

export interface TargetGroupOptions {
  readonly type?: 'instance' | 'ip' | 'lambda' | 'alb';
  readonly protocol?: string;
  readonly port: number;
  readonly vpc: string;
  /** `id`, `id#port`, `id@zone`; a row as it is. */
  readonly targets: readonly (string | Row)[];
  readonly attributes?: Readonly<Record<string, string>>;
  readonly family?: 'ipv4' | 'ipv6';
}

/** A rule of a security group from `tcp 22 10.0.0.0/8`, `udp 1-9 sg-a`, `all pl-1`, `47 ::/0`; a row stays as it is. */
function permission(rule: string | Row): Row {
  if (typeof rule !== 'string') return rule;
  const words = rule.split(' ');
  const source = words.at(-1) ?? '';
  const ports = words.length > 2 ? words[1] : undefined;
  const [from, to = from] = ports?.split('-') ?? [];
  return {
    IpProtocol: words[0] === 'all' ? '-1' : words[0],
    ...(from === undefined ? {} : { FromPort: Number(from), ToPort: Number(to) }),
    IpRanges: /^\d+\./.test(source) ? [{ CidrIp: source }] : [],
    Ipv6Ranges: source.includes(':') ? [{ CidrIpv6: source }] : [],
    PrefixListIds: source.startsWith('pl-') ? [{ PrefixListId: source }] : [],
    UserIdGroupPairs: source.startsWith('sg-') ? [{ GroupId: source, UserId: ACCOUNT }] : [],
  };
}

/** An entry of a network ACL from `100 allow tcp 22 0.0.0.0/0`, `200 deny all ::/0`. */
function aclEntry(text: string, egress: boolean): Row {
  const words = text.split(' ');
  const [number, action, protocol = ''] = words;
  const cidr = words.at(-1) ?? '';
  const [from, to = from] = words.length > 4 ? (words[3] ?? '').split('-') : [];
  return {
    RuleNumber: Number(number),
    RuleAction: action,
    Egress: egress,
    Protocol: { tcp: '6', udp: '17', icmp: '1', all: '-1' }[protocol] ?? protocol,
    ...(cidr.includes(':') ? { Ipv6CidrBlock: cidr } : { CidrBlock: cidr }),
    ...(from === undefined ? {} : { PortRange: { From: Number(from), To: Number(to) } }),
  };
}

const TARGET_MEMBERS: readonly (readonly [RegExp, string])[] = [
  [/^(local$|igw-|vgw-|vpce-)/, 'GatewayId'],
  [/^eigw-/, 'EgressOnlyInternetGatewayId'],
  [/^nat-/, 'NatGatewayId'],
  [/^tgw-/, 'TransitGatewayId'],
  [/^pcx-/, 'VpcPeeringConnectionId'],
  [/^eni-/, 'NetworkInterfaceId'],
  [/^lgw-/, 'LocalGatewayId'],
  [/^cagw-/, 'CarrierGatewayId'],
  [/^arn:.*:core-network/, 'CoreNetworkArn'],
];

/** A route from `0.0.0.0/0 igw-a`, `10.0.0.0/8 pcx-1 blackhole`, `10.9.0.0/16 vgw-1 propagated`. */
function route(text: string): Row {
  const [destination = '', target = '', ...flags] = text.split(' ');
  const member = destination.startsWith('pl-')
    ? 'DestinationPrefixListId'
    : destination.includes(':')
      ? 'DestinationIpv6CidrBlock'
      : 'DestinationCidrBlock';
  const named = TARGET_MEMBERS.find(([pattern]) => pattern.test(target));
  return {
    [member]: destination,
    ...(named === undefined ? {} : { [named[1]]: target }),
    Origin: flags.includes('propagated') ? 'EnableVgwRoutePropagation' : target === 'local' ? 'CreateRouteTable' : 'CreateRoute',
    State: flags.includes('blackhole') ? 'blackhole' : 'active',
  };
}

const ACCOUNT = '111111111111';

/** Collects rows; every VPC gets a main route table and an open default network ACL unless given its own. */
export class Network {
  readonly account: string;
  readonly region: string;
  private readonly tables = new Map<CallId, Mutable[]>();
  private readonly perTables = new Map<CallId, Map<string, Answer>>();
  private readonly failures = new Map<CallId, Answer | 'absent'>();

  constructor(account: string = ACCOUNT, region = 'eu-west-1') {
    this.account = account;
    this.region = region;
  }

  /** Adds a row as it is. */
  add(call: CallId, row: Row): this {
    const rows = this.tables.get(call);
    if (rows === undefined) this.tables.set(call, [{ ...row }]);
    else rows.push({ ...row });
    return this;
  }

  /** Sets the rows of a call that is asked once for each thing. */
  per(call: CallId, thing: string, answer: Answer): this {
    const answers = this.perTables.get(call) ?? new Map<string, Answer>();
    this.perTables.set(call, answers.set(thing, answer));
    return this;
  }

  /** Makes a call fail, or never have been asked. */
  fail(call: CallId, how: 'failed' | 'absent' = 'failed'): this {
    this.failures.set(call, how === 'absent' ? 'absent' : { code: 'UnauthorizedOperation', message: 'not allowed' });
    return this;
  }

  private rowsOf(call: CallId): Mutable[] {
    return this.tables.get(call) ?? [];
  }

  private vpcOf(subnet: string): string {
    return String(this.rowsOf('ec2.DescribeSubnets').find((row) => row.SubnetId === subnet)?.VpcId ?? 'vpc-?');
  }

  vpc(id: string, ...cidrs: string[]): this {
    const four = cidrs.filter((cidr) => !cidr.includes(':'));
    return this.add('ec2.DescribeVpcs', {
      VpcId: id,
      OwnerId: this.account,
      CidrBlock: four[0],
      CidrBlockAssociationSet: four.map((cidr) => ({ CidrBlock: cidr, CidrBlockState: { State: 'associated' } })),
      Ipv6CidrBlockAssociationSet: cidrs
        .filter((cidr) => cidr.includes(':'))
        .map((cidr) => ({ Ipv6CidrBlock: cidr, Ipv6CidrBlockState: { State: 'associated' } })),
    });
  }

  subnet(id: string, vpc: string, cidrs: readonly string[], zone = 'a'): this {
    return this.add('ec2.DescribeSubnets', {
      SubnetId: id,
      VpcId: vpc,
      AvailabilityZone: `${this.region}${zone}`,
      CidrBlock: cidrs.find((cidr) => !cidr.includes(':')),
      Ipv6CidrBlockAssociationSet: cidrs
        .filter((cidr) => cidr.includes(':'))
        .map((cidr) => ({ Ipv6CidrBlock: cidr, Ipv6CidrBlockState: { State: 'associated' } })),
    });
  }

  /** A security group; without `egress` rules it lets everything out. */
  group(
    id: string,
    vpc: string,
    ingress: readonly (string | Row)[],
    egress: readonly (string | Row)[] = ['all 0.0.0.0/0', 'all ::/0'],
  ): this {
    return this.add('ec2.DescribeSecurityGroups', {
      GroupId: id,
      GroupName: id,
      OwnerId: this.account,
      VpcId: vpc,
      IpPermissions: ingress.map(permission),
      IpPermissionsEgress: egress.map(permission),
    });
  }

  /** A network ACL of subnets; of a VPC's rest when it is given no subnet. */
  acl(id: string, vpc: string, subnets: readonly string[], ingress: readonly string[], egress: readonly string[]): this {
    return this.add('ec2.DescribeNetworkAcls', {
      NetworkAclId: id,
      VpcId: vpc,
      IsDefault: subnets.length === 0,
      Associations: subnets.map((subnet) => ({ NetworkAclId: id, SubnetId: subnet })),
      Entries: [
        ...ingress.map((text) => aclEntry(text, false)),
        ...egress.map((text) => aclEntry(text, true)),
        ...[true, false].flatMap((side) => [aclEntry('32767 deny all 0.0.0.0/0', side), aclEntry('32768 deny all ::/0', side)]),
      ],
    });
  }

  /** A route table of `main`, of subnets, of gateways. The local routes are added. */
  table(id: string, vpc: string, of: readonly string[], routes: readonly string[]): this {
    const row = this.rowsOf('ec2.DescribeVpcs').find((one) => one.VpcId === vpc);
    const blocks = [row?.CidrBlockAssociationSet, row?.Ipv6CidrBlockAssociationSet].flatMap((set) =>
      Array.isArray(set) ? set : [],
    );
    const locals = blocks.map((block) => `${block.CidrBlock ?? block.Ipv6CidrBlock}`);
    return this.add('ec2.DescribeRouteTables', {
      RouteTableId: id,
      VpcId: vpc,
      OwnerId: this.account,
      Associations: of.map((one) => ({
        Main: one === 'main',
        RouteTableId: id,
        ...(one.startsWith('subnet-') ? { SubnetId: one } : one === 'main' ? {} : { GatewayId: one }),
        AssociationState: { State: 'associated' },
      })),
      Routes: [
        ...locals.filter((cidr) => !routes.some((text) => text.startsWith(`${cidr} `))).map((cidr) => route(`${cidr} local`)),
        ...routes.map(route),
      ],
      PropagatingVgws: [],
    });
  }

  igw(id: string, vpc?: string): this {
    return this.add('ec2.DescribeInternetGateways', {
      InternetGatewayId: id,
      Attachments: vpc === undefined ? [] : [{ VpcId: vpc, State: 'available' }],
    });
  }

  eigw(id: string, vpc: string): this {
    return this.add('ec2.DescribeEgressOnlyInternetGateways', {
      EgressOnlyInternetGatewayId: id,
      Attachments: [{ VpcId: vpc, State: 'attached' }],
    });
  }

  vgw(id: string, vpc: string, state = 'attached'): this {
    return this.add('ec2.DescribeVpnGateways', {
      VpnGatewayId: id,
      State: 'available',
      Type: 'ipsec.1',
      VpcAttachments: [{ VpcId: vpc, State: state }],
    });
  }

  eni(id: string, subnet: string, options: EniOptions): this {
    const four = options.ip.filter((ip) => !ip.includes(':'));
    const mapped = typeof options.public === 'string' ? { [four[0] ?? '']: options.public } : (options.public ?? {});
    const instance = options.instance ?? id.replace(/^eni-/, 'i-');
    const association = (ip: string | undefined) =>
      ip !== undefined && mapped[ip] !== undefined ? { Association: { PublicIp: mapped[ip], IpOwnerId: 'amazon' } } : {};
    if (instance !== 'none' && !JSON.stringify(this.rowsOf('ec2.DescribeInstances')).includes(`"${instance}"`)) {
      const state = options.state ?? 'running';
      this.add('ec2.DescribeInstances', {
        OwnerId: this.account,
        Instances: [{ InstanceId: instance, State: { Name: state }, VpcId: this.vpcOf(subnet), SubnetId: subnet }],
      });
    }
    return this.add('ec2.DescribeNetworkInterfaces', {
      NetworkInterfaceId: id,
      SubnetId: subnet,
      VpcId: this.vpcOf(subnet),
      OwnerId: this.account,
      InterfaceType: options.type ?? 'interface',
      Description: options.description ?? '',
      Status: 'in-use',
      SourceDestCheck: options.checked ?? true,
      Groups: (options.groups ?? []).map((group) => ({ GroupId: group, GroupName: group })),
      PrivateIpAddress: four[0],
      PrivateIpAddresses: four.map((ip, index) => ({ PrivateIpAddress: ip, Primary: index === 0, ...association(ip) })),
      Ipv6Addresses: options.ip.filter((ip) => ip.includes(':')).map((ip) => ({ Ipv6Address: ip })),
      Ipv4Prefixes: (options.prefixes ?? []).filter((cidr) => !cidr.includes(':')).map((cidr) => ({ Ipv4Prefix: cidr })),
      Ipv6Prefixes: (options.prefixes ?? []).filter((cidr) => cidr.includes(':')).map((cidr) => ({ Ipv6Prefix: cidr })),
      ...association(four[0]),
      ...(instance === 'none'
        ? {}
        : { Attachment: { InstanceId: instance, DeviceIndex: options.device ?? 0, Status: 'attached' } }),
    });
  }

  /** A NAT gateway with its interface. */
  nat(id: string, subnet: string, ip: string, publicIp?: string): this {
    const eni = id.replace(/^nat-/, 'eni-nat-');
    this.eni(eni, subnet, {
      ip: [ip],
      type: 'nat_gateway',
      instance: 'none',
      checked: false,
      ...(publicIp === undefined ? {} : { public: publicIp }),
    });
    return this.add('ec2.DescribeNatGateways', {
      NatGatewayId: id,
      State: 'available',
      SubnetId: subnet,
      VpcId: this.vpcOf(subnet),
      ConnectivityType: publicIp === undefined ? 'private' : 'public',
      NatGatewayAddresses: [
        {
          NetworkInterfaceId: eni,
          PrivateIp: ip,
          IsPrimary: true,
          Status: 'succeeded',
          ...(publicIp === undefined ? {} : { PublicIp: publicIp }),
        },
      ],
    });
  }

  /** A peering of two VPCs; of one that is not listed, its ranges are given. */
  peering(
    id: string,
    requester: string,
    accepter: string,
    options: { status?: string; cidrs?: readonly string[]; owner?: string } = {},
  ): this {
    const side = (vpc: string): Row => {
      const row = this.rowsOf('ec2.DescribeVpcs').find((one) => one.VpcId === vpc);
      const listed = options.cidrs ?? [];
      const four =
        row?.CidrBlockAssociationSet ?? listed.filter((cidr) => !cidr.includes(':')).map((cidr) => ({ CidrBlock: cidr }));
      const six =
        row?.Ipv6CidrBlockAssociationSet ?? listed.filter((cidr) => cidr.includes(':')).map((cidr) => ({ Ipv6CidrBlock: cidr }));
      const blocks = (Array.isArray(four) ? four : []).map((block) => ({ CidrBlock: block.CidrBlock }));
      return {
        VpcId: vpc,
        OwnerId: row === undefined ? (options.owner ?? '222222222222') : this.account,
        Region: this.region,
        CidrBlock: blocks[0]?.CidrBlock,
        CidrBlockSet: blocks,
        Ipv6CidrBlockSet: (Array.isArray(six) ? six : []).map((block) => ({ Ipv6CidrBlock: block.Ipv6CidrBlock })),
      };
    };
    return this.add('ec2.DescribeVpcPeeringConnections', {
      VpcPeeringConnectionId: id,
      Status: { Code: options.status ?? 'active' },
      RequesterVpcInfo: side(requester),
      AccepterVpcInfo: side(accepter),
    });
  }

  transitGateway(id: string): this {
    return this.add('ec2.DescribeTransitGateways', {
      TransitGatewayId: id,
      OwnerId: this.account,
      State: 'available',
      Options: {},
    });
  }

  /** An attachment of a transit gateway, associated with a table of it. `resource` is a VPC, or `vpn:name`, `peering:tgw-…`. */
  attachment(
    id: string,
    gateway: string,
    resource: string,
    table: string | undefined,
    options: { subnets?: readonly string[]; referencing?: boolean; appliance?: boolean; state?: string } = {},
  ): this {
    const [type = 'vpc', name = resource] = resource.startsWith('vpc-') ? ['vpc'] : resource.split(':');
    const state = options.state ?? 'available';
    if (type === 'vpc') {
      this.add('ec2.DescribeTransitGatewayVpcAttachments', {
        TransitGatewayAttachmentId: id,
        TransitGatewayId: gateway,
        VpcId: name,
        SubnetIds: options.subnets ?? [],
        State: state,
        Options: {
          SecurityGroupReferencingSupport: options.referencing === true ? 'enable' : 'disable',
          ApplianceModeSupport: options.appliance === true ? 'enable' : 'disable',
        },
      });
    }
    return this.add('ec2.DescribeTransitGatewayAttachments', {
      TransitGatewayAttachmentId: id,
      TransitGatewayId: gateway,
      ResourceType: type,
      ResourceId: name,
      ResourceOwnerId: this.account,
      State: state,
      ...(table === undefined ? {} : { Association: { TransitGatewayRouteTableId: table, State: 'associated' } }),
    });
  }

  /** A table of a transit gateway: `10.0.0.0/16 tgw-attach-a`, `… propagated`, `10.9.0.0/16 - blackhole`. */
  transitTable(id: string, gateway: string, routes: readonly string[]): this {
    this.add('ec2.DescribeTransitGatewayRouteTables', {
      TransitGatewayRouteTableId: id,
      TransitGatewayId: gateway,
      State: 'available',
    });
    const rows = routes.map((text) => {
      const [cidr = '', attachment = '', ...flags] = text.split(' ');
      const row = this.rowsOf('ec2.DescribeTransitGatewayAttachments').find(
        (one) => one.TransitGatewayAttachmentId === attachment,
      );
      return {
        DestinationCidrBlock: cidr,
        Type: flags.includes('propagated') ? 'propagated' : 'static',
        State: flags.includes('blackhole') ? 'blackhole' : 'active',
        TransitGatewayAttachments:
          attachment === '-'
            ? []
            : [
                {
                  TransitGatewayAttachmentId: attachment,
                  ResourceType: row?.ResourceType ?? 'vpc',
                  ResourceId: row?.ResourceId ?? '',
                },
              ],
      };
    });
    return this.per('ec2.SearchTransitGatewayRoutes', id, rows);
  }

  prefixList(id: string, ...cidrs: string[]): this {
    this.add('ec2.DescribeManagedPrefixLists', {
      PrefixListId: id,
      PrefixListName: id,
      OwnerId: this.account,
      State: 'create-complete',
      Version: 1,
    });
    return this.per(
      'ec2.GetManagedPrefixListEntries',
      id,
      cidrs.map((cidr) => ({ Cidr: cidr })),
    );
  }

  /** Blocks public access: mode, and exclusions as `vpc-a allow-bidirectional`. */
  block(mode: string, ...exclusions: string[]): this {
    this.add('ec2.DescribeVpcBlockPublicAccessOptions', {
      AwsAccountId: this.account,
      AwsRegion: this.region,
      State: 'update-complete',
      InternetGatewayBlockMode: mode,
      ExclusionsAllowed: 'allowed',
    });
    for (const [index, text] of exclusions.entries()) {
      const [resource = '', allowed] = text.split(' ');
      this.add('ec2.DescribeVpcBlockPublicAccessExclusions', {
        ExclusionId: `vpcbpa-exclude-${index}`,
        InternetGatewayExclusionMode: allowed,
        ResourceArn: `arn:aws:ec2:${this.region}:${this.account}:${resource.startsWith('vpc-') ? 'vpc' : 'subnet'}/${resource}`,
        State: 'create-complete',
      });
    }
    return this;
  }

  balancerArn(name: string, kind: 'application' | 'network' = 'application'): string {
    return `arn:aws:elasticloadbalancing:${this.region}:${this.account}:loadbalancer/${kind === 'network' ? 'net' : 'app'}/${name}/1`;
  }

  targetGroupArn(name: string): string {
    return `arn:aws:elasticloadbalancing:${this.region}:${this.account}:targetgroup/${name}/1`;
  }

  /** An application or network load balancer with the interfaces of its nodes. */
  balancer(name: string, options: BalancerOptions): this {
    const kind = options.kind ?? 'application';
    const arn = this.balancerArn(name, kind);
    this.nodes(
      name,
      `ELB ${arn.split(':loadbalancer/')[1]}`,
      kind === 'network' ? 'network_load_balancer' : 'interface',
      options,
    );
    this.add('elbv2.DescribeLoadBalancers', {
      LoadBalancerArn: arn,
      LoadBalancerName: name,
      DNSName: `${name}.elb.example`,
      Type: kind,
      Scheme: options.scheme ?? 'internet-facing',
      State: { Code: 'active' },
      VpcId: this.vpcOf(Object.keys(options.nodes)[0] ?? ''),
      IpAddressType: 'ipv4',
      SecurityGroups: options.groups ?? [],
      AvailabilityZones: Object.keys(options.nodes).map((subnet) => ({
        ZoneName: this.zoneOf(subnet),
        SubnetId: subnet,
        LoadBalancerAddresses: [],
      })),
      ...options.row,
    });
    this.per(
      'elbv2.DescribeListeners',
      arn,
      Object.entries(options.listeners).map(([text, actions]) => {
        const [protocol, port] = text.split(' ');
        const listener = `${arn.replace(':loadbalancer/', ':listener/')}/${port}-${protocol}`;
        const rows = actions.map((action) =>
          typeof action === 'string' ? { Type: 'forward', TargetGroupArn: this.targetGroupArn(action) } : action,
        );
        this.per('elbv2.DescribeRules', listener, [
          { RuleArn: `${listener}/default`, Priority: 'default', IsDefault: true, Conditions: [], Actions: rows },
        ]);
        return { ListenerArn: listener, LoadBalancerArn: arn, Port: Number(port), Protocol: protocol, DefaultActions: rows };
      }),
    );
    return this.per(
      'elbv2.DescribeLoadBalancerAttributes',
      arn,
      Object.entries(options.attributes ?? {}).map(([Key, Value]) => ({ Key, Value })),
    );
  }

  /** A classic load balancer with its nodes: `tcp`/`http` listeners as `80 8080` (port, instance port). */
  classic(
    name: string,
    options: Omit<BalancerOptions, 'listeners' | 'kind' | 'row'> & {
      listeners: readonly string[];
      instances: readonly string[];
      crossZone?: boolean;
    },
  ): this {
    const zones = Object.keys(options.nodes).map((subnet) => this.zoneOf(subnet));
    this.nodes(name, `ELB ${name}`, 'interface', options);
    this.add('elb.DescribeLoadBalancers', {
      LoadBalancerName: name,
      DNSName: `${name}.elb.example`,
      Scheme: options.scheme ?? 'internet-facing',
      VPCId: this.vpcOf(Object.keys(options.nodes)[0] ?? ''),
      Subnets: Object.keys(options.nodes),
      AvailabilityZones: zones,
      SecurityGroups: options.groups ?? [],
      Instances: options.instances.map((id) => ({ InstanceId: id })),
      ListenerDescriptions: options.listeners.map((text) => {
        const [port, instancePort] = text.split(' ');
        return {
          Listener: {
            Protocol: 'TCP',
            LoadBalancerPort: Number(port),
            InstanceProtocol: 'TCP',
            InstancePort: Number(instancePort),
          },
        };
      }),
    });
    return this.per('elb.DescribeLoadBalancerAttributes', name, [
      { CrossZoneLoadBalancing: { Enabled: options.crossZone ?? false } },
    ]);
  }

  private zoneOf(subnet: string): unknown {
    return this.rowsOf('ec2.DescribeSubnets').find((row) => row.SubnetId === subnet)?.AvailabilityZone;
  }

  private nodes(
    name: string,
    description: string,
    type: string,
    options: Pick<BalancerOptions, 'nodes' | 'public' | 'groups'>,
  ): void {
    for (const [subnet, ip] of Object.entries(options.nodes)) {
      const publicIp = options.public?.[subnet];
      this.eni(`eni-${name}-${subnet}`, subnet, {
        ip: ip.split(' '),
        instance: 'none',
        groups: options.groups ?? [],
        type,
        description,
        ...(publicIp === undefined ? {} : { public: publicIp }),
      });
    }
  }

  targetGroup(name: string, options: TargetGroupOptions): this {
    const arn = this.targetGroupArn(name);
    this.add('elbv2.DescribeTargetGroups', {
      TargetGroupArn: arn,
      TargetGroupName: name,
      Protocol: options.protocol ?? 'HTTP',
      Port: options.port,
      VpcId: options.vpc,
      TargetType: options.type ?? 'instance',
      IpAddressType: options.family ?? 'ipv4',
      LoadBalancerArns: [],
    });
    this.per(
      'elbv2.DescribeTargetHealth',
      arn,
      options.targets.map((target) => {
        if (typeof target !== 'string') return { Target: target, TargetHealth: { State: 'healthy' } };
        const [, id = '', port, zone] = /^(.*?)(?:#(\d+))?(?:@(.*))?$/.exec(target) ?? [];
        return {
          Target: {
            Id: id,
            Port: port === undefined ? options.port : Number(port),
            ...(zone === undefined ? {} : { AvailabilityZone: zone }),
          },
          TargetHealth: { State: 'healthy' },
        };
      }),
    );
    return this.per(
      'elbv2.DescribeTargetGroupAttributes',
      arn,
      Object.entries(options.attributes ?? {}).map(([Key, Value]) => ({ Key, Value })),
    );
  }

  content(): RegionContent {
    const vpcs = this.rowsOf('ec2.DescribeVpcs').map((row) => String(row.VpcId));
    for (const vpc of vpcs) {
      if (!this.rowsOf('ec2.DescribeNetworkAcls').some((row) => row.VpcId === vpc && row.IsDefault === true)) {
        const open = ['100 allow all 0.0.0.0/0', '101 allow all ::/0'];
        this.acl(`acl-${vpc.slice(4)}-default`, vpc, [], open, open);
      }
      const hasMain = this.rowsOf('ec2.DescribeRouteTables').some(
        (row) => row.VpcId === vpc && JSON.stringify(row.Associations).includes('"Main":true'),
      );
      if (!hasMain) this.table(`rtb-${vpc.slice(4)}-main`, vpc, ['main'], []);
    }
    if (this.rowsOf('ec2.DescribeVpcBlockPublicAccessOptions').length === 0) this.block('off');
    const tables: Partial<Record<CallId, Answer>> = {};
    const perTables: Partial<Record<CallId, Record<string, Answer>>> = {};
    for (const call of Object.keys(CALLS) as CallId[]) {
      const failure = this.failures.get(call);
      if ('per' in CALLS[call]) {
        const answers = Object.fromEntries(this.perTables.get(call) ?? []);
        if (failure === undefined) perTables[call] = answers;
      } else if (failure === undefined) tables[call] = this.rowsOf(call);
      else if (failure !== 'absent') tables[call] = failure;
    }
    return { account: this.account, region: this.region, tables, perTables };
  }

  estate(...others: readonly Network[]): Estate {
    return memoryEstate([this, ...others].map((network) => network.content()));
  }
}
