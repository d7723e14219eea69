/** The least-privilege policy for collecting, made from the calls. */
import type { Call } from '../../estate/calls.ts';
import { everyCall } from '../../estate/names.ts';

/** The IAM action that allows a call. Classic and newer load balancers share theirs. */
export function actionOf({ service, name }: Call): string {
  return `${service === 'ec2' ? 'ec2' : 'elasticloadbalancing'}:${name}`;
}

/** An IAM policy document that allows what `vedette network collect` asks and nothing else. All are reads without resource-level permissions. */
export function collectorPolicy(): object {
  const actions = new Set(everyCall().map(([, call]) => actionOf(call)));
  // For `--region all`; sts:GetCallerIdentity needs no permission.
  actions.add('ec2:DescribeRegions');
  return {
    Version: '2012-10-17',
    Statement: [{ Sid: 'VedetteNetworkCollect', Effect: 'Allow', Action: [...actions].sort(), Resource: '*' }],
  };
}
