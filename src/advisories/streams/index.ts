/**
 * Streams: what version ranges are relative to. A distribution or ecosystem is a data record; docs/distributions.md lists them and
 * says how a package finds its stream.
 */

export { isAmong } from './among.ts';
export { comparedVersion, normalizeName, STREAM_FAMILIES, schemeOf } from './families.ts';
export type { PackageQueries, StreamQuery } from './model.ts';
export { osvStream } from './osv.ts';
export { queriesFor } from './query.ts';
export { releaseOf } from './release.ts';
