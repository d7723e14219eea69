/** A source tree with 20 lock files of many ecosystems, each with up to some hundred packages. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { peerRecords } from '../peer-data.ts';
import { goModule, PEERS } from '../peers.ts';
import { command, needCommand, once } from '../workspace.ts';
import { AS_OF, nodeTree, npmInstall, PYTHON_APPS, uv } from './trees.ts';

interface Named {
  readonly name: string;
  readonly version: string;
}

const MOST = 400;
/** Of the packages in written lock files, one in this many has a version that an advisory calls affected. */
const AFFECTED_ONE_IN = 8;

const CRATES: Readonly<Record<string, readonly string[]>> = {
  edge: ['axum@0.6', 'tokio@1', 'reqwest@0.11', 'sqlx@0.6', 'tonic@0.9', 'rocket@0.5', 'diesel@2', 'openssl@0.10', 'actix-web@4'],
  desktop: ['tauri@1', 'wgpu@0.17', 'eframe@0.22', 'polars@0.35', 'git2@0.17', 'image@0.24', 'rusqlite@0.29', 'bevy@0.11'],
};

/** Packages of an ecosystem that cannot be resolved here: names and versions of the advisories themselves, mostly fixed ones. */
function advised(ecosystem: string): Named[] {
  const found = new Map<string, string>();
  for (const line of readFileSync(peerRecords(), 'utf8').split('\n')) {
    if (!line.includes(`"ecosystem":"${ecosystem}"`)) continue;
    const { name, ranges }: { name: string; ranges: { introduced: string; fixed: string }[] } = JSON.parse(line);
    const { introduced = '0', fixed = '' } = ranges.at(-1) ?? {};
    if (found.has(name) || !/^\d+\.\d+\.\d+$/.test(fixed)) continue;
    const affected = found.size % AFFECTED_ONE_IN === 0 && /^\d+\.\d+\.\d+$/.test(introduced);
    found.set(name, affected ? introduced : fixed);
    if (found.size === MOST) break;
  }
  return [...found].map(([name, version]) => ({ name, version })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function gemfileLock(gems: readonly Named[]): string {
  const specs = gems.map(({ name, version }) => `    ${name} (${version})\n`).join('');
  const direct = gems
    .slice(0, 60)
    .map(({ name }) => `  ${name}\n`)
    .join('');
  return `GEM\n  remote: https://rubygems.org/\n  specs:\n${specs}\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n${direct}\nBUNDLED WITH\n   2.4.10\n`;
}

function composerLock(packages: readonly Named[]): string {
  const rows = packages.map(({ name, version }) => ({ name, version, type: 'library' }));
  return JSON.stringify({ 'content-hash': '0', packages: rows, 'packages-dev': [] }, undefined, 4);
}

function nugetLock(packages: readonly Named[]): string {
  const rows = packages.map(({ name, version }) => [
    name,
    { type: 'Direct', requested: `[${version}, )`, resolved: version, contentHash: '' },
  ]);
  return JSON.stringify({ version: 1, dependencies: { 'net6.0': Object.fromEntries(rows) } }, undefined, 2);
}

function gradleLock(packages: readonly Named[]): string {
  return `${packages.map(({ name, version }) => `${name}:${version}=compileClasspath,runtimeClasspath`).join('\n')}\nempty=annotationProcessor\n`;
}

function poetryLock(packages: readonly Named[]): string {
  const rows = packages.map(
    ({ name, version }) =>
      `[[package]]\nname = "${name}"\nversion = "${version}"\ndescription = ""\noptional = false\npython-versions = ">=3.8"\nfiles = []\n`,
  );
  return `${rows.join('\n')}\n[metadata]\nlock-version = "2.0"\npython-versions = "^3.11"\ncontent-hash = "0"\n`;
}

function pipfileLock(packages: readonly Named[]): string {
  const rows = packages.map(({ name, version }) => [name, { hashes: [], index: 'pypi', version: `==${version}` }]);
  return JSON.stringify(
    { _meta: { 'pipfile-spec': 6, requires: {}, sources: [] }, default: Object.fromEntries(rows), develop: {} },
    undefined,
    4,
  );
}

/** What PyPI's resolver picks for an application, as `name==version` lines. */
function requirements(app: string): string {
  const file = once(`trees/requirements-${app}.txt`, (path) => {
    writeFileSync(`${path}.in`, (PYTHON_APPS[app] ?? []).join('\n'));
    command(uv(), [
      'pip',
      'compile',
      '--quiet',
      '--no-annotate',
      '--exclude-newer',
      AS_OF,
      '--python-version',
      '3.11',
      `${path}.in`,
      '-o',
      path,
    ]);
  });
  return readFileSync(file, 'utf8');
}

function pinned(text: string): Named[] {
  return [...text.matchAll(/^([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)/gm)].map(([, name = '', version = '']) => ({ name, version }));
}

function uvLock(app: string, directory: string): void {
  const dependencies = JSON.stringify(PYTHON_APPS[app] ?? []);
  writeFileSync(
    join(directory, 'pyproject.toml'),
    `[project]\nname = "bench-${app}"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ${dependencies}\n`,
  );
  command(uv(), ['lock', '--quiet', '--exclude-newer', AS_OF], { cwd: directory });
}

function cargoLock(app: string, directory: string): void {
  const dependencies = (CRATES[app] ?? []).map((crate) => crate.replace(/@(.*)/, ' = "$1"')).join('\n');
  mkdirSync(join(directory, 'src'));
  writeFileSync(join(directory, 'src/main.rs'), 'fn main() {}\n');
  writeFileSync(
    join(directory, 'Cargo.toml'),
    `[package]\nname = "bench-${app}"\nversion = "1.0.0"\n\n[dependencies]\n${dependencies}\n`,
  );
  command('cargo', ['generate-lockfile', '--quiet'], { cwd: directory });
}

/** Another package manager's lock file for what npm resolved in `from`. */
function imported(from: string, directory: string, manager: readonly string[]): void {
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(from, file), join(directory, file));
  const env = { YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', YARN_ENABLE_TELEMETRY: '0' };
  command('npx', ['--yes', ...manager], { cwd: directory, env });
  command('rm', ['-rf', 'package-lock.json', 'node_modules', '.yarn'], { cwd: directory });
}

/** The tree; made once. */
export function monorepo(): string {
  needCommand('cargo', 'install Rust');
  return once('inputs/monorepo', (path) => {
    const place = (name: string): string => {
      mkdirSync(join(path, name), { recursive: true });
      return join(path, name);
    };
    const put = (name: string, text: string): void =>
      writeFileSync(join(place(name.split('/')[0] ?? ''), name.split('/')[1] ?? ''), text);
    for (const app of ['web', 'api', 'tools']) {
      for (const file of ['package.json', 'package-lock.json'])
        cpSync(join(nodeTree(app), 'srv', app, file), join(place(app), file));
    }
    npmInstall('site', place('site'), ['--package-lock-only', '--lockfile-version=1']);
    imported(place('tools'), place('portal'), ['pnpm@9', 'import']);
    imported(place('site'), place('admin'), ['yarn@1.22.22', 'import']);
    imported(place('api'), place('docs'), ['@yarnpkg/cli-dist@4.5.0', 'install', '--mode=update-lockfile']);
    put('etl/requirements.txt', requirements('operations'));
    put('ml/poetry.lock', poetryLock(pinned(requirements('airflow'))));
    put('jobs/Pipfile.lock', pipfileLock(pinned(requirements('site'))));
    uvLock('site', place('cms'));
    for (const peer of PEERS.slice(0, 3)) {
      for (const file of ['go.mod', 'go.sum']) cpSync(join(goModule(peer), file), join(place(`go-${peer.id}`), file));
    }
    for (const app of Object.keys(CRATES)) cargoLock(app, place(`rust-${app}`));
    put('shop/Gemfile.lock', gemfileLock(advised('RubyGems')));
    put('blog/composer.lock', composerLock(advised('Packagist')));
    put('billing/packages.lock.json', nugetLock(advised('NuGet')));
    put('mobile/gradle.lockfile', gradleLock(advised('Maven')));
    command('chmod', ['-R', 'u+w', path]);
  });
}
