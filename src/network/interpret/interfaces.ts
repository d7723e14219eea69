/** Network interfaces with their addresses, and the instances they belong to. */
import type { Row } from '../../estate/estate.ts';
import { fields, text } from '../../inventory/values.ts';
import type { InterfaceAddress, NetworkInterface } from '../model.ts';
import { SPACE4 } from '../sets/space.ts';
import { numberOf, type Rows, rowsOf } from './rows.ts';

type State = 'running' | 'stopped' | 'terminated';
const STATES: Readonly<Record<string, State>> = { stopped: 'stopped', stopping: 'stopped', terminated: 'terminated' };

/** Instances by id. */
function readInstances(rows: Rows): ReadonlyMap<string, State> {
  const states = new Map<string, State>();
  for (const reservation of rows.of('ec2.DescribeInstances', 'instances')) {
    for (const instance of rowsOf(reservation.Instances)) {
      const id = text(instance.InstanceId);
      if (id !== undefined) states.set(id, STATES[text(fields(instance.State)?.Name) ?? ''] ?? 'running');
    }
  }
  return states;
}

/** A public address; a carrier address is not one of the Internet. */
function publicOf(row: Row, rows: Rows): string | undefined {
  const address = text(fields(row.Association)?.PublicIp);
  if (address === undefined || SPACE4.address(address) !== undefined) return address;
  rows.malformed('ec2.DescribeNetworkInterfaces', `the public address "${address.slice(0, 50)}" is none`);
  return undefined;
}

/** The primary address comes first: it is the one that targets of load balancers mean. */
function addressesOf(row: Row, rows: Rows): InterfaceAddress[] {
  const addresses = new Map<string, InterfaceAddress>();
  const add = (address: string | undefined, outside: string | undefined) => {
    if (address !== undefined)
      addresses.set(address, { family: 4, private: address, ...(outside === undefined ? {} : { public: outside }) });
  };
  const listed = rowsOf(row.PrivateIpAddresses);
  for (const one of [...listed.filter(({ Primary }) => Primary === true), ...listed.filter(({ Primary }) => Primary !== true)])
    add(text(one.PrivateIpAddress), publicOf(one, rows));
  const primary = text(row.PrivateIpAddress);
  if (primary !== undefined && !addresses.has(primary)) add(primary, publicOf(row, rows));
  for (const one of rowsOf(row.Ipv4Prefixes)) add(text(one.Ipv4Prefix), undefined);
  const six = [
    ...rowsOf(row.Ipv6Addresses).flatMap((one) => text(one.Ipv6Address) ?? []),
    ...rowsOf(row.Ipv6Prefixes).flatMap((one) => text(one.Ipv6Prefix) ?? []),
  ];
  return [...addresses.values(), ...[...new Set(six)].map((address): InterfaceAddress => ({ family: 6, private: address }))];
}

/** An interface whose groups cannot be read has one that is not known. */
function groupsOf(row: Row, id: string, rows: Rows): string[] {
  const groups = Array.isArray(row.Groups) ? row.Groups.map((group: unknown) => text(fields(group)?.GroupId)) : [undefined];
  if (!groups.includes(undefined)) return groups.flatMap((group) => group ?? []);
  rows.malformed('ec2.DescribeNetworkInterfaces', `the security groups of ${id} cannot be read`);
  return [...groups.flatMap((group) => group ?? []), `of ${id}`];
}

export function readInterfaces(rows: Rows): NetworkInterface[] {
  const instances = readInstances(rows);
  const call = 'ec2.DescribeNetworkInterfaces';
  return rows.of(call, 'interfaces').flatMap((row): NetworkInterface[] => {
    const id = rows.id(row, 'NetworkInterfaceId', call);
    const subnet = text(row.SubnetId);
    if (id === undefined) return [];
    if (subnet === undefined) {
      rows.malformed(call, `${id} has no SubnetId`);
      return [];
    }
    const instance = text(fields(row.Attachment)?.InstanceId);
    const state = instance === undefined ? 'running' : (instances.get(instance) ?? 'running');
    // It is about to go with its instance.
    if (state === 'terminated') return [];
    return [
      {
        id,
        vpc: text(row.VpcId) ?? '',
        subnet,
        groups: groupsOf(row, id, rows),
        addresses: addressesOf(row, rows),
        type: text(row.InterfaceType) ?? 'interface',
        description: text(row.Description) ?? '',
        primary: numberOf(fields(row.Attachment)?.DeviceIndex) === 0,
        checked: row.SourceDestCheck !== false,
        running: state === 'running',
        ...(instance === undefined ? {} : { instance }),
      },
    ];
  });
}
