/** VEX documents: statements of "not affected" and "fixed" by whoever makes the product. OpenVEX, CycloneDX and CSAF. */

import { parsePurl } from '../inventory/purl.ts';
import { entries, fields, items, text, texts } from '../inventory/values.ts';
import { fail, incomplete, messageOf, ok, type Result } from '../model/problem.ts';
import type { ProductTest, SuppressionRule } from './rule.ts';

const MAX_BYTES = 256 * 1024 * 1024;

/** Statements that say that nothing is to be done. Everything else leaves the finding as it is. */
const SETTLED: ReadonlySet<string> = new Set(['not_affected', 'fixed', 'resolved', 'resolved_with_pedigree', 'false_positive']);

function productOf(id: string | undefined): ProductTest | undefined {
  const purl = id === undefined ? undefined : parsePurl(id);
  return purl === undefined ? undefined : { purl };
}

function rulesFor(ids: readonly string[], products: readonly ProductTest[], reason: string, rule: string): SuppressionRule[] {
  // A statement about products that are no package URLs is about something this inventory cannot name.
  return products.length === 0 ? [] : ids.map((id) => ({ by: 'vex', id, products, reason, rule }));
}

function reasonOf(status: string, ...details: readonly (string | undefined)[]): string {
  const said = details.filter((detail) => detail !== undefined).join(': ');
  return said === '' ? status.replaceAll('_', ' ') : `${status.replaceAll('_', ' ')}: ${said.slice(0, 500)}`;
}

/** https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md */
function openVex(document: unknown, name: string): SuppressionRule[] {
  return items(fields(document)?.statements).flatMap((statement, index) => {
    const { vulnerability, products, status: stated, justification, impact_statement: impact } = fields(statement) ?? {};
    const status = text(stated);
    if (status === undefined || !SETTLED.has(status)) return [];
    const named = fields(vulnerability);
    const id = text(vulnerability) ?? text(named?.name) ?? text(named?.['@id']);
    if (id === undefined) return [];
    const tests = items(products).flatMap((product) => {
      const inner = items(fields(product)?.subcomponents).flatMap(
        (part) => productOf(text(part) ?? text(fields(part)?.['@id'])) ?? [],
      );
      const purl = text(fields(fields(product)?.identifiers)?.purl);
      // With subcomponents the statement is about those, inside the product.
      return inner.length > 0 ? inner : (productOf(purl ?? text(product) ?? text(fields(product)?.['@id'])) ?? []);
    });
    const ids = [id, ...texts(named?.aliases)];
    return rulesFor(ids, tests, reasonOf(status, text(justification), text(impact)), `${name}: statement ${index + 1}`);
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
  collect(fields(document)?.components, 0);
  return items(fields(document)?.vulnerabilities).flatMap((item, index) => {
    const found = fields(item);
    const analysis = fields(found?.analysis);
    const state = text(analysis?.state);
    const id = text(found?.id);
    if (state === undefined || id === undefined || !SETTLED.has(state)) return [];
    const tests = items(found?.affects).flatMap((affected) => {
      const reference = text(fields(affected)?.ref);
      return productOf(components.get(reference ?? '') ?? reference?.replace(/^urn:cdx:[^#]*#/, '')) ?? [];
    });
    const ids = [id, ...items(found?.references).flatMap((reference) => text(fields(reference)?.id) ?? [])];
    const reason = reasonOf(state, text(analysis?.justification), text(analysis?.detail));
    return rulesFor(ids, tests, reason, `${name}: vulnerability ${index + 1}`);
  });
}

/** Purls of the product ids of a CSAF product tree, relationships included. */
function csafProducts(tree: unknown): Map<string, string> {
  const purls = new Map<string, string>();
  const add = (product: unknown): void => {
    const known = fields(product);
    const id = text(known?.product_id);
    const purl = text(fields(known?.product_identification_helper)?.purl);
    if (id !== undefined && purl !== undefined) purls.set(id, purl);
  };
  const walk = (branches: unknown, depth: number): void => {
    for (const branch of items(branches)) {
      add(fields(branch)?.product);
      if (depth < 50) walk(fields(branch)?.branches, depth + 1);
    }
  };
  walk(fields(tree)?.branches, 0);
  for (const product of items(fields(tree)?.full_product_names)) add(product);
  for (const relationship of items(fields(tree)?.relationships)) {
    const id = text(fields(fields(relationship)?.full_product_name)?.product_id);
    const purl = purls.get(text(fields(relationship)?.product_reference) ?? '');
    if (id !== undefined && purl !== undefined && !purls.has(id)) purls.set(id, purl);
  }
  return purls;
}

/** https://docs.oasis-open.org/csaf/csaf/v2.0/ profile 5 (VEX) */
function csaf(document: unknown, name: string): SuppressionRule[] {
  const purls = csafProducts(fields(document)?.product_tree);
  return items(fields(document)?.vulnerabilities).flatMap((item, index) => {
    const found = fields(item);
    const ids = [text(found?.cve), ...items(found?.ids).map((id) => text(fields(id)?.text))].flatMap((id) => id ?? []);
    const status = fields(found?.product_status);
    return (
      [
        ['not_affected', ['known_not_affected']],
        ['fixed', ['fixed', 'first_fixed']],
      ] as const
    ).flatMap(([word, lists]) => {
      const products = lists.flatMap((list) => texts(status?.[list]));
      const tests = products.flatMap((id) => productOf(purls.get(id)) ?? []);
      const flags = items(found?.flags).flatMap((flag) =>
        texts(fields(flag)?.product_ids).some((id) => products.includes(id)) ? (text(fields(flag)?.label) ?? []) : [],
      );
      return rulesFor(ids, tests, reasonOf(word, flags[0]), `${name}: vulnerability ${index + 1}`);
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
