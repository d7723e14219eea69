/** Semantic Versioning 2, tolerant as `core.ts` says. */
import { defineScheme } from '../define.ts';
import { compareSemantic, encodeSemantic, parseSemantic, type SemanticVersion } from './core.ts';

export const semver = defineScheme<SemanticVersion>({
  id: 'semver',
  specification: ['https://semver.org/spec/v2.0.0.html'],
  examples: ['1.2.3', 'v1.2', '1.0.0-alpha.1', '1.2.3-5-foo', '1.2.3+build'],
  parse: parseSemantic,
  compare: compareSemantic,
  encode: encodeSemantic,
});
