/** Core metadata of an installed or packed distribution. https://packaging.python.org/en/latest/specifications/core-metadata/ */
import type { FileContent } from '../../artifacts/file.ts';
import { decodeText } from '../../artifacts/memory.ts';
import { text } from '../values.ts';
import { needsExtra, parseRequirement } from './requirement.ts';

export interface Metadata {
  readonly name?: string;
  readonly version?: string;
  readonly licenses: readonly string[];
  /** Names of what it always needs. */
  readonly requires: readonly string[];
}

const FIRST = 16 * 1024;
const MOST = 4 * 1024 * 1024;
/** License texts stand in the field of their name as well. */
const MAX_LICENSE = 100;

/** The bytes up to the empty line that ends the fields; what follows is a long description. */
export function readFields(file: FileContent): Uint8Array {
  for (let length = FIRST; ; length *= 8) {
    const bytes = file.read(0, Math.min(length, MOST));
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const ends = [buffer.indexOf('\n\n'), buffer.indexOf('\r\n\r\n')].filter((end) => end >= 0);
    if (ends.length > 0) return bytes.subarray(0, Math.min(...ends));
    if (length >= file.size || length >= MOST) return bytes;
  }
}

/** Lenient: lines that are no fields are passed over. */
export function parseMetadata(bytes: Uint8Array): Metadata {
  const found = new Map<string, string>();
  const classifiers: string[] = [];
  const requires = new Set<string>();
  let folded = '';
  for (const line of decodeText(bytes).split(/\r?\n/)) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (folded === 'license') found.delete(folded);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const field = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    folded = field;
    if (value === '' || value === 'UNKNOWN') continue;
    if (field === 'requires-dist') {
      const requirement = parseRequirement(value);
      if (requirement !== undefined && !needsExtra(requirement)) requires.add(requirement.name);
    } else if (field === 'classifier') {
      const license = /^License ::.*:: ([^:]+)$/.exec(value.slice(0, 300))?.[1];
      if (license !== undefined) classifiers.push(license);
    } else if (!found.has(field)) found.set(field, value);
  }
  const license = found.get('license-expression') ?? found.get('license');
  const licenses = license !== undefined && license.length <= MAX_LICENSE ? [license] : [...new Set(classifiers)];
  const name = text(found.get('name'));
  const version = text(found.get('version'));
  return {
    ...(name === undefined || !/^[A-Za-z0-9._ -]{1,200}$/.test(name) ? {} : { name }),
    ...(version === undefined || version.length > 200 || /\s/.test(version) ? {} : { version }),
    licenses,
    requires: [...requires],
  };
}
