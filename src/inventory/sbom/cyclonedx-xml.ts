/** Reads CycloneDX XML by giving it the shape of its JSON, so that both are interpreted by the same code. */
import { fail, incomplete, messageOf, ok, type Result } from '../../model/problem.ts';
import { parseXml, type XmlElement } from '../document.ts';
import type { Fields } from '../values.ts';

function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((each) => each.name === name);
}

function childText(element: XmlElement, name: string): string | undefined {
  return child(element, name)?.text;
}

function properties(element: XmlElement | undefined): Fields[] {
  const list = child(element, 'properties')?.children ?? [];
  return list.map((property) => ({ name: property.attributes.get('name'), value: property.text }));
}

function licenses(element: XmlElement): Fields[] {
  const list = child(element, 'licenses')?.children ?? [];
  return list.map((entry) =>
    entry.name === 'expression'
      ? { expression: entry.text }
      : { license: { id: childText(entry, 'id'), name: childText(entry, 'name') } },
  );
}

/** Recursion is bounded by the depth that `parseXml` accepts. */
function component(element: XmlElement): Fields {
  return {
    type: element.attributes.get('type'),
    'bom-ref': element.attributes.get('bom-ref'),
    group: childText(element, 'group'),
    name: childText(element, 'name'),
    version: childText(element, 'version'),
    purl: childText(element, 'purl'),
    licenses: licenses(element),
    properties: properties(element),
    components: child(element, 'components')?.children.map(component),
  };
}

function dependency(element: XmlElement): Fields {
  return { ref: element.attributes.get('ref'), dependsOn: element.children.map((each) => each.attributes.get('ref')) };
}

export function cycloneDxXml(source: string): Result<Fields> {
  try {
    const bom = parseXml(source);
    const namespaces = [...bom.attributes.values()].map(
      (value) => /^http:\/\/cyclonedx\.org\/schema\/bom\/(1\.\d)$/.exec(value)?.[1],
    );
    const version = namespaces.find((found) => found !== undefined);
    if (bom.name !== 'bom') return fail(incomplete('sbom-unknown-format', 'The XML document is not a CycloneDX bom.'));
    const metadata = child(bom, 'metadata');
    const subject = child(metadata, 'component');
    return ok({
      bomFormat: 'CycloneDX',
      specVersion: version,
      metadata: { component: subject === undefined ? undefined : component(subject), properties: properties(metadata) },
      components: child(bom, 'components')?.children.map(component),
      dependencies: child(bom, 'dependencies')?.children.map(dependency),
    });
  } catch (error) {
    return fail(incomplete('sbom-unreadable', `Not valid XML (${messageOf(error).slice(0, 200)}); nothing was assessed.`));
  }
}
