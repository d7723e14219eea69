/** The way of PrivateLink: from consumers of an endpoint service to the nodes of its network load balancer. */

import type { Point } from './sets/spans.ts';
import { union } from './sets/spans.ts';
import type { Stages } from './stages.ts';
import type { Goal, Way } from './ways.ts';

/** `anyone`, or the accounts and principals. */
function who(consumers: readonly string[]): string {
  if (consumers.includes('*')) return 'anyone with an AWS account';
  return `${consumers.slice(0, 3).join(', ')}${consumers.length > 3 ? ` and ${consumers.length - 3} more` : ''}`;
}

/**
 * One way for each service that offers the goal's load balancer. Packets come out of the endpoint's side of AWS's network: no route and no
 * network ACL of the load balancer's VPC concerns them, and replies always get back. The groups of the load balancer are held against the
 * client's own private address, which the consumer's network chooses, unless the load balancer is told not to; no client is a member
 * of a group. https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
 */
export function privateLinkWays<P extends Point>(goal: Goal<P>, stages: Stages<P>): readonly Way<P>[] {
  const { balancer, interface: eni } = goal;
  if (balancer?.kind !== 'network') return [];
  const { space, network, mode } = stages.constraints;
  const isOpen = eni.groups.length === 0 || balancer.trustsPrivateLink === true;
  return network.services.flatMap(({ id, loadBalancers, families, consumers, unsure }): Way<P>[] => {
    if (!loadBalancers.includes(balancer.id) || !families.includes(space.family)) return [];
    const type = 'AWS::EC2::VPCEndpointService';
    return [
      {
        source: { kind: 'private-link', id, consumers },
        origin: () => union(space.internet, space.private),
        stages: [
          stages.gate(consumers.length > 0 || (mode === 'possible' && unsure), {
            type,
            id,
            yes: consumers.length > 0 ? `is offered to ${who(consumers)}` : 'who its consumers are is not known',
            no: unsure
              ? 'who its consumers are is not known'
              : 'has no consumer: nobody is accepted, or allowed without being accepted',
            opening: `accept an endpoint of a consumer of ${id}`,
          }),
          stages.sources('private-link', () => union(space.internet, space.private), {
            direction: 'forward',
            type,
            id,
            silent: true,
            words: "from an address of the consumer's network",
          }),
          stages.listeners(balancer),
          ...(isOpen ? [] : [stages.groups(eni.groups, undefined)]),
        ],
      },
    ];
  });
}
