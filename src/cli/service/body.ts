/** An inventory on its way to a server: CycloneDX, which carries what could not be read too, and who it is of. */
import type { Description } from '../../engine/resource.ts';
import { writeCycloneDx } from '../../inventory/sbom/cyclonedx-write.ts';
import type { Inventory } from '../../model/package.ts';

/** The body of the request. */
export function bodyOf(description: Description, inventory: Inventory, origin: 'agent' | 'push'): string {
  const sbom = [...writeCycloneDx(inventory, { format: 'json' })].join('');
  return `{"origin":${JSON.stringify(origin)},"description":${JSON.stringify(description)},"sbom":${sbom}}`;
}
