/** Running one cataloger's `extract` in a test. */
import type { ExtractContext } from '../../src/inventory/cataloger.ts';

/** A context that allows everything within a budget of inflated bytes. */
export function testContext(overrides: Partial<ExtractContext> & { readonly budget?: number } = {}): ExtractContext {
  let left = overrides.budget ?? 256 * 1024 * 1024;
  return {
    mayMatter: () => true,
    depth: 4,
    spend: (bytes) => {
      left -= bytes;
      return left >= 0;
    },
    ...overrides,
  };
}
