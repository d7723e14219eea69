/** The AWS calls whose answers make an estate, as facts. Adding a call here makes it collected, served by the double, and readable. */

export type Service = 'ec2' | 'elb' | 'elbv2';

export interface Call {
  readonly service: Service;
  /** As the API names it; the AWS CLI's spelling follows from it. */
  readonly name: string;
  /** The member of the answer that holds the rows. */
  readonly rows: string;
  /** The member is one object, which is the only row, and not a list. */
  readonly single?: true;
  /** The member that no two rows share. */
  readonly id?: string;
  /** Most rows that may be asked for at once; 1000 of EC2 and 400 of the load balancers unless told. */
  readonly pageSize?: number;
  /** Asked once for each of these: the call that lists them, their identifying member, and the parameter they go into. */
  readonly per?: { readonly call: CallId; readonly member: string; readonly parameter: string };
  /** Further parameters that the call cannot do without. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** What cannot be said without it. */
  readonly why: string;
}

export const CALLS = {
  'ec2.DescribeInstances': { service: 'ec2', name: 'DescribeInstances', rows: 'Reservations', why: 'instances and their state' },
  'ec2.DescribeNetworkInterfaces': {
    service: 'ec2',
    name: 'DescribeNetworkInterfaces',
    rows: 'NetworkInterfaces',
    id: 'NetworkInterfaceId',
    why: 'addresses and their security groups',
  },
  'ec2.DescribeSecurityGroups': {
    service: 'ec2',
    name: 'DescribeSecurityGroups',
    rows: 'SecurityGroups',
    id: 'GroupId',
    why: 'security groups',
  },
  'ec2.DescribeSecurityGroupRules': {
    service: 'ec2',
    name: 'DescribeSecurityGroupRules',
    rows: 'SecurityGroupRules',
    id: 'SecurityGroupRuleId',
    why: 'the ids of rules',
  },
  'ec2.DescribeSecurityGroupVpcAssociations': {
    service: 'ec2',
    name: 'DescribeSecurityGroupVpcAssociations',
    rows: 'SecurityGroupVpcAssociations',
    why: 'groups that are used in another VPC',
  },
  'ec2.DescribeVpcs': {
    service: 'ec2',
    name: 'DescribeVpcs',
    rows: 'Vpcs',
    id: 'VpcId',
    why: 'networks and their address ranges',
  },
  'ec2.DescribeSubnets': { service: 'ec2', name: 'DescribeSubnets', rows: 'Subnets', id: 'SubnetId', why: 'subnets' },
  'ec2.DescribeRouteTables': {
    service: 'ec2',
    name: 'DescribeRouteTables',
    rows: 'RouteTables',
    id: 'RouteTableId',
    pageSize: 100,
    why: 'routes',
  },
  'ec2.DescribeNetworkAcls': {
    service: 'ec2',
    name: 'DescribeNetworkAcls',
    rows: 'NetworkAcls',
    id: 'NetworkAclId',
    why: 'network ACLs',
  },
  'ec2.DescribeInternetGateways': {
    service: 'ec2',
    name: 'DescribeInternetGateways',
    rows: 'InternetGateways',
    id: 'InternetGatewayId',
    why: 'ways to the Internet',
  },
  'ec2.DescribeEgressOnlyInternetGateways': {
    service: 'ec2',
    name: 'DescribeEgressOnlyInternetGateways',
    rows: 'EgressOnlyInternetGateways',
    id: 'EgressOnlyInternetGatewayId',
    pageSize: 255,
    why: 'gateways that carry replies only',
  },
  'ec2.DescribeNatGateways': {
    service: 'ec2',
    name: 'DescribeNatGateways',
    rows: 'NatGateways',
    id: 'NatGatewayId',
    why: 'address translation',
  },
  'ec2.DescribeAddresses': { service: 'ec2', name: 'DescribeAddresses', rows: 'Addresses', why: 'elastic addresses' },
  'ec2.DescribeVpcPeeringConnections': {
    service: 'ec2',
    name: 'DescribeVpcPeeringConnections',
    rows: 'VpcPeeringConnections',
    id: 'VpcPeeringConnectionId',
    why: 'peered networks',
  },
  'ec2.DescribeVpnGateways': {
    service: 'ec2',
    name: 'DescribeVpnGateways',
    rows: 'VpnGateways',
    id: 'VpnGatewayId',
    why: 'VPN and Direct Connect',
  },
  'ec2.DescribeVpnConnections': {
    service: 'ec2',
    name: 'DescribeVpnConnections',
    rows: 'VpnConnections',
    id: 'VpnConnectionId',
    why: 'the networks behind a VPN',
  },
  'ec2.DescribeTransitGateways': {
    service: 'ec2',
    name: 'DescribeTransitGateways',
    rows: 'TransitGateways',
    id: 'TransitGatewayId',
    why: 'transit gateways',
  },
  'ec2.DescribeTransitGatewayAttachments': {
    service: 'ec2',
    name: 'DescribeTransitGatewayAttachments',
    rows: 'TransitGatewayAttachments',
    id: 'TransitGatewayAttachmentId',
    why: 'what transit gateways join',
  },
  'ec2.DescribeTransitGatewayVpcAttachments': {
    service: 'ec2',
    name: 'DescribeTransitGatewayVpcAttachments',
    rows: 'TransitGatewayVpcAttachments',
    id: 'TransitGatewayAttachmentId',
    why: 'the subnets of attachments',
  },
  'ec2.DescribeTransitGatewayRouteTables': {
    service: 'ec2',
    name: 'DescribeTransitGatewayRouteTables',
    rows: 'TransitGatewayRouteTables',
    id: 'TransitGatewayRouteTableId',
    why: 'tables of transit gateways',
  },
  'ec2.SearchTransitGatewayRoutes': {
    service: 'ec2',
    name: 'SearchTransitGatewayRoutes',
    rows: 'Routes',
    per: {
      call: 'ec2.DescribeTransitGatewayRouteTables',
      member: 'TransitGatewayRouteTableId',
      parameter: 'TransitGatewayRouteTableId',
    },
    parameters: { Filters: [{ Name: 'state', Values: ['active', 'blackhole'] }], MaxResults: 1000 },
    why: 'routes of transit gateways',
  },
  'ec2.DescribeManagedPrefixLists': {
    service: 'ec2',
    name: 'DescribeManagedPrefixLists',
    rows: 'PrefixLists',
    id: 'PrefixListId',
    pageSize: 100,
    why: 'prefix lists',
  },
  'ec2.GetManagedPrefixListEntries': {
    service: 'ec2',
    name: 'GetManagedPrefixListEntries',
    rows: 'Entries',
    id: 'Cidr',
    pageSize: 100,
    per: { call: 'ec2.DescribeManagedPrefixLists', member: 'PrefixListId', parameter: 'PrefixListId' },
    why: 'the ranges of prefix lists',
  },
  'ec2.DescribeVpcEndpoints': {
    service: 'ec2',
    name: 'DescribeVpcEndpoints',
    rows: 'VpcEndpoints',
    id: 'VpcEndpointId',
    why: 'VPC endpoints',
  },
  'ec2.DescribeVpcEndpointServiceConfigurations': {
    service: 'ec2',
    name: 'DescribeVpcEndpointServiceConfigurations',
    rows: 'ServiceConfigurations',
    id: 'ServiceId',
    why: 'load balancers offered through PrivateLink',
  },
  'ec2.DescribeVpcEndpointServicePermissions': {
    service: 'ec2',
    name: 'DescribeVpcEndpointServicePermissions',
    rows: 'AllowedPrincipals',
    id: 'Principal',
    per: { call: 'ec2.DescribeVpcEndpointServiceConfigurations', member: 'ServiceId', parameter: 'ServiceId' },
    why: 'who may become a consumer of PrivateLink services',
  },
  'ec2.DescribeVpcEndpointConnections': {
    service: 'ec2',
    name: 'DescribeVpcEndpointConnections',
    rows: 'VpcEndpointConnections',
    why: 'consumers of PrivateLink services',
  },
  'ec2.DescribeVpcBlockPublicAccessOptions': {
    service: 'ec2',
    name: 'DescribeVpcBlockPublicAccessOptions',
    rows: 'VpcBlockPublicAccessOptions',
    single: true,
    why: 'whether public access is blocked',
  },
  'ec2.DescribeVpcBlockPublicAccessExclusions': {
    service: 'ec2',
    name: 'DescribeVpcBlockPublicAccessExclusions',
    rows: 'VpcBlockPublicAccessExclusions',
    id: 'ExclusionId',
    why: 'exclusions from blocked public access',
  },
  'elbv2.DescribeLoadBalancers': {
    service: 'elbv2',
    name: 'DescribeLoadBalancers',
    rows: 'LoadBalancers',
    id: 'LoadBalancerArn',
    why: 'application and network load balancers',
  },
  'elbv2.DescribeListeners': {
    service: 'elbv2',
    name: 'DescribeListeners',
    rows: 'Listeners',
    id: 'ListenerArn',
    per: { call: 'elbv2.DescribeLoadBalancers', member: 'LoadBalancerArn', parameter: 'LoadBalancerArn' },
    why: 'what load balancers listen on',
  },
  'elbv2.DescribeRules': {
    service: 'elbv2',
    name: 'DescribeRules',
    rows: 'Rules',
    id: 'RuleArn',
    per: { call: 'elbv2.DescribeListeners', member: 'ListenerArn', parameter: 'ListenerArn' },
    why: 'where listeners forward to',
  },
  'elbv2.DescribeLoadBalancerAttributes': {
    service: 'elbv2',
    name: 'DescribeLoadBalancerAttributes',
    rows: 'Attributes',
    id: 'Key',
    per: { call: 'elbv2.DescribeLoadBalancers', member: 'LoadBalancerArn', parameter: 'LoadBalancerArn' },
    why: 'cross-zone balancing',
  },
  'elbv2.DescribeTargetGroups': {
    service: 'elbv2',
    name: 'DescribeTargetGroups',
    rows: 'TargetGroups',
    id: 'TargetGroupArn',
    why: 'target groups',
  },
  'elbv2.DescribeTargetGroupAttributes': {
    service: 'elbv2',
    name: 'DescribeTargetGroupAttributes',
    rows: 'Attributes',
    id: 'Key',
    per: { call: 'elbv2.DescribeTargetGroups', member: 'TargetGroupArn', parameter: 'TargetGroupArn' },
    why: 'whether client addresses are kept',
  },
  'elbv2.DescribeTargetHealth': {
    service: 'elbv2',
    name: 'DescribeTargetHealth',
    rows: 'TargetHealthDescriptions',
    per: { call: 'elbv2.DescribeTargetGroups', member: 'TargetGroupArn', parameter: 'TargetGroupArn' },
    why: 'what target groups hold',
  },
  'elb.DescribeLoadBalancers': {
    service: 'elb',
    name: 'DescribeLoadBalancers',
    rows: 'LoadBalancerDescriptions',
    id: 'LoadBalancerName',
    why: 'classic load balancers',
  },
  'elb.DescribeLoadBalancerAttributes': {
    service: 'elb',
    name: 'DescribeLoadBalancerAttributes',
    rows: 'LoadBalancerAttributes',
    single: true,
    per: { call: 'elb.DescribeLoadBalancers', member: 'LoadBalancerName', parameter: 'LoadBalancerName' },
    why: 'cross-zone balancing of classic load balancers',
  },
} as const satisfies Record<
  string,
  Omit<Call, 'per'> & { readonly per?: { readonly call: string; readonly member: string; readonly parameter: string } }
>;

export type CallId = keyof typeof CALLS;
