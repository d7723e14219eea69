/** What is scanned. Everything is made on the spot from package registries and kept; see docs/benchmarks.md. */
import type { Input } from './input.ts';
import { monorepo } from './inputs/monorepo.ts';
import { type LayerSource, writeDockerArchive, writeOciLayout } from './inputs/oci.ts';
import {
  bootJarTree,
  cleanupTree,
  debianTree,
  goTree,
  javaTree,
  NODE_APPS,
  nodeTree,
  PYTHON_APPS,
  pythonTree,
} from './inputs/trees.ts';
import { findPeers } from './peers.ts';
import { needCommand, once } from './workspace.ts';

function slimLayers(): LayerSource[] {
  return [{ directory: debianTree('slim'), createdBy: 'debian 12, minimal' }];
}

function fatLayers(): LayerSource[] {
  const programs = findPeers().flatMap(({ program }) => program ?? []);
  return [
    ...slimLayers(),
    { directory: debianTree('more'), without: debianTree('slim'), createdBy: 'apt-get install' },
    ...Object.keys(NODE_APPS).map((name) => ({ directory: nodeTree(name), createdBy: `npm install (${name})` })),
    ...Object.keys(PYTHON_APPS).map((name) => ({ directory: pythonTree(name), createdBy: `pip install (${name})` })),
    { directory: javaTree(), createdBy: 'mvn dependency:copy-dependencies' },
    { directory: bootJarTree(), createdBy: 'mvn package' },
    { directory: goTree(programs), createdBy: 'go install' },
    { directory: cleanupTree(), createdBy: 'rm -rf …' },
  ];
}

function layout(id: string, layers: () => LayerSource[]): string {
  return once(`inputs/${id}-oci`, (path) => writeOciLayout(layers(), path));
}

function archive(id: string, layers: () => LayerSource[]): string {
  needCommand('skopeo', 'apt-get install skopeo');
  return once(`inputs/${id}.tar`, (path) => writeDockerArchive(layout(id, layers), path));
}

export const INPUTS: readonly Input[] = [
  { id: 'slim', title: 'Slim Debian image', kind: 'docker-archive', path: () => archive('slim', slimLayers) },
  { id: 'slim-oci', title: 'Slim Debian image, OCI, gzip', kind: 'oci', path: () => layout('slim', slimLayers) },
  { id: 'fat', title: 'Fat image', kind: 'docker-archive', path: () => archive('fat', fatLayers) },
  { id: 'fat-oci', title: 'Fat image, OCI, gzip', kind: 'oci', path: () => layout('fat', fatLayers) },
  { id: 'monorepo', title: 'Monorepo, 20 lock files', kind: 'project', path: monorepo },
  { id: 'host', title: 'This host', kind: 'host', path: () => '/' },
];
