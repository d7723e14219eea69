/** MSBuild files that name packages: project files, Directory.Packages.props, and the older packages.config. */
import { text, type XmlElement } from '../../document.ts';

export interface Reference {
  readonly name: string;
  /** As written, with properties filled in; undefined when central package management or nothing gives one. */
  readonly version?: string;
  readonly development: boolean;
}

export interface ProjectFacts {
  readonly kind: 'project';
  readonly references: readonly Reference[];
  /** Central versions by lower-case name: Directory.Packages.props. */
  readonly central: readonly (readonly [name: string, version: string])[];
}

/** An attribute, or the child element of that name; MSBuild takes both and ignores case. */
function metadata(element: XmlElement, name: string): string | undefined {
  for (const [key, value] of element.attributes) if (key.toLowerCase() === name) return text(value);
  return text(element.children.find((child) => child.name.toLowerCase() === name)?.text);
}

function* elements(root: XmlElement): Iterable<XmlElement> {
  yield root;
  for (const child of root.children) yield* elements(child);
}

const PROPERTY = /\$\((\w{1,100})\)/g;

/** Undefined when a property is not defined in this file. */
function filledIn(value: string | undefined, properties: ReadonlyMap<string, string>): string | undefined {
  const filled = value?.replace(PROPERTY, (whole, name: string) => properties.get(name.toLowerCase()) ?? whole);
  return filled === undefined || filled.includes('$(') ? undefined : filled;
}

export function projectFacts(root: XmlElement): ProjectFacts {
  const properties = new Map<string, string>();
  const references: Reference[] = [];
  const central: [string, string][] = [];
  for (const element of elements(root)) {
    const kind = element.name.toLowerCase();
    if (kind === 'propertygroup')
      for (const child of element.children) properties.set(child.name.toLowerCase(), child.text.trim());
    const name = metadata(element, 'include') ?? metadata(element, 'update');
    if (name === undefined) continue;
    const version = filledIn(metadata(element, 'versionoverride') ?? metadata(element, 'version'), properties);
    if (kind === 'packageversion' && version !== undefined) central.push([name, version]);
    if (kind !== 'packagereference' && kind !== 'globalpackagereference') continue;
    const development = kind === 'globalpackagereference' || /^all$/i.test(metadata(element, 'privateassets') ?? '');
    // `;` lists several names in one item.
    for (const part of name.split(';')) {
      const each = part.trim();
      if (each !== '') references.push({ name: each, ...(version === undefined ? {} : { version }), development });
    }
  }
  return { kind: 'project', references, central };
}

export function packagesConfig(root: XmlElement): { readonly references: readonly Reference[]; readonly invalid: number } {
  const references: Reference[] = [];
  let invalid = 0;
  for (const child of root.children) {
    const name = metadata(child, 'id');
    const version = metadata(child, 'version');
    if (child.name !== 'package' || name === undefined || version === undefined) invalid++;
    else references.push({ name, version, development: /^true$/i.test(metadata(child, 'developmentdependency') ?? '') });
  }
  return { references, invalid };
}

/** NuGet takes the lowest version a range allows: `[1.2,2.0)` and `1.2` give 1.2. Floating and open ranges give nothing certain. */
export function lowestVersion(range: string): string {
  const inside = /^\[\s*([^,\s\])]+)\s*(?:,[^\])]*)?[\])]$/.exec(range)?.[1] ?? range;
  return /^[0-9][0-9A-Za-z.+-]*$/.test(inside) ? inside : '';
}
