/**
 * Go modules and the standard library. Pseudo-versions order as the pre-releases they are; `+incompatible` and `+dirty` are build
 * metadata. Toolchain versions are read as the vulnerability database writes them: go1.22rc1 is 1.22.0-rc.1. `(devel)` is no version.
 */
import { defineScheme } from '../define.ts';
import { compareSemantic, encodeSemantic, parseSemantic, type SemanticVersion } from '../semver/core.ts';

const TOOLCHAIN_PRERELEASE = /^(\d+(?:\.\d+)*)(rc|beta|alpha)(\d+)$/;

/** Drops `go`, an experiment list (` X:…`, `-X:…`) and a vendor's tail in parentheses. */
function parse(text: string): SemanticVersion | undefined {
  const bare = (text.split(' ', 1)[0] ?? '').replace(/-X:.*$/, '').replace(/^go(?=\d)/, '');
  return parseSemantic(bare.replace(TOOLCHAIN_PRERELEASE, '$1-$2.$3'));
}

export const go = defineScheme<SemanticVersion>({
  id: 'go',
  specification: ['https://go.dev/ref/mod#versions', 'https://go.dev/doc/toolchain#version'],
  examples: ['v1.2.3', 'v0.0.0-20210101000000-abcdef123456', 'v2.0.0+incompatible', 'go1.22rc1', 'go1.21.3 X:boringcrypto'],
  parse,
  compare: compareSemantic,
  encode: encodeSemantic,
});
