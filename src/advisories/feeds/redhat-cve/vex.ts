/**
 * Red Hat's CSAF VEX documents: the bulk form of the same facts. Only what concerns a major release of Enterprise Linux as a whole
 * is read; fixes come from errata. https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html
 */
import type { Affected } from '../../../model/advisory.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt, textsAt } from '../json.ts';
import { affectedOf } from './package.ts';

const MAX_DEPTH = 30;

/** CPE by product id, from the branches of the product tree. */
function productCpes(tree: JsonObject): Map<string, string> {
  const cpes = new Map<string, string>();
  const visit = (branch: unknown, depth: number) => {
    const product = objectAt(branch, 'product');
    const id = textAt(product, 'product_id');
    const cpe = textAt(objectAt(product, 'product_identification_helper'), 'cpe');
    if (id !== undefined && cpe !== undefined) cpes.set(id, cpe);
    if (depth < MAX_DEPTH) for (const child of listAt(branch, 'branches')) visit(child, depth + 1);
  };
  visit(tree, 0);
  return cpes;
}

interface Component {
  readonly cpe: string;
  readonly name: string;
}

/** Which component of which product a composed product id is. */
function components(tree: JsonObject): Map<string, Component> {
  const cpes = productCpes(tree);
  const found = new Map<string, Component>();
  for (const relationship of listAt(tree, 'relationships')) {
    const id = textAt(objectAt(relationship, 'full_product_name'), 'product_id');
    const cpe = cpes.get(textAt(relationship, 'relates_to_product_reference') ?? '');
    const name = textAt(relationship, 'product_reference');
    if (id !== undefined && cpe !== undefined && name !== undefined) found.set(id, { cpe, name });
  }
  return found;
}

/** The fix state of each affected product id, from its remediation. */
function remediations(vulnerability: unknown): Map<string, string> {
  const states = new Map<string, string>();
  for (const remediation of listAt(vulnerability, 'remediations')) {
    const category = textAt(remediation, 'category');
    const details = textAt(remediation, 'details') ?? '';
    if (category !== 'no_fix_planned' && category !== 'none_available') continue;
    const state = category === 'none_available' && details !== 'Fix deferred' ? 'Affected' : details;
    for (const id of textsAt(remediation, 'product_ids')) states.set(id, state);
  }
  return states;
}

export function isVex(document: unknown): document is JsonObject {
  return isObject(document) && isObject(document.document) && Array.isArray(document.vulnerabilities);
}

export function vexAffected(document: JsonObject, vulnerability: unknown): readonly Affected[] {
  const known = components(objectAt(document, 'product_tree'));
  const fixes = remediations(vulnerability);
  const status = objectAt(vulnerability, 'product_status');
  const stated = (key: string, stateOf: (id: string) => string | undefined) =>
    textsAt(status, key).flatMap((id) => {
      const component = known.get(id);
      const state = stateOf(id);
      // A component with a version or an architecture (`openssl-1:1.1.1k-6.el8.x86_64`) is a build that an erratum fixed.
      if (
        component === undefined ||
        state === undefined ||
        /\.(?:src|noarch|x86_64|aarch64|ppc64le|s390x|i686)$/.test(component.name)
      )
        return [];
      return affectedOf(component.cpe, component.name, state) ?? [];
    });
  return [
    ...stated('known_affected', (id) => fixes.get(id)),
    ...stated('known_not_affected', () => 'Not affected'),
    ...stated('under_investigation', () => 'Under investigation'),
  ];
}
