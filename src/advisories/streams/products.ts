/** Programs that no package manager installed, by the names that catalogers and other SBOM writers give them. */
import type { SchemeId } from '../../versions/scheme.ts';
import { PRODUCTS as NVD_PRODUCTS } from '../feeds/nvd-overrides/products.ts';

/** Programs that feeds other than NVD's speak of. */
const OTHERS = ['mruby'];

/** Every name there is a `generic/…` stream for. */
export const PRODUCTS: ReadonlySet<string> = new Set([...Object.values(NVD_PRODUCTS), ...OTHERS]);

const ALIASES: Readonly<Record<string, string>> = {
  'apache-httpd': 'httpd',
  apache2: 'httpd',
  cpython: 'python',
  java: 'openjdk',
  jdk: 'openjdk',
  jre: 'openjdk',
  libcrypto: 'openssl',
  libcurl: 'curl',
  libpython: 'python',
  libssl: 'openssl',
  'mysql-server': 'mysql',
  'node.js': 'node',
  nodejs: 'node',
  otp: 'erlang',
  postgres: 'postgresql',
  'redis-server': 'redis',
};

/** Schemes of programs whose versions are no plain numbers. */
const SCHEMES: Readonly<Record<string, SchemeId>> = { openjdk: 'jvm' };

/** The go command brings the standard library: its advisories are those of two modules. */
const GO_MODULES: Readonly<Record<string, readonly string[]>> = {
  go: ['stdlib', 'toolchain'],
  golang: ['stdlib', 'toolchain'],
};

/** Name in `generic/<name>`. */
export function productName(name: string): string {
  const lower = name.toLowerCase();
  return Object.hasOwn(ALIASES, lower) ? (ALIASES[lower] ?? lower) : lower;
}

export function productScheme(name: string): SchemeId {
  return Object.hasOwn(SCHEMES, name) ? (SCHEMES[name] ?? 'generic') : 'generic';
}

/** Go modules that a program is made of; none for other programs. */
export function goModulesOf(name: string): readonly string[] {
  const lower = name.toLowerCase();
  return Object.hasOwn(GO_MODULES, lower) ? (GO_MODULES[lower] ?? []) : [];
}
