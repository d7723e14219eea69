/** What a host says of itself beside its packages. Read from files; nothing is asked over a network. */
import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import type { Description } from '../../engine/resource.ts';

function line(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

/** On EC2 the board's asset tag is the instance's id, and the vendor says so (docs.aws.amazon.com, "Detect whether a host is an EC2 instance"). */
function instanceId(): string | undefined {
  const tag = line('/sys/devices/virtual/dmi/id/board_asset_tag');
  const vendor = line('/sys/devices/virtual/dmi/id/sys_vendor');
  return vendor === 'Amazon EC2' && tag !== undefined && /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(tag) ? tag : undefined;
}

/** Addresses that others can reach the host under. */
function addresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = all.filter(({ internal, address }) => !internal && !address.toLowerCase().startsWith('fe80:'));
  return [...new Set(own.map(({ address }) => address))].sort();
}

/** Describes this machine. The name is the host name; the machine-id keeps it the same resource when that changes. */
export function describeHost(tags: Readonly<Record<string, string>> = {}): Description {
  const instance = instanceId();
  // An image says `uninitialized` there until its first start.
  const machine = ['/etc/machine-id', '/var/lib/dbus/machine-id']
    .map(line)
    .find((id) => id !== undefined && /^[0-9a-f]{32}$/.test(id));
  return {
    kind: 'host',
    name: hostname(),
    ...(instance !== undefined && { instance }),
    ...(machine !== undefined && { machine }),
    ...(Object.keys(tags).length > 0 && { tags }),
    host: { addresses: addresses() },
  };
}
