/** npm: the precedence of node-semver. Ranges of advisories include pre-releases, unlike the ranges of package.json. */
import { defineScheme } from '../define.ts';
import { compareSemantic, encodeSemantic, parseSemantic, type SemanticVersion } from '../semver/core.ts';

export const npm = defineScheme<SemanticVersion>({
  id: 'npm',
  specification: ['https://docs.npmjs.com/cli/v11/using-npm/semver', 'https://github.com/npm/node-semver'],
  examples: ['4.17.21', '1.0.0-rc.1', '2.0.0-alpha+001', '1.2.3beta'],
  parse: parseSemantic,
  compare: compareSemantic,
  encode: encodeSemantic,
});
