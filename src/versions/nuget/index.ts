/** NuGet: up to four numbers, missing ones 0; the pre-release without regard to case; metadata do not count. */
import { defineScheme } from '../define.ts';
import { compareSemantic, encodeSemantic, parseSemantic, type SemanticVersion } from '../semver/core.ts';

export const nuget = defineScheme<SemanticVersion>({
  id: 'nuget',
  specification: ['https://learn.microsoft.com/en-us/nuget/concepts/package-versioning'],
  examples: ['13.0.1', '1.0.0.1-alpha', '1.0.0-BETA.X.y.5', '1.0+test'],
  parse: (text) => parseSemantic(text.toLowerCase()),
  compare: compareSemantic,
  encode: encodeSemantic,
});
