/** An inventory on its way to a server: CycloneDX, who it is of, and what could not be read. */
import type { Description } from '../../engine/resource.ts';
import { writeCycloneDx } from '../../inventory/sbom/cyclonedx-write.ts';
import type { Inventory } from '../../model/package.ts';
import type { Problem } from '../../model/problem.ts';

/** What the server takes of problems, and of their texts. */
const MOST_PROBLEMS = 1000;
const MOST_TEXT = 1024;

/** As much of a problem as the server takes. */
function clipped(problem: Problem): Problem {
  const { message, path, layer, ...rest } = problem;
  const clip = (text: string) => text.slice(0, MOST_TEXT);
  return {
    ...rest,
    message: clip(message) || rest.code,
    ...(path && { path: clip(path) }),
    ...(layer && { layer: clip(layer) }),
  };
}

/** The body of the request. */
export function bodyOf(description: Description, inventory: Inventory, origin: 'agent' | 'push'): string {
  const sbom = [...writeCycloneDx(inventory, { format: 'json' })].join('');
  return `{"origin":${JSON.stringify(origin)},"description":${JSON.stringify(description)},"problems":${JSON.stringify(inventory.problems.slice(0, MOST_PROBLEMS).map(clipped))},"sbom":${sbom}}`;
}
