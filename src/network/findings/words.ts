/**
 * What Inspector calls a finding and says of it. Its words are what automations look for, so they are its own:
 * v2 as in the sample events of its user guide ("Amazon EventBridge event schema for Amazon Inspector events"), Classic as in the sample of
 * the Classic user guide ("Integration with AWS Security Hub"); what these do not show is worded alike.
 */
import type { Exposure, PortRange, Source } from '../exposure.ts';
import type { NetworkStep } from './finding.ts';
import type { Service } from './services.ts';

export interface Words {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly recommendation: string;
  readonly rule?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** What there is to say. */
export interface Subject {
  readonly exposure: Exposure;
  readonly resource: { readonly id: string; readonly name: string };
  readonly protocol: 'TCP' | 'UDP';
  readonly range: PortRange;
  readonly service?: Service;
  readonly steps: readonly NetworkStep[];
  /** Everything of the protocol that is open. */
  readonly ports: readonly PortRange[];
}

interface Way {
  /** v2: `… is reachable from an Internet Gateway`, `the InternetGateway igw-1`. */
  readonly title: string;
  readonly component: string;
  /** Classic: `Recognized port reachable from internet`, `… is reachable from the internet`, `through … IGW igw-1`. */
  readonly rule: string;
  readonly from: string;
  readonly by: string;
  readonly type: string;
  /** The attribute that names the gateway. */
  readonly attribute: string;
}

const WAYS: Readonly<Record<Source['kind'], Way>> = {
  internet: {
    ...{ title: 'an Internet Gateway', component: 'InternetGateway' },
    ...{ rule: 'internet', from: 'the internet', by: 'IGW', type: 'Internet', attribute: 'IGW' },
  },
  peering: {
    ...{ title: 'a VPC peering connection', component: 'VPCPeeringConnection' },
    ...{
      rule: 'a Peered VPC',
      from: 'a Peered VPC',
      by: 'VPC Peering Connection',
      type: 'PeeredVPC',
      attribute: 'PEERING_CONNECTION',
    },
  },
  'vpn-gateway': {
    ...{ title: 'a Virtual Private Gateway', component: 'VPNGateway' },
    ...{ rule: 'a Virtual Private Gateway', from: 'a Virtual Private Gateway', by: 'VGW', type: 'VGW', attribute: 'VGW' },
  },
  'transit-gateway': {
    ...{ title: 'a Transit Gateway', component: 'TransitGatewayAttachment' },
    ...{
      rule: 'a Transit Gateway',
      from: 'a Transit Gateway',
      by: 'attachment',
      type: 'TransitGateway',
      attribute: 'TGW_ATTACHMENT',
    },
  },
  'private-link': {
    ...{ title: 'a PrivateLink consumer', component: 'VPCEndpointService' },
    ...{
      rule: 'PrivateLink',
      from: 'a PrivateLink consumer',
      by: 'endpoint service',
      type: 'PrivateLink',
      attribute: 'ENDPOINT_SERVICE',
    },
  },
  'security-group': {
    ...{ title: 'another security group', component: 'SecurityGroup' },
    ...{
      rule: 'a security group',
      from: 'another security group',
      by: 'its members',
      type: 'SecurityGroup',
      attribute: 'SOURCE_SECURITY_GROUP',
    },
  },
};

/** What every v2 finding recommends. */
const RECOMMENDATION = 'You can restrict access to your instance by modifying the Security Groups or ACLs in the network path.';

export function inspectorWords({ exposure, resource, protocol, range }: Subject): Words {
  const { title, component } = WAYS[exposure.source.kind];
  const { begin, end } = range;
  return {
    type: 'NETWORK_REACHABILITY',
    title: `${begin === end ? `Port ${begin}` : `Port range ${begin} - ${end}`} is reachable from ${title} - ${protocol}`,
    description: `On the ${resource.name} ${resource.id}, the port range ${begin}-${end} is reachable from the ${component} ${exposure.source.id} from an attached ENI ${exposure.interface}.`,
    recommendation: RECOMMENDATION,
  };
}

function portWords({ begin, end }: PortRange): string {
  return begin === end ? `port ${begin}` : `ports ${begin}-${end}`;
}

/** The last component of a type on the path: the one nearest to the interface. */
function last(steps: readonly NetworkStep[], type: string): string | undefined {
  return steps.findLast(({ componentType }) => componentType === `AWS::EC2::${type}`)?.componentId;
}

/** No agent tells whether anything listens. */
export function classicWords({ exposure, resource, protocol, range, service, steps, ports }: Subject): Words {
  const { rule, from, by, type, attribute } = WAYS[exposure.source.kind];
  const [acl, group] = [last(steps, 'NetworkAcl'), last(steps, 'SecurityGroup')];
  const { id: gateway } = exposure.source;
  const { name, id } = resource;
  const open = `${protocol} ${portWords(range)}`;
  const place = `The ${name} ${id} is located in VPC ${exposure.vpc} and has an attached ENI ${exposure.interface}${acl === undefined ? '' : ` which uses network ACL ${acl}`}.`;
  const many = range.begin === range.end ? 'is' : 'are';
  const through = `The port${many === 'is' ? '' : 's'} ${many} reachable from ${from} through ${group === undefined ? '' : `Security Group ${group} and `}${by} ${gateway}`;
  const listed = (list: readonly PortRange[]) => `[${list.map(({ begin, end }) => `[${begin} - ${end}]`).join(', ')}]`;
  const common = {
    VPC: exposure.vpc,
    ENI: exposure.interface,
    REACHABILITY_TYPE: type,
    [attribute]: gateway,
    ...(exposure.instance === undefined ? {} : { INSTANCE_ID: exposure.instance }),
    ...(acl === undefined ? {} : { ACL: acl }),
    ...(group === undefined ? {} : { SECURITY_GROUP: group }),
  };
  const recommendation = `You can edit the ${group === undefined ? 'security groups' : `Security Group ${group}`} to remove access from ${from} on ${portWords(range)}`;
  if (service === undefined) {
    return {
      type: 'NetworkExposure',
      rule: `Network exposure from ${type === 'Internet' ? from : rule}`,
      title: `On ${name} ${id}, ${open} ${many} reachable from ${from}`,
      description: `On this ${name}, ${open} ${many} reachable from ${from}. ${place} ${through}`,
      recommendation,
      attributes: {
        ...common,
        RULE_TYPE: 'NetworkExposure',
        TCP_PORTS: protocol === 'TCP' ? listed(ports) : '[]',
        UDP_PORTS: protocol === 'UDP' ? listed(ports) : '[]',
      },
    };
  }
  const agent =
    'You can install the Inspector agent on this instance and re-run the assessment to check for any process listening on this port.';
  return {
    type: 'RecognizedPortNoAgent',
    rule: `Recognized port reachable from ${rule}`,
    title: `On ${name} ${id}, ${open} which ${many} associated with '${service.name}' ${many} reachable from ${from}`,
    description: `On this ${name}, ${open}, which ${many} associated with ${service.name}, ${many} reachable from ${from}. ${name === 'instance' ? `${agent} ` : ''}${place} ${through}`,
    recommendation,
    attributes: {
      ...common,
      RULE_TYPE: 'RecognizedPortNoAgent',
      PORT_GROUP_NAME: service.name,
      PORT: range.begin === range.end ? String(range.begin) : `${range.begin}-${range.end}`,
      PROTOCOL: protocol,
    },
  };
}
