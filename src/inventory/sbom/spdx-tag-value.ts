/** Reads SPDX tag-value by giving it the shape of its JSON. https://spdx.github.io/spdx-spec/v2.3/conformance/#44-standard-data-format-requirements */
import type { Fields } from '../values.ts';

interface Entry {
  readonly fields: { [key: string]: unknown };
  readonly lists: { readonly [key in 'externalRefs' | 'attributionTexts']: unknown[] };
}

const SINGLE: Readonly<Record<string, string>> = {
  PackageVersion: 'versionInfo',
  PackageSourceInfo: 'sourceInfo',
  PackageLicenseDeclared: 'licenseDeclared',
  PrimaryPackagePurpose: 'primaryPackagePurpose',
};

const UNCLOSED = '<unclosed>';

/** `Tag: value` pairs; a value in <text> may span lines. After a <text> that never closes comes a pair with the tag `<unclosed>`. */
function* pairs(source: string): Iterable<readonly [tag: string, value: string]> {
  let at = 0;
  while (at < source.length) {
    const newline = source.indexOf('\n', at);
    const end = newline < 0 ? source.length : newline;
    const line = source.slice(at, end).trim();
    const colon = line.indexOf(':');
    const tag = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    const open = colon < 1 || line.startsWith('#') || !value.startsWith('<text>') ? -1 : source.indexOf('<text>', at);
    if (open >= 0) {
      const close = source.indexOf('</text>', open);
      yield [tag, source.slice(open + 6, close < 0 ? undefined : close)];
      if (close < 0) yield [UNCLOSED, ''];
      const after = close < 0 ? -1 : source.indexOf('\n', close);
      at = after < 0 ? source.length : after + 1;
      continue;
    }
    if (colon >= 1 && !line.startsWith('#')) yield [tag, value];
    at = end + 1;
  }
}

export interface SpdxTagValue {
  readonly document: Fields;
  readonly cut: boolean;
  /** Ids of packages without the line with the name that begins a package. */
  readonly nameless: number;
}

/**
 * The document in the shape of its JSON. The format has no end mark, so `cut` tells when something that every complete document has is
 * missing: the end of a text, the relationship that says what is described, or the annotation that Vedette writes last.
 */
export function spdxTagValue(source: string): SpdxTagValue {
  const document: { [key: string]: unknown } = {};
  const packages: Entry[] = [];
  const relationships: Fields[] = [];
  const annotations = new Map<string, Fields[]>();
  let current: Entry | undefined;
  /** Files and snippets have ids of their own. */
  let elsewhere = false;
  let annotated: string | undefined;
  let unclosed = false;
  let ownWriter = false;
  let nameless = 0;
  /** The document, each package, file and snippet has one id. */
  let identified = false;
  for (const [tag, value] of pairs(source)) {
    if (tag === 'SPDXVersion') document.spdxVersion = value;
    else if (tag === UNCLOSED) unclosed = true;
    else if (tag === 'Creator') ownWriter ||= /^Tool: vedette(?:-|$)/.test(value);
    else if (tag === 'PackageName') {
      current = { fields: { name: value }, lists: { externalRefs: [], attributionTexts: [] } };
      packages.push(current);
      elsewhere = false;
      identified = false;
    } else if (tag === 'FileName' || tag === 'SnippetSPDXID' || tag === 'LicenseID') {
      elsewhere = true;
      identified = false;
    } else if (tag === 'SPDXID' && identified) nameless++;
    else if (tag === 'Relationship') {
      const [from, type, to] = value.split(/\s+/);
      relationships.push({ spdxElementId: from, relationshipType: type, relatedSpdxElement: to });
    } else if (tag === 'SPDXREF') annotated = value;
    else if (tag === 'AnnotationComment') {
      const list = annotations.get(annotated ?? '');
      if (list === undefined) annotations.set(annotated ?? '', [{ comment: value }]);
      else list.push({ comment: value });
    } else if (tag === 'SPDXID') {
      identified = true;
      if (current !== undefined && !elsewhere) current.fields.SPDXID = value;
    } else if (current === undefined || elsewhere) continue;
    else if (tag === 'ExternalRef') {
      const [category, type, locator] = value.split(/\s+/);
      current.lists.externalRefs.push({ referenceCategory: category, referenceType: type, referenceLocator: locator });
    } else if (tag === 'PackageAttributionText') current.lists.attributionTexts.push(value);
    else if (Object.hasOwn(SINGLE, tag)) current.fields[SINGLE[tag] ?? ''] = value;
  }
  if (packages.length > 0)
    document.packages = packages.map(({ fields, lists }) => ({
      ...fields,
      ...lists,
      annotations: annotations.get(String(fields.SPDXID)),
    }));
  document.relationships = relationships;
  document.annotations = annotations.get('SPDXRef-DOCUMENT');
  const described = relationships.some((each) => each.relationshipType === 'DESCRIBES');
  const cut = unclosed || !described || (ownWriter && document.annotations === undefined);
  return { document, cut, nameless };
}
