/** Reads an SBOM of any supported format into an inventory. */
import { decodeText } from '../../artifacts/memory.ts';
import type { Inventory } from '../../model/package.ts';
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';
import { fromCycloneDx } from './cyclonedx-json.ts';
import { cycloneDxXml } from './cyclonedx-xml.ts';
import { MAX_BYTES, type SbomDocument } from './document.ts';
import { inventoryOf } from './inventory.ts';
import { fromJson } from './read-json.ts';
import { fromSpdx } from './spdx-json.ts';
import { spdxTagValue } from './spdx-tag-value.ts';

function documentOf(source: string): Result<SbomDocument> {
  const start = source.trimStart().slice(0, 1);
  if (start === '{' || start === '[') return fromJson(source);
  if (start === '<') {
    const xml = cycloneDxXml(source);
    return xml.ok ? fromCycloneDx(xml.value) : xml;
  }
  if (/^SPDXVersion:/m.test(source)) {
    const { document, cut, nameless } = spdxTagValue(source);
    const result = fromSpdx(document);
    if (!result.ok) return result;
    const problems = [...result.value.problems];
    if (cut)
      problems.push(incomplete('sbom-truncated', 'The SPDX document ends early: packages may be missing. Get or make it again.'));
    if (nameless > 0)
      problems.push(
        incomplete('sbom-components-invalid', `${nameless} packages of this SBOM have no name and were not assessed.`),
      );
    return ok({ ...result.value, problems });
  }
  return fail(incomplete('sbom-unknown-format', 'The file is neither CycloneDX (JSON, XML) nor SPDX 2 (JSON, tag-value).'));
}

/**
 * The inventory that an SBOM describes: CycloneDX JSON and XML, SPDX 2.2 and 2.3 JSON and tag-value. Components that cannot be
 * matched are counted in `problems`, never dropped in silence. Fails with a problem (`sbom-…`) when nothing can be read. `name` is
 * what the user calls the document.
 */
export function readSbom(bytes: Uint8Array, name: string): Result<Inventory> {
  if (bytes.length > MAX_BYTES)
    return fail(incomplete('sbom-too-large', `The SBOM has more than ${MAX_BYTES >> 20} MiB; nothing was assessed.`, name));
  const document = documentOf(decodeText(bytes));
  return document.ok ? ok(inventoryOf(document.value, name)) : fail({ ...document.problem, path: name });
}
