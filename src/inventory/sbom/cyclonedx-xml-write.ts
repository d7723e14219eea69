/** CycloneDX objects as XML, elements in the order of the schema's sequences. https://cyclonedx.org/docs/1.7/xml/ */
import type {
  CycloneDxComponent,
  CycloneDxDependency,
  CycloneDxLicense,
  CycloneDxMetadata,
  CycloneDxProperty,
} from './cyclonedx-document.ts';
import type { CycloneDxRating, CycloneDxSource, CycloneDxVulnerability } from './cyclonedx-vulnerabilities.ts';
import { element, escapeXml, listElement, textElement } from './xml.ts';

function propertiesXml(properties: readonly CycloneDxProperty[] | undefined): string {
  return listElement('properties', properties, ({ name, value }) => element('property', escapeXml(value), { name }));
}

function licenseXml(choice: CycloneDxLicense): string {
  if ('expression' in choice) return textElement('expression', choice.expression);
  return element('license', textElement('id', choice.license.id) + textElement('name', choice.license.name));
}

export function componentXml(component: CycloneDxComponent): string {
  const content = [
    textElement('group', component.group),
    textElement('name', component.name),
    textElement('version', component.version),
    listElement('licenses', component.licenses, licenseXml),
    textElement('purl', component.purl),
    propertiesXml(component.properties),
  ];
  return element('component', content.join(''), { type: component.type, 'bom-ref': component['bom-ref'] });
}

export function metadataXml(metadata: CycloneDxMetadata): string {
  const { tools } = metadata;
  const toolsXml =
    'components' in tools
      ? element('tools', listElement('components', tools.components, componentXml))
      : listElement('tools', tools, (tool) =>
          element(
            'tool',
            textElement('vendor', tool.vendor) + textElement('name', tool.name) + textElement('version', tool.version),
          ),
        );
  return element(
    'metadata',
    textElement('timestamp', metadata.timestamp) +
      toolsXml +
      componentXml(metadata.component) +
      propertiesXml(metadata.properties),
  );
}

export function dependencyXml(dependency: CycloneDxDependency): string {
  const content = (dependency.dependsOn ?? []).map((ref) => element('dependency', '', { ref })).join('');
  return element('dependency', content, { ref: dependency.ref });
}

function sourceXml(source: CycloneDxSource | undefined): string {
  return source === undefined ? '' : element('source', textElement('name', source.name) + textElement('url', source.url));
}

function ratingXml(rating: CycloneDxRating): string {
  const { score, severity, method, vector } = rating;
  const content = [
    sourceXml(rating.source),
    textElement('score', score),
    textElement('severity', severity),
    textElement('method', method),
    textElement('vector', vector),
  ];
  return element('rating', content.join(''));
}

export function vulnerabilityXml(found: CycloneDxVulnerability): string {
  const { analysis } = found;
  const content = [
    textElement('id', found.id),
    sourceXml(found.source),
    listElement('references', found.references, ({ id, source }) =>
      element('reference', textElement('id', id) + sourceXml(source)),
    ),
    listElement('ratings', found.ratings, ratingXml),
    listElement('cwes', found.cwes, (cwe) => textElement('cwe', cwe)),
    textElement('description', found.description),
    textElement('recommendation', found.recommendation),
    listElement('advisories', found.advisories, ({ url }) => element('advisory', textElement('url', url))),
    textElement('published', found.published),
    analysis === undefined
      ? ''
      : element(
          'analysis',
          textElement('state', analysis.state) +
            textElement('justification', analysis.justification) +
            textElement('detail', analysis.detail),
        ),
    listElement('affects', found.affects, ({ ref, versions }) =>
      element(
        'target',
        textElement('ref', ref) +
          listElement('versions', versions, ({ version, status }) =>
            element('version', textElement('version', version) + textElement('status', status)),
          ),
      ),
    ),
    propertiesXml(found.properties),
  ];
  return element('vulnerability', content.join(''), { 'bom-ref': found['bom-ref'] });
}
