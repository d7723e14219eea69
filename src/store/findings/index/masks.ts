/** What passes a filter, as bytes. */

/** Whether what is at a position passes. */
export type PositionTest = (position: number) => boolean;

/** One byte for each position: 1 where all tests pass. */
export function mask(size: number, tests: readonly PositionTest[]): Uint8Array {
  const bytes = new Uint8Array(size).fill(1);
  for (const test of tests) {
    for (let position = 0; position < size; position++) if (bytes[position] === 1 && !test(position)) bytes[position] = 0;
  }
  return bytes;
}

/** Which details and which resources pass. */
export interface DetailsAndResources {
  readonly detail: Uint8Array;
  readonly resource: Uint8Array;
}
