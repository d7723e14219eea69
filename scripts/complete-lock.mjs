/**
 * Adds to package-lock.json the packages for other platforms that npm left out because the registry at hand does not have them;
 * without them "npm ci" refuses the lock file. Run it after changing dependencies: node scripts/complete-lock.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname, '..', 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));

/** `…-linux-x64-musl` → what npm compares with the machine. */
function platform(name) {
  const found = /-(android|darwin|freebsd|linux|openharmony|win32|wasm32)(?:-([a-z0-9]+))?/.exec(name);
  if (found === null) throw new Error(`${name} does not tell its platform; add it to package-lock.json by hand`);
  const [, os, cpu] = found;
  if (os === 'wasm32') return { cpu: ['wasm32'] };
  return { cpu: [cpu], os: [os], ...(os === 'linux' ? { libc: [name.includes('musl') ? 'musl' : 'glibc'] } : {}) };
}

const packages = { ...lock.packages };
for (const { optionalDependencies = {}, dev } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    packages[`node_modules/${name}`] ??= { version, ...platform(name), ...(dev ? { dev } : {}), optional: true };
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
