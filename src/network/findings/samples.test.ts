/**
 * Findings that Inspector published as samples, made anew from an estate like theirs and compared field by field. Expected values:
 * - v2: Amazon Inspector user guide, "Amazon EventBridge event schema for Amazon Inspector events", EC2 network reachability finding;
 *   the AWS workshop "network-reachability" (module 4), an event of 2023; severities of ports 80 and 8001 as seen in accounts.
 * - Classic: Amazon Inspector Classic user guide, "Integration with AWS Security Hub", typical finding; names of the other rules from
 *   filters on `Types` and attributes of `NetworkExposure` from connectors that list them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from '../../../tests/support/estates/builder.ts';
import { assessNetwork } from '../index.ts';
import type { NetworkFinding } from './finding.ts';
import type { ProfileId } from './services.ts';

interface Ids {
  readonly account: string;
  readonly region: string;
  readonly vpc: string;
  readonly subnet: string;
  readonly igw: string;
  readonly acl: string;
  readonly sg: string;
  readonly eni: string;
  readonly instance: string;
  readonly privateIp: string;
  readonly publicIp: string;
}

function sample(ids: Ids, ...rules: readonly string[]): Network {
  return new Network(ids.account, ids.region)
    .vpc(ids.vpc, '10.0.0.0/16', '172.31.0.0/16')
    .subnet(ids.subnet, ids.vpc, [ids.privateIp.replace(/\d+\.\d+$/, '0.0/16')])
    .igw(ids.igw, ids.vpc)
    .table('rtb-1', ids.vpc, ['main'], [`0.0.0.0/0 ${ids.igw}`])
    .acl(ids.acl, ids.vpc, [], ['100 allow all 0.0.0.0/0'], ['100 allow all 0.0.0.0/0'])
    .group(ids.sg, ids.vpc, rules)
    .eni(ids.eni, ids.subnet, { ip: [ids.privateIp], groups: [ids.sg], public: ids.publicIp, instance: ids.instance });
}

function findings(network: Network, profile: ProfileId): readonly NetworkFinding[] {
  const { findings: found, problems } = assessNetwork(network.estate(), profile);
  assert.deepEqual(problems, []);
  return found;
}

/** The members that Inspector's finding of v2 has, by its names. */
function asEvent(finding: NetworkFinding | undefined) {
  return {
    awsAccountId: finding?.account,
    description: finding?.description,
    networkReachabilityDetails: {
      networkPath: finding?.networkPath,
      openPortRange: finding?.openPortRange,
      protocol: finding?.protocol,
    },
    remediation: { recommendation: { text: finding?.recommendation } },
    resources: [{ id: finding?.resource, region: finding?.region }],
    severity: finding?.severity,
    title: finding?.title,
    type: finding?.type,
  };
}

const GUIDE: Ids = {
  ...{ account: '123456789012', region: 'eu-central-1', vpc: 'vpc-12345678', subnet: 'subnet-12345678', igw: 'igw-261bab4d' },
  ...{ acl: 'acl-171b527d', sg: 'sg-0d34debf87410f2d9', eni: 'eni-094ad651219472857', instance: 'i-12345678901234567' },
  ...{ privateIp: '10.0.0.10', publicIp: '18.192.0.20' },
};

const WORKSHOP: Ids = {
  ...{ account: '708704313893', region: 'eu-west-1', vpc: 'vpc-07462a62acd48e298', subnet: 'subnet-07d7d49356afcf27b' },
  ...{ igw: 'igw-0164390e83f9a0f6b', acl: 'acl-0fedcba9876543210', sg: 'sg-0f615897558ace817', eni: 'eni-07db2a50cfa018a03' },
  ...{ instance: 'i-0cc555cfcdf60a48f', privateIp: '10.0.2.148', publicIp: '34.245.90.167' },
};

for (const [what, ids, description] of [
  [
    'the sample of the user guide',
    GUIDE,
    'On the instance i-12345678901234567, the port range 22-22 is reachable from the InternetGateway igw-261bab4d from an attached ENI eni-094ad651219472857.',
  ],
  [
    'the event of the workshop',
    WORKSHOP,
    'On the instance i-0cc555cfcdf60a48f, the port range 22-22 is reachable from the InternetGateway igw-0164390e83f9a0f6b from an attached ENI eni-07db2a50cfa018a03.',
  ],
] as const) {
  test(`inspector-v2: ${what}, field by field`, () => {
    const found = findings(sample(ids, 'tcp 22 0.0.0.0/0'), 'inspector-v2');
    assert.equal(found.length, 1);
    assert.deepEqual(asEvent(found[0]), {
      awsAccountId: ids.account,
      description,
      networkReachabilityDetails: {
        networkPath: {
          steps: [
            { componentId: ids.igw, componentType: 'AWS::EC2::InternetGateway' },
            { componentId: ids.acl, componentType: 'AWS::EC2::NetworkAcl' },
            { componentId: ids.sg, componentType: 'AWS::EC2::SecurityGroup' },
            { componentId: ids.eni, componentType: 'AWS::EC2::NetworkInterface' },
            { componentId: ids.instance, componentType: 'AWS::EC2::Instance' },
          ],
        },
        openPortRange: { begin: 22, end: 22 },
        protocol: 'TCP',
      },
      remediation: {
        recommendation: {
          text: 'You can restrict access to your instance by modifying the Security Groups or ACLs in the network path.',
        },
      },
      resources: [{ id: ids.instance, region: ids.region }],
      severity: 'MEDIUM',
      title: 'Port 22 is reachable from an Internet Gateway - TCP',
      type: 'NETWORK_REACHABILITY',
    });
  });
}

test('inspector-v2: severities of the samples: SSH, HTTP, and a port that is not recognised', () => {
  const found = findings(sample(GUIDE, 'tcp 22 0.0.0.0/0', 'tcp 80 0.0.0.0/0', 'tcp 8001 0.0.0.0/0'), 'inspector-v2');
  assert.deepEqual(
    found.map(({ title, severity }) => `${severity} ${title}`),
    [
      'MEDIUM Port 22 is reachable from an Internet Gateway - TCP',
      'LOW Port 80 is reachable from an Internet Gateway - TCP',
      'INFORMATIONAL Port 8001 is reachable from an Internet Gateway - TCP',
    ],
  );
});

test('inspector-v2: of several groups the path names the one whose rule let the packet in', () => {
  const network = sample(GUIDE, 'tcp 80 0.0.0.0/0')
    .group('sg-other', GUIDE.vpc, ['tcp 22 0.0.0.0/0'])
    .eni('eni-two', GUIDE.subnet, { ip: ['10.0.0.11'], groups: [GUIDE.sg, 'sg-other'], public: '18.192.0.21' });
  const found = findings(network, 'inspector-v2').find((one) => one.interface === 'eni-two' && one.openPortRange.begin === 22);
  assert.equal(
    found?.networkPath.steps.find(({ componentType }) => componentType === 'AWS::EC2::SecurityGroup')?.componentId,
    'sg-other',
  );
});

const CLASSIC: Ids = {
  ...{ account: '111122223333', region: 'us-east-1', vpc: 'vpc-a0c2d7c7', subnet: 'subnet-4975b475', igw: 'igw-e209d785' },
  ...{ acl: 'acl-154b8273', sg: 'sg-0af64c8a5eb30ca75', eni: 'eni-078eac9d6ad9b20d1', instance: 'i-0c10c2c7863d1a356' },
  ...{ privateIp: '172.31.43.6', publicIp: '3.80.0.1' },
};

test('inspector-classic: the sample of the user guide, field by field', () => {
  const [found, ...others] = findings(sample(CLASSIC, 'tcp 22 0.0.0.0/0'), 'inspector-classic');
  assert.deepEqual(others, []);
  assert.deepEqual(
    {
      AwsAccountId: found?.account,
      'Severity.Label': found?.severity,
      Title: found?.title,
      Description: found?.description,
      'Remediation.Recommendation.Text': found?.recommendation,
      'aws/inspector/id': found?.rule,
      attributes: found?.attributes,
      'Resources.Id': found?.resource,
      'Resources.Region': found?.region,
    },
    {
      AwsAccountId: '111122223333',
      'Severity.Label': 'MEDIUM',
      Title: "On instance i-0c10c2c7863d1a356, TCP port 22 which is associated with 'SSH' is reachable from the internet",
      Description:
        'On this instance, TCP port 22, which is associated with SSH, is reachable from the internet. You can install the Inspector agent on this instance and re-run the assessment to check for any process listening on this port. The instance i-0c10c2c7863d1a356 is located in VPC vpc-a0c2d7c7 and has an attached ENI eni-078eac9d6ad9b20d1 which uses network ACL acl-154b8273. The port is reachable from the internet through Security Group sg-0af64c8a5eb30ca75 and IGW igw-e209d785',
      'Remediation.Recommendation.Text':
        'You can edit the Security Group sg-0af64c8a5eb30ca75 to remove access from the internet on port 22',
      'aws/inspector/id': 'Recognized port reachable from internet',
      attributes: {
        VPC: 'vpc-a0c2d7c7',
        ACL: 'acl-154b8273',
        PROTOCOL: 'TCP',
        RULE_TYPE: 'RecognizedPortNoAgent',
        INSTANCE_ID: 'i-0c10c2c7863d1a356',
        PORT_GROUP_NAME: 'SSH',
        IGW: 'igw-e209d785',
        SECURITY_GROUP: 'sg-0af64c8a5eb30ca75',
        ENI: 'eni-078eac9d6ad9b20d1',
        REACHABILITY_TYPE: 'Internet',
        PORT: '22',
      },
      'Resources.Id': 'i-0c10c2c7863d1a356',
      'Resources.Region': 'us-east-1',
    },
  );
});

test('inspector-classic: network exposure with its ranges', () => {
  const found = findings(sample(CLASSIC, 'tcp 22 0.0.0.0/0', 'tcp 8000 0.0.0.0/0', 'tcp 9999 0.0.0.0/0'), 'inspector-classic');
  const exposure = found.find(({ type }) => type === 'NetworkExposure');
  assert.deepEqual([exposure?.severity, exposure?.rule], ['INFORMATIONAL', 'Network exposure from the internet']);
  assert.deepEqual(exposure?.attributes, {
    ...{ UDP_PORTS: '[]', TCP_PORTS: '[[22 - 22], [8000 - 8000], [9999 - 9999]]', RULE_TYPE: 'NetworkExposure' },
    ...{ REACHABILITY_TYPE: 'Internet', IGW: CLASSIC.igw, VPC: CLASSIC.vpc, ENI: CLASSIC.eni, ACL: CLASSIC.acl },
    ...{ SECURITY_GROUP: CLASSIC.sg, INSTANCE_ID: CLASSIC.instance },
  });
});

test('inspector-classic: the rules of the other routes in: peered VPC, virtual private gateway', () => {
  const network = sample(CLASSIC, 'tcp 22 10.9.0.0/16', 'tcp 80 192.168.0.0/16')
    .peering('pcx-1', CLASSIC.vpc, 'vpc-other', { cidrs: ['10.9.0.0/16'] })
    .vgw('vgw-1', CLASSIC.vpc);
  network.table('rtb-2', CLASSIC.vpc, [CLASSIC.subnet], ['10.9.0.0/16 pcx-1', '192.168.0.0/16 vgw-1']);
  const found = findings(network, 'inspector-classic').map(
    ({ rule, severity, attributes }) => `${severity} ${rule} ${attributes?.REACHABILITY_TYPE}`,
  );
  assert.deepEqual(found, [
    'LOW Recognized port reachable from a Peered VPC PeeredVPC',
    'INFORMATIONAL Recognized port reachable from a Virtual Private Gateway VGW',
  ]);
});
