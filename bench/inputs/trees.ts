/** Directory trees that image layers are made of: Debian systems and installed packages of several languages. */
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, needCommand, once } from '../workspace.ts';

/** PyPI is asked for what existed on this day, so that inputs stay nearly the same and have known vulnerabilities. */
export const AS_OF = '2024-03-01';

const SLIM = ['ca-certificates', 'openssl', 'curl'];
const MORE = [
  'python3',
  'openjdk-17-jre-headless',
  'git',
  'perl',
  'nginx-light',
  'postgresql-client',
  'imagemagick',
  'nodejs',
  'vim',
];

/** npm applications; each is one layer. */
export const NODE_APPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  web: { 'react-scripts': '5', gatsby: '5', antd: '5', 'styled-components': '5', moment: '2.29.1' },
  api: {
    '@nestjs/cli': '9',
    '@nestjs/core': '9',
    express: '4.16',
    'aws-sdk': '2.1000',
    'firebase-admin': '11',
    typeorm: '0.2',
    mongoose: '5',
    lodash: '4.17.15',
    axios: '0.21.0',
    serverless: '3',
  },
  tools: { '@angular/cli': '15', lerna: '6', '@storybook/react-webpack5': '7', jest: '29', webpack: '5', eslint: '8' },
  site: { '@docusaurus/core': '2', '@docusaurus/preset-classic': '2', vuepress: '1', '@vue/cli-service': '5' },
};

/** Python environments; each is one layer. */
export const PYTHON_APPS: Readonly<Record<string, readonly string[]>> = {
  airflow: ['apache-airflow[amazon,google,microsoft.azure,postgres,redis,celery,cncf.kubernetes,http,slack]==2.8.0'],
  operations: [
    'ansible-core<2.16',
    'azure-cli-core',
    'boto3',
    'awscli',
    'salt-lint',
    'openstacksdk',
    'checkov<3',
    'requests<2.31',
  ],
  site: [
    'django<4',
    'wagtail<5',
    'celery',
    'flask<2.3',
    'fastapi<0.100',
    'sqlalchemy<2',
    'gunicorn<20.2',
    'aiohttp<3.9',
    'twisted<23',
    'scrapy<2.10',
  ],
};

/** Jars with everything they need. */
const MAVEN_ROOTS: readonly string[] = [
  'org.springframework.boot:spring-boot-starter-web:2.6.1',
  'org.springframework.boot:spring-boot-starter-data-jpa:2.6.1',
  'org.springframework.boot:spring-boot-starter-security:2.6.1',
  'org.springframework.kafka:spring-kafka:2.8.0',
  'org.apache.logging.log4j:log4j-core:2.14.1',
  'org.apache.hadoop:hadoop-client:3.3.1',
  'org.apache.spark:spark-sql_2.12:3.2.0',
  'org.elasticsearch.client:elasticsearch-rest-high-level-client:7.13.0',
  'org.apache.struts:struts2-core:2.5.26',
  'com.h2database:h2:1.4.200',
];

/** A Debian 12 system as a directory. */
export function debianTree(size: 'slim' | 'more'): string {
  return once(`trees/debian-${size}`, (path) => {
    needCommand('mmdebstrap', 'apt-get install mmdebstrap');
    const include = size === 'slim' ? SLIM : [...SLIM, ...MORE];
    command('mmdebstrap', ['--quiet', '--variant=minbase', `--include=${include.join(',')}`, 'bookworm', path]);
  });
}

function manifest(name: string): string {
  return JSON.stringify({ name: `bench-${name}`, version: '1.0.0', private: true, dependencies: NODE_APPS[name] }, undefined, 2);
}

/** Writes package.json and asks npm for `--package-lock-only` or a whole installation. */
export function npmInstall(name: string, directory: string, flags: readonly string[]): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), manifest(name));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', '--loglevel=error', '--no-update-notifier'];
  command('npm', ['install', ...quiet, ...flags], { cwd: directory });
}

/** A tree with `srv/<name>/node_modules`. */
export function nodeTree(name: string): string {
  return once(`trees/node-${name}`, (path) => npmInstall(name, join(path, 'srv', name), []));
}

/** `uv`, in an environment of its own. */
export function uv(): string {
  const environment = once('tools/uv', (path) => {
    command('python3', ['-m', 'venv', '--copies', path]);
    command(join(path, 'bin/python3'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'uv==0.13.8']);
  });
  return join(environment, 'bin/uv');
}

/** A tree with `opt/<name>/lib/python3.11/site-packages`. */
export function pythonTree(name: string): string {
  return once(`trees/python-${name}`, (path) => {
    const target = join(path, 'opt', name, 'lib/python3.11/site-packages');
    const fixed = ['--exclude-newer', AS_OF, '--python-version', '3.11', '--link-mode', 'copy', '--quiet'];
    command(uv(), ['pip', 'install', '--target', target, ...fixed, ...(PYTHON_APPS[name] ?? [])]);
  });
}

function pom(): string {
  const dependencies = MAVEN_ROOTS.map((root) => {
    const [group, artifact, version] = root.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>bench</groupId>
<artifactId>bench</artifactId><version>1</version><dependencies>${dependencies.join('\n')}</dependencies></project>`;
}

/** A tree with `opt/java/lib/*.jar`. */
export function javaTree(): string {
  return once('trees/java', (path) => {
    mkdirSync(path, { recursive: true });
    const file = join(path, 'pom.xml');
    writeFileSync(file, pom());
    const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
    command('mvn', ['--quiet', '--batch-mode', '-f', file, plugin, `-DoutputDirectory=${join(path, 'opt/java/lib')}`]);
    rmSync(file);
  });
}

/** The same jars inside one, as Spring Boot packs them: stored, below BOOT-INF/lib. */
export function bootJarTree(): string {
  return once('trees/boot-jar', (path) => {
    const inner = join(path, 'app/BOOT-INF/lib');
    mkdirSync(inner, { recursive: true });
    cpSync(join(javaTree(), 'opt/java/lib'), inner, { recursive: true });
    mkdirSync(join(path, 'opt/app'), { recursive: true });
    command('jar', ['--create', '--no-compress', '--file', join(path, 'opt/app/app.jar'), '-C', join(path, 'app'), '.']);
    rmSync(join(path, 'app'), { recursive: true });
  });
}

/** Go programs in `usr/local/bin`. */
export function goTree(programs: readonly string[]): string {
  return once('trees/go', (path) => {
    const directory = join(path, 'usr/local/bin');
    mkdirSync(directory, { recursive: true });
    for (const program of programs) cpSync(program, join(directory, program.slice(program.lastIndexOf('/') + 1)));
  });
}

/** The layer that a later build step leaves: files taken away (whiteouts), a lock file replaced, configuration added. */
export function cleanupTree(): string {
  return once('trees/cleanup', (path) => {
    const modules = join(nodeTree('tools'), 'srv/tools/node_modules');
    const gone = join(path, 'srv/tools/node_modules');
    mkdirSync(gone, { recursive: true });
    for (const name of readdirSync(modules)
      .filter((entry) => /^[a-f]/.test(entry))
      .slice(0, 40)) {
      writeFileSync(join(gone, `.wh.${name}`), '');
    }
    writeFileSync(join(path, 'srv/tools/.wh.package-lock.json'), '');
    mkdirSync(join(path, 'etc'), { recursive: true });
    writeFileSync(join(path, 'etc/app.conf'), 'mode = production\n');
  });
}
