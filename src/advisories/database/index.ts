/** The advisory database: compiled from sources, opened in milliseconds. docs/database.md explains the file. */
export { compileDatabase } from './compile.ts';
export { DamagedDatabase } from './damage.ts';
export { type Change, diffDatabases, renderDiff } from './diff.ts';
export { databasePath, sourcesDirectory } from './location.ts';
export { databaseStatus, renderSearch, renderShow, renderStatus, searchPackages, showVulnerability } from './look.ts';
export { memoryDatabase } from './memory.ts';
export { type FileDatabase, openDatabase, verifyDatabase } from './open.ts';
