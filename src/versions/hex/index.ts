/** Hex (Erlang, Elixir): Semantic Versioning 2. */
import { defineScheme } from '../define.ts';
import { compareSemantic, encodeSemantic, parseSemantic, type SemanticVersion } from '../semver/core.ts';

export const hex = defineScheme<SemanticVersion>({
  id: 'hex',
  specification: ['https://hexdocs.pm/elixir/Version.html'],
  examples: ['1.7.10', '2.0.0-rc.3', '0.1.0-dev+abc'],
  parse: parseSemantic,
  compare: compareSemantic,
  encode: encodeSemantic,
});
