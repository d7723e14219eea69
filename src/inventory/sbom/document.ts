/** What all SBOM formats come down to before it is interpreted, so that every format is interpreted alike. */
import type { Problem } from '../../model/problem.ts';

/** CycloneDX's words for what a component is; SPDX purposes are translated into them. */
export interface SbomItem {
  /** Reference by which dependencies name it; unique where the document is in order. */
  readonly ref: string;
  readonly kind: string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly licenses: readonly string[];
  /** CycloneDX properties; facts of other formats under the names of the tool that writes them. */
  readonly properties: readonly (readonly [name: string, value: string])[];
}

export interface SbomDocument {
  /** `CycloneDX 1.6`, `SPDX 2.3` … for messages. */
  readonly format: string;
  /** What the document describes. */
  readonly subject?: SbomItem;
  readonly items: readonly SbomItem[];
  /** Pairs of references. */
  readonly dependencies: readonly (readonly [from: string, to: string])[];
  /** Properties of the document itself. */
  readonly properties: readonly (readonly [name: string, value: string])[];
  /** Things the reader could not understand. */
  readonly problems: readonly Problem[];
}

/** Bounds of a document, far above any real one. */
export const MAX_BYTES = 512 << 20;
export const MAX_ITEMS = 1_000_000;
export const MAX_DEPTH = 200;
