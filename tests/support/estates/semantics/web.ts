/** The estate that most lines are told on: one web server with a public address of each family, in a subnet that routes to the Internet. */
import type { Row } from '../../../../src/estate/estate.ts';
import { type EniOptions, Network } from '../builder.ts';

interface WebOptions {
  readonly ingress?: readonly (string | Row)[];
  readonly egress?: readonly (string | Row)[];
  readonly routes?: readonly string[];
  /** Entries of the subnet's network ACL; open when it is not given. */
  readonly acl?: readonly [ingress: readonly string[], egress: readonly string[]];
  readonly eni?: Partial<EniOptions>;
}

export const TO_IGW: readonly string[] = ['0.0.0.0/0 igw-a', '::/0 igw-a'];
export const ANY: readonly string[] = ['1 allow all 0.0.0.0/0', '2 allow all ::/0'];
export const SSH = 'tcp 8.8.8.8:49152 > 54.1.1.1:22';
export const SSH6 = 'tcp [2a00::8]:49152 > [2600:1f00:1:aa01::10]:22';

export function web({ ingress = ['tcp 22 0.0.0.0/0'], egress = [], routes = TO_IGW, acl, eni = {} }: WebOptions = {}): Network {
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16', '2600:1f00:1:aa00::/56')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24', '2600:1f00:1:aa01::/64'])
    .subnet('subnet-a2', 'vpc-a', ['10.0.2.0/24', '2600:1f00:1:aa02::/64'], 'b')
    .igw('igw-a', 'vpc-a')
    .table('rtb-a1', 'vpc-a', ['subnet-a1'], routes)
    .group('sg-web', 'vpc-a', ingress, egress)
    .eni('eni-web', 'subnet-a1', {
      ip: ['10.0.1.10', '2600:1f00:1:aa01::10'],
      groups: ['sg-web'],
      public: '54.1.1.1',
      ...eni,
    });
  return acl === undefined ? network : network.acl('acl-a1', 'vpc-a', ['subnet-a1'], ...acl);
}
