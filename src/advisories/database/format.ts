/** Layout of the database file; docs/database.md explains it. All numbers are little endian. */

/** A file of another version is refused and rebuilt. */
export const FORMAT_VERSION = 2;
export const MAGIC = 'VEDETTE\n';

/** Unit of reading and of checksums. The header takes the first block. */
export const BLOCK = 16_384;

/** In file order. Offsets of records below are relative to their section. */
export const SECTIONS = [
  /** JSON: `DatabaseInfo` and the problems of the build. */
  'info',
  /** Per stream: name (texts), first group, number of groups, 0. Sorted by name. */
  'streams',
  /** Per group, that is (stream, name): name (texts), stream, first row, number of rows. Sorted by stream, then name. */
  'groups',
  /** Per group: two halves of the hash of its rows' contents. */
  'groupHashes',
  /** Open-addressing hash table: group + 1, or 0. */
  'groupTable',
  /** Per row: advisory; status, names and number of ranges; first range; extras + 1, or 0. */
  'rows',
  /** Per range: introduced, end (versions + 1, or 0; the end's top bit: inclusive). */
  'ranges',
  /** Version text and key, one after another. */
  'versions',
  /** The rarer properties of rows. */
  'extras',
  /** Names and ids. */
  'texts',
  /** Per advisory: head (heads), first group reference, number of group references, description + 1 or 0. Sorted by id, then source. */
  'advisories',
  /** JSON array per advisory. */
  'heads',
  /** Group numbers, by advisory. */
  'advisoryGroups',
  /** Per id or alias: id (texts), facts + 1 or 0 (facts), first advisory reference, number of references. Sorted by id. */
  'identifiers',
  /** Open-addressing hash table: identifier + 1, or 0. */
  'identifierTable',
  /** Advisory numbers, by identifier. */
  'identifierAdvisories',
  /** JSON array per vulnerability; the last is its description + 1, or 0. */
  'facts',
  /** Where each block of descriptions starts (prose), and where the last one ends. */
  'proseBlocks',
  /** Deflated blocks of `PROSE_BLOCK` descriptions each. */
  'prose',
] as const;
export type SectionName = (typeof SECTIONS)[number];

/** Words (of 4 bytes) per record of the sections of fixed-width records. */
export const WORDS = {
  streams: 4,
  groups: 4,
  groupHashes: 2,
  groupTable: 1,
  rows: 4,
  ranges: 2,
  advisories: 4,
  advisoryGroups: 1,
  identifiers: 4,
  identifierTable: 1,
  identifierAdvisories: 1,
  proseBlocks: 1,
} as const satisfies Partial<Record<SectionName, number>>;
export type RecordSection = keyof typeof WORDS;
export type HeapSection = Exclude<SectionName, RecordSection>;

/** Byte offsets in the header. */
export const HEADER = {
  formatVersion: 8,
  sections: 12,
  fileLength: 16,
  checksums: 24,
  blocks: 32,
  checksumsCrc: 36,
  /** Of everything in the header block but itself. */
  headerCrc: 40,
  /** Per section: offset and length, 8 bytes each (doubles). */
  table: 48,
} as const;

/** Top bit of a range's end: inclusive (`lastAffected`). */
export const INCLUSIVE = 0x8000_0000;
/** Heaps stay below this, so that a reference + 1 and a flag fit into a word. */
export const MAX_HEAP = 0x7fff_fff0;

/** Descriptions in one deflated block. */
export const PROSE_BLOCK = 128;

export const STATUSES = [
  'affected',
  'not-affected',
  'will-not-fix',
  'fix-deferred',
  'end-of-life',
  'under-investigation',
] as const;

/** Where a (stream, name) or an identifier starts in its hash table: FNV-1a over UTF-16 code units. */
export function slotHash(seed: number, text: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
}
