/** Reads an SBOM in JSON, without what the other formats take. */
import type { Inventory } from '../../model/package.ts';
import { fail, incomplete, messageOf, ok, type Result } from '../../model/problem.ts';
import { fields } from '../values.ts';
import { fromCycloneDx } from './cyclonedx-json.ts';
import type { SbomDocument } from './document.ts';
import { inventoryOf } from './inventory.ts';
import { fromSpdx } from './spdx-json.ts';

/** The document in a text of JSON: CycloneDX or SPDX. Problems: `sbom-…`. */
export function fromJson(source: string): Result<SbomDocument> {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    return fail(incomplete('sbom-unreadable', `Not valid JSON (${messageOf(error).slice(0, 200)}); nothing was assessed.`));
  }
  return fromValue(value);
}

function fromValue(value: unknown): Result<SbomDocument> {
  const outer = fields(value);
  // An in-toto statement carries the document as its predicate.
  const document = outer?.predicateType === undefined ? outer : fields(outer.predicate);
  if (document?.bomFormat !== undefined) return fromCycloneDx(document);
  if (document?.spdxVersion !== undefined) return fromSpdx(document);
  if (document?.['@context'] !== undefined && document['@graph'] !== undefined)
    return fail(
      incomplete('sbom-version-unknown', 'SPDX 3 documents are not supported; convert the document to SPDX 2.3 or CycloneDX.'),
    );
  return fail(incomplete('sbom-unknown-format', 'The JSON document is neither CycloneDX nor SPDX.'));
}

/** The inventory of a document that was parsed as JSON already: `readSbom` tells the rest. */
export function readSbomJson(value: unknown, name: string): Result<Inventory> {
  const document = fromValue(value);
  return document.ok ? ok(inventoryOf(document.value, name)) : fail({ ...document.problem, path: name });
}
