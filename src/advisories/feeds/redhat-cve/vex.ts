/**
 * CSAF VEX documents of Red Hat's. https://redhatproductsecurity.github.io/security-data-guidelines/csaf-vex/
 * Only what no erratum mends is taken from them; fixed builds come with the errata.
 */
import type { Affected } from '../../../model/advisory.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt, textsAt } from '../json.ts';
import { affectedOf, type Component, sourceComponent } from './package.ts';

const MAX_DEPTH = 30;
/** A name with epoch, version, release and architecture (`openssl-1:1.1.1k-6.el8.x86_64`): a build that an erratum brought. */
const BUILD = /-\d+:[^-]*-[^-]*\.(?:src|noarch|x86_64|aarch64|ppc64le|s390x|i686)$/;
const SOURCE = /\.src$/;

/** CPE or purl by product id, from the branches of the product tree. */
function identifiers(tree: JsonObject): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (branch: unknown, depth: number) => {
    const product = objectAt(branch, 'product');
    const id = textAt(product, 'product_id');
    const helper = objectAt(product, 'product_identification_helper');
    const identifier = textAt(helper, 'cpe') ?? textAt(helper, 'purl');
    if (id !== undefined && identifier !== undefined) found.set(id, identifier);
    if (depth < MAX_DEPTH) for (const child of listAt(branch, 'branches')) visit(child, depth + 1);
  };
  visit(tree, 0);
  return found;
}

/**
 * What a component is. Its purl says whether it is a source package (`?arch=src`) or a binary one; documents without purls name
 * source packages. Undefined for builds, container images and everything else.
 */
function componentOf(reference: string, purl: string | undefined): Component | undefined {
  if (BUILD.test(reference)) return undefined;
  const component = sourceComponent(reference.replace(SOURCE, ''));
  if (purl === undefined) return component;
  const [, version, qualifiers = ''] = /^pkg:rpm\/redhat\/[^@?#]+(@[^?#]*)?(?:\?([^#]*))?/.exec(purl) ?? [];
  if (!purl.startsWith('pkg:rpm/') || version !== undefined) return undefined;
  const module = /(?:^|&)rpmmod=([^&]+)/.exec(qualifiers)?.[1]?.replace(/%3A/gi, ':');
  return {
    ...component,
    ...(module === undefined ? {} : { module: module.split(':', 2).join(':') }),
    names:
      /(?:^|&)arch=src(?:&|$)/.test(qualifiers) || SOURCE.test(reference) || component.module !== undefined ? 'source' : 'binary',
  };
}

interface Placed {
  readonly cpe: string;
  readonly component: Component;
}

/** Which component of which product a composed product id is. */
function components(tree: JsonObject): Map<string, Placed> {
  const known = identifiers(tree);
  const found = new Map<string, Placed>();
  for (const relationship of listAt(tree, 'relationships')) {
    const id = textAt(objectAt(relationship, 'full_product_name'), 'product_id');
    const cpe = known.get(textAt(relationship, 'relates_to_product_reference') ?? '');
    const reference = textAt(relationship, 'product_reference');
    const component = reference === undefined ? undefined : componentOf(reference, known.get(reference));
    if (id !== undefined && cpe !== undefined && component !== undefined) found.set(id, { cpe, component });
  }
  return found;
}

/** The fix state of each affected product id, from its remediation. */
function remediations(vulnerability: unknown): Map<string, string> {
  const states = new Map<string, string>();
  for (const remediation of listAt(vulnerability, 'remediations')) {
    const category = textAt(remediation, 'category');
    const details = textAt(remediation, 'details') ?? '';
    const state =
      category === 'no_fix_planned'
        ? /out of support/i.test(details)
          ? 'Out of support scope'
          : 'Will not fix'
        : category === 'none_available'
          ? /deferred/i.test(details)
            ? 'Fix deferred'
            : 'Affected'
          : undefined;
    if (state !== undefined) for (const id of textsAt(remediation, 'product_ids')) states.set(id, state);
  }
  return states;
}

export function isVex(document: unknown): document is JsonObject {
  return isObject(document) && isObject(document.document) && Array.isArray(document.vulnerabilities);
}

/**
 * The verdicts on components of Red Hat Enterprise Linux. Newer documents name every binary beside its source; where a product's
 * sources are named they stand for their binaries.
 */
export function vexAffected(document: JsonObject, vulnerability: unknown): readonly Affected[] {
  const known = components(objectAt(document, 'product_tree'));
  const fixes = remediations(vulnerability);
  const status = objectAt(vulnerability, 'product_status');
  const stated = (key: string, stateOf: (id: string) => string) => {
    const placed = textsAt(status, key).flatMap((id) => {
      const found = known.get(id);
      return found === undefined ? [] : [{ ...found, state: stateOf(id) }];
    });
    const withSources = new Set(placed.flatMap(({ cpe, component }) => (component.names === 'source' ? [cpe] : [])));
    return placed.flatMap(({ cpe, component, state }) =>
      component.names === 'binary' && withSources.has(cpe) ? [] : (affectedOf(cpe, component, state) ?? []),
    );
  };
  return [
    ...stated('known_affected', (id) => fixes.get(id) ?? 'Affected'),
    ...stated('known_not_affected', () => 'Not affected'),
    ...stated('under_investigation', () => 'Under investigation'),
  ];
}
