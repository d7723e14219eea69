/** Default bounds for reading hostile input. Every one can be changed by the caller; passing one is reported as a problem. */
import type { Limits } from './file.ts';

const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;

export const DEFAULT_LIMITS: Limits = {
  maxFileBytes: GIBIBYTE,
  maxTotalBytes: 64 * GIBIBYTE,
  maxEntries: 5_000_000,
  maxDepth: 8,
  maxMilliseconds: 30 * 60 * 1000,
};

/** What `FileContent.bytes` and `text` hand over at once unless told otherwise. */
export const DEFAULT_BYTES_LIMIT = 64 * MEBIBYTE;

/** Wanted files up to this size are held in memory while a cataloger looks at them; larger ones go through a temporary file. */
export const MEMORY_FILE_BYTES = 48 * MEBIBYTE;

/** Largest small document of an image (index, manifest, configuration, extended header) that is read. */
export const MAX_DOCUMENT_BYTES = 16 * MEBIBYTE;
