/** VEX documents: what whoever makes the product says of its vulnerabilities. OpenVEX, CycloneDX and CSAF. */

import { entries, fields, items, text, texts } from '../inventory/values.ts';
import { fail, incomplete, messageOf, ok, type Result } from '../model/problem.ts';
import { type ProductTest, productPurl, type SuppressionRule } from './rule.ts';

const MAX_BYTES = 256 * 1024 * 1024;

/** Statements that say that nothing is to be done. Every other one keeps the finding. */
const SETTLED: ReadonlySet<string> = new Set(['not_affected', 'fixed', 'resolved', 'resolved_with_pedigree', 'false_positive']);

interface Statement {
  readonly ids: readonly string[];
  readonly status: string;
  /** Products about which it is settled, or which it keeps; those that are no package URLs are not in this inventory. */
  readonly products: readonly ProductTest[];
  /** ISO 8601, the most particular first. */
  readonly times: readonly (string | undefined)[];
  readonly details?: readonly (string | undefined)[];
  /** Place in the document, for the reader. */
  readonly rule: string;
}

/** Milliseconds since 1970; a time without zone is UTC, so that the answer is the same everywhere. */
function timeOf(time: string): number | undefined {
  const found = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|z|[+-]\d\d:?\d\d)?)?$/.exec(time.trim());
  if (found === null) return undefined;
  const [, date, clock = '00:00', zone = 'Z'] = found;
  const value = Date.parse(`${date}T${clock}${zone.toUpperCase()}`);
  return Number.isNaN(value) ? undefined : value;
}

function rulesFor({ ids, status, products, times, details = [], rule }: Statement): SuppressionRule[] {
  if (products.length === 0) return [];
  const stated = times.find((time) => time !== undefined);
  const time = stated === undefined ? undefined : timeOf(stated);
  const word = status.slice(0, 100).replaceAll('_', ' ');
  const said = details.filter((detail) => detail !== undefined).join(': ');
  const common = {
    by: 'vex' as const,
    products,
    reason: said === '' ? word : `${word}: ${said.slice(0, 500)}`,
    rule,
    ...(SETTLED.has(status) ? {} : { keeps: true as const }),
    ...(time === undefined ? {} : { time }),
  };
  return [...new Set(ids)].map((id) => ({ ...common, id }));
}

function productOf(id: string | undefined): ProductTest | undefined {
  const purl = id === undefined ? undefined : productPurl(id);
  return purl === undefined ? undefined : { purl };
}

/** A product or subcomponent of OpenVEX: an id, or an object with one and with other identifiers. */
function openVexProduct(value: unknown): ProductTest | undefined {
  const product = fields(value);
  return productOf(text(fields(product?.identifiers)?.purl) ?? text(value) ?? text(product?.['@id']));
}

/** https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md : the document's time is that of statements without one. */
function openVex(document: unknown, name: string): SuppressionRule[] {
  const issued = text(fields(document)?.timestamp);
  return items(fields(document)?.statements).flatMap((item, index) => {
    const statement = fields(item) ?? {};
    const status = text(statement.status);
    const named = fields(statement.vulnerability);
    const id = text(statement.vulnerability) ?? text(named?.name) ?? text(named?.['@id']);
    if (status === undefined || id === undefined) return [];
    // With subcomponents the statement is about those, inside the product.
    const products = items(statement.products).flatMap((product) => {
      const inner = items(fields(product)?.subcomponents);
      return (inner.length > 0 ? inner : [product]).flatMap((part) => openVexProduct(part) ?? []);
    });
    return rulesFor({
      ids: [id, ...texts(named?.aliases)],
      status,
      products,
      times: [text(statement.last_updated), text(statement.timestamp), issued],
      details: [text(statement.justification), text(statement.impact_statement)],
      rule: `${name}: statement ${index + 1}`,
    });
  });
}

/** Versions that CycloneDX narrows a component to: what is settled is so only for versions that are named one by one. */
function narrowed(test: ProductTest, versions: readonly unknown[], settled: boolean): readonly ProductTest[] {
  if (versions.length === 0 || !settled) return [test];
  return versions.flatMap((item) => {
    const { version, status } = fields(item) ?? {};
    const exact = text(version);
    return exact === undefined || (status !== undefined && status !== 'unaffected') ? [] : [{ ...test, version: exact }];
  });
}

/** https://cyclonedx.org/capabilities/vex/ : `affects` names components by bom-ref or purl. */
function cycloneDx(document: unknown, name: string): SuppressionRule[] {
  const components = new Map<string, string>();
  const collect = (list: unknown, depth: number): void => {
    for (const item of items(list)) {
      const component = fields(item);
      const purl = text(component?.purl);
      const reference = text(component?.['bom-ref']);
      if (purl !== undefined && reference !== undefined) components.set(reference, purl);
      if (depth < 20) collect(component?.components, depth + 1);
    }
  };
  const metadata = fields(fields(document)?.metadata);
  collect([metadata?.component], 0);
  collect(fields(document)?.components, 0);
  return items(fields(document)?.vulnerabilities).flatMap((item, index) => {
    const found = fields(item);
    const analysis = fields(found?.analysis);
    const status = text(analysis?.state);
    const id = text(found?.id);
    if (status === undefined || id === undefined) return [];
    const products = items(found?.affects).flatMap((affected) => {
      const reference = text(fields(affected)?.ref);
      const test = productOf(components.get(reference ?? '') ?? reference?.replace(/^urn:cdx:[^#]*#/, ''));
      return test === undefined ? [] : narrowed(test, items(fields(affected)?.versions), SETTLED.has(status));
    });
    return rulesFor({
      ids: [id, ...items(found?.references).flatMap((reference) => text(fields(reference)?.id) ?? [])],
      status,
      products,
      times: [text(analysis?.lastUpdated), text(analysis?.firstIssued), text(metadata?.timestamp)],
      details: [text(analysis?.justification), text(analysis?.detail)],
      rule: `${name}: vulnerability ${index + 1}`,
    });
  });
}

interface CsafProduct {
  readonly test: ProductTest;
  /** The versions are a range, which is not read: nothing is settled for one of them. */
  readonly vague: boolean;
}

/** Products of a CSAF product tree by their ids, relationships included. */
function csafProducts(tree: unknown): ReadonlyMap<string, CsafProduct> {
  const products = new Map<string, CsafProduct>();
  const add = (product: unknown, version: string | undefined, vague: boolean): void => {
    const known = fields(product);
    const id = text(known?.product_id);
    const test = productOf(text(fields(known?.product_identification_helper)?.purl));
    if (id === undefined || test === undefined) return;
    const exact = test.purl?.version !== undefined;
    // The branch of a version may be called by the package's name where no version is known.
    const named = !exact && version !== undefined && /\d/.test(version) && version !== test.purl?.name;
    products.set(id, { test: named ? { ...test, version } : test, vague: vague && !exact });
  };
  const walk = (branches: unknown, depth: number): void => {
    for (const item of items(branches)) {
      const branch = fields(item);
      const version = branch?.category === 'product_version' ? text(branch.name) : undefined;
      add(branch?.product, version, branch?.category === 'product_version_range');
      if (depth < 50) walk(branch?.branches, depth + 1);
    }
  };
  walk(fields(tree)?.branches, 0);
  for (const product of items(fields(tree)?.full_product_names)) add(product, undefined, false);
  for (const relationship of items(fields(tree)?.relationships)) {
    const whole = fields(relationship)?.full_product_name;
    add(whole, undefined, false);
    const id = text(fields(whole)?.product_id);
    const part = products.get(text(fields(relationship)?.product_reference) ?? '');
    if (id !== undefined && part !== undefined && !products.has(id)) products.set(id, part);
  }
  return products;
}

/** Product lists of a vulnerability and what they say. */
const CSAF_LISTS: readonly (readonly [status: string, lists: readonly string[]])[] = [
  ['not_affected', ['known_not_affected']],
  ['fixed', ['fixed', 'first_fixed']],
  ['affected', ['known_affected', 'first_affected', 'last_affected']],
  ['under_investigation', ['under_investigation']],
];

/** https://docs.oasis-open.org/csaf/csaf/v2.0/ profile 5 (VEX): statements are as old as the document. */
function csaf(document: unknown, name: string): SuppressionRule[] {
  const products = csafProducts(fields(document)?.product_tree);
  const tracking = fields(fields(fields(document)?.document)?.tracking);
  return items(fields(document)?.vulnerabilities).flatMap((item, index) => {
    const found = fields(item);
    const stated = fields(found?.product_status);
    return CSAF_LISTS.flatMap(([status, lists]) => {
      const ids = lists.flatMap((list) => texts(stated?.[list]));
      const listed = new Set(ids);
      const flag = items(found?.flags).find((one) => texts(fields(one)?.product_ids).some((id) => listed.has(id)));
      return rulesFor({
        ids: [text(found?.cve), ...items(found?.ids).map((id) => text(fields(id)?.text))].flatMap((id) => id ?? []),
        status,
        products: ids.flatMap((id) => {
          const product = products.get(id);
          return product === undefined || (product.vague && SETTLED.has(status)) ? [] : [product.test];
        }),
        times: [text(tracking?.current_release_date)],
        details: SETTLED.has(status) ? [text(fields(flag)?.label)] : [],
        rule: `${name}: vulnerability ${index + 1}`,
      });
    });
  });
}

/** Reads a VEX document of any of the three kinds, by its contents. The problem is `vex-unreadable`. */
export function readVex(bytes: Uint8Array, name: string): Result<SuppressionRule[]> {
  const unreadable = (message: string) => fail(incomplete('vex-unreadable', `${name} ${message}.`, name));
  if (bytes.length > MAX_BYTES) return unreadable(`has more than ${MAX_BYTES / 1024 / 1024} MiB`);
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return unreadable(`is not JSON in UTF-8 (${messageOf(error).slice(0, 200)})`);
  }
  const top = fields(document);
  const context = text(top?.['@context']);
  if (context?.includes('openvex') === true) return ok(openVex(document, name));
  if (text(top?.bomFormat) === 'CycloneDX') return ok(cycloneDx(document, name));
  if (entries(top?.document).some(([key]) => key === 'csaf_version')) return ok(csaf(document, name));
  return unreadable(
    'is neither OpenVEX (an "@context" of openvex.dev), nor CycloneDX ("bomFormat"), nor CSAF 2 ("csaf_version")',
  );
}
