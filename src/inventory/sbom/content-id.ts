/** Identifiers derived from content, so that the same inventory always gives the same document. */
import { createHash } from 'node:crypto';
import type { Inventory } from '../../model/package.ts';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A UUID (RFC 9562, version 8: custom) from everything that goes into the document. */
export function contentUuid(input: Inventory, salt: string): string {
  const hash = createHash('sha256').update(salt);
  const {
    target,
    problems,
    packages,
    vulnerabilities = [],
  } = input as Inventory & { readonly vulnerabilities?: readonly unknown[] };
  for (const part of [target, ...problems, ...packages, ...vulnerabilities]) hash.update(JSON.stringify(part)).update('\n');
  const hex = hash.digest('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
