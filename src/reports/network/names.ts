/** What people call the things of an estate: name tags, and names that the things have themselves. */
import type { Estate, Row } from '../../estate/estate.ts';
import { everyCall } from '../../estate/names.ts';
import { fields, items, text } from '../../inventory/values.ts';

/** Members that name a thing that has no name tag, by how well they do. */
const NAMES = ['GroupName', 'LoadBalancerName', 'TargetGroupName', 'PrefixListName', 'Description'] as const;

function nameOf(row: Row): string | undefined {
  const tag = items(row.Tags).find((one) => fields(one)?.Key === 'Name');
  return text(fields(tag)?.Value) ?? NAMES.map((member) => text(row[member])).find((name) => name !== undefined);
}

/** Names by id or ARN. Things without one are left out. */
export function namesOf({ regions }: Estate): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const add = (row: Row | undefined, member: string): void => {
    const id = text(row?.[member]);
    const name = row === undefined ? undefined : nameOf(row);
    if (id !== undefined && name !== undefined && name !== id) names.set(id, name);
  };
  for (const region of regions) {
    for (const [call, { id, per }] of everyCall()) {
      if (id === undefined || per !== undefined) continue;
      const table = region.table(call);
      if (table.kind === 'rows') for (const row of table.rows) add(row, id);
    }
    const instances = region.table('ec2.DescribeInstances');
    if (instances.kind !== 'rows') continue;
    for (const { Instances: list } of instances.rows) for (const one of items(list)) add(fields(one), 'InstanceId');
  }
  return names;
}
