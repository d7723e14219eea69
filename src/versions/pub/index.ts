/** Pub (Dart): Semantic Versioning, but build metadata count: none, then identifier by identifier. */
import { defineScheme } from '../define.ts';
import {
  compareIdentifiers,
  compareSemantic,
  encodeIdentifiers,
  encodeSemantic,
  parseSemantic,
  type SemanticVersion,
} from '../semver/core.ts';

export const pub = defineScheme<SemanticVersion>({
  id: 'pub',
  specification: ['https://pub.dev/documentation/pub_semver/latest/pub_semver/Version-class.html'],
  examples: ['1.2.3', '1.0.0-pre', '1.2.3+9a', '1.0.0-pre+build'],
  parse: parseSemantic,
  compare: (a, b) => compareSemantic(a, b) || compareIdentifiers(a.build, b.build),
  encode: (version) => encodeSemantic(version) + encodeIdentifiers(version.build),
});
