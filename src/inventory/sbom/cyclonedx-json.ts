/** Reads CycloneDX JSON 1.2–1.7. https://cyclonedx.org/docs/1.7/json/ */
import { fail, incomplete, ok, type Problem, type Result } from '../../model/problem.ts';
import { type Fields, fields, items, text } from '../values.ts';
import { MAX_DEPTH, MAX_ITEMS, type SbomDocument, type SbomItem } from './document.ts';

function licensesOf(value: unknown): string[] {
  const found: string[] = [];
  for (const choice of items(value)) {
    const license = fields(fields(choice)?.license);
    const name = text(fields(choice)?.expression) ?? text(license?.id) ?? text(license?.name);
    if (name !== undefined) found.push(name);
  }
  return found;
}

/** Values are taken as written: an empty one means something. */
function propertiesOf(value: unknown): [string, string][] {
  const found: [string, string][] = [];
  for (const item of items(value)) {
    const { name, value: content } = fields(item) ?? {};
    if (typeof name === 'string' && typeof content === 'string') found.push([name, content]);
  }
  return found;
}

/** A component as it is written, without those in it. */
export function itemOf(component: Fields): SbomItem {
  const group = text(component.group);
  const purl = text(component.purl);
  return {
    ref: text(component['bom-ref']) ?? '',
    kind: text(component.type) ?? 'library',
    ...(group === undefined ? {} : { group }),
    name: text(component.name) ?? '',
    version: text(component.version) ?? '',
    ...(purl === undefined ? {} : { purl }),
    licenses: licensesOf(component.licenses),
    properties: propertiesOf(component.properties),
  };
}

/** All components, nested ones too, without recursion. */
function collect(lists: readonly unknown[], problems: Problem[]): SbomItem[] {
  const found: SbomItem[] = [];
  let invalid = 0;
  let tooDeep = 0;
  const waiting: { readonly value: unknown; readonly depth: number }[] = lists.map((value) => ({ value, depth: 0 })).reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const value of items(next.value)) {
      const component = fields(value);
      if (component === undefined) {
        invalid++;
        continue;
      }
      if (found.length >= MAX_ITEMS) {
        problems.push(
          incomplete('sbom-too-many-components', `The SBOM has more than ${MAX_ITEMS} components; the rest was not assessed.`),
        );
        return found;
      }
      found.push(itemOf(component));
      if (component.components === undefined) continue;
      if (next.depth < MAX_DEPTH) waiting.push({ value: component.components, depth: next.depth + 1 });
      else tooDeep++;
    }
  }
  if (invalid > 0)
    problems.push(
      incomplete('sbom-components-invalid', `${invalid} components of this SBOM could not be understood and were not assessed.`),
    );
  if (tooDeep > 0)
    problems.push(incomplete('sbom-too-deep', `Components nested deeper than ${MAX_DEPTH} levels were not assessed.`));
  return found;
}

export function fromCycloneDx(document: Fields): Result<SbomDocument> {
  const version = text(document.specVersion) ?? '';
  if (document.bomFormat !== 'CycloneDX') return fail(incomplete('sbom-unknown-format', 'Not a CycloneDX document.'));
  const problems: Problem[] = [];
  if (!/^1\.[0-7]$/.test(version))
    problems.push(
      incomplete('sbom-version-unknown', `CycloneDX version ${version || 'missing'} is not one of 1.0–1.7; it was read as 1.7.`),
    );
  if (document.components !== undefined && !Array.isArray(document.components))
    problems.push(incomplete('sbom-components-invalid', 'The list of components is not a list; nothing in it was assessed.'));
  else if (document.components === undefined)
    problems.push(incomplete('sbom-components-missing', 'The SBOM has no list of components: nothing was assessed.'));
  const metadata = fields(document.metadata);
  const subject = fields(metadata?.component);
  const dependencies: [string, string][] = [];
  for (const entry of items(document.dependencies)) {
    const { ref, dependsOn } = fields(entry) ?? {};
    if (typeof ref === 'string')
      for (const target of items(dependsOn)) if (typeof target === 'string') dependencies.push([ref, target]);
  }
  const found = collect([subject?.components, document.components], problems);
  return ok({
    format: `CycloneDX ${version}`,
    ...(subject === undefined ? {} : { subject: itemOf(subject) }),
    items: found,
    dependencies,
    properties: propertiesOf(metadata?.properties),
    problems,
  });
}
