/** Public addresses that rows give to several private ones, or a private one that they give several: nobody knows who has them. */
import { text } from '../../inventory/values.ts';
import { incomplete, type Problem } from '../../model/problem.ts';
import type { InterfaceAddress, NetworkInterface } from '../model.ts';
import { SPACE4 } from '../sets/space.ts';
import type { Rows } from './rows.ts';

interface Claim {
  readonly interface: string;
  readonly private: string;
  readonly public: string;
}

/** What the table of elastic addresses says, of interfaces that are there. */
function claimed(regions: readonly Rows[], interfaces: ReadonlyMap<string, NetworkInterface>): Claim[] {
  return regions.flatMap((rows) =>
    rows.of('ec2.DescribeAddresses').flatMap((row): Claim[] => {
      const [id, inside, outside] = [text(row.NetworkInterfaceId), text(row.PrivateIpAddress), text(row.PublicIp)];
      if (id === undefined || inside === undefined || outside === undefined) return [];
      const isThere = interfaces.get(id)?.addresses.some((one) => one.private === inside) === true;
      if (!isThere || SPACE4.address(outside) === undefined) return [];
      return [{ interface: id, private: inside, public: outside }];
    }),
  );
}

/** The interfaces with what is contested marked, and what to tell of it. */
export function withContested(
  interfaces: ReadonlyMap<string, NetworkInterface>,
  regions: readonly Rows[],
): { readonly interfaces: ReadonlyMap<string, NetworkInterface>; readonly problems: readonly Problem[] } {
  const elastic = claimed(regions, interfaces);
  const owners = new Map<string, Set<string>>();
  const own = (address: string, place: string) => {
    const places = owners.get(address);
    if (places === undefined) owners.set(address, new Set([place]));
    else places.add(place);
  };
  for (const { id, addresses } of interfaces.values())
    for (const one of addresses) if (one.public !== undefined) own(one.public, `${id} ${one.private}`);
  for (const claim of elastic) own(claim.public, `${claim.interface} ${claim.private}`);
  const twice = new Set([...owners].filter(([, places]) => places.size > 1).map(([address]) => address));
  const elsewhere = new Map<string, string>();
  for (const claim of elastic) {
    const known = interfaces.get(claim.interface)?.addresses.find((one) => one.private === claim.private);
    if (known?.public !== claim.public) elsewhere.set(`${claim.interface} ${claim.private}`, claim.public);
  }
  if (twice.size === 0 && elsewhere.size === 0) return { interfaces, problems: [] };
  const disputed = new Set([...twice, ...elsewhere.values()]);
  const marked = (eni: NetworkInterface, one: InterfaceAddress): InterfaceAddress => {
    const other = elsewhere.get(`${eni.id} ${one.private}`);
    if (other === undefined && !twice.has(one.public ?? '')) return one;
    return { ...one, ...(one.public === undefined && other !== undefined ? { public: other } : {}), contested: true };
  };
  const all = [...disputed].sort();
  const shown = `${all.slice(0, 5).join(', ')}${all.length > 5 ? ` and ${all.length - 5} more` : ''}`;
  const message = `Rows contradict one another on who has the public addresses ${shown}: whether the Internet reaches these interfaces by them is unknown. Collect ec2.DescribeAddresses and ec2.DescribeNetworkInterfaces again, at one time.`;
  return {
    interfaces: new Map(
      [...interfaces].map(([id, eni]) => [id, { ...eni, addresses: eni.addresses.map((one) => marked(eni, one)) }]),
    ),
    problems: [incomplete('estate-rows-contradict', message)],
  };
}
