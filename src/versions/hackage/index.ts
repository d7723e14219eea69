/** Haskell packages: numbers separated by dots; 1.0 < 1.0.0. */
import { defineDotted } from '../dotted.ts';

export const hackage = defineDotted(
  { id: 'hackage', specification: ['https://pvp.haskell.org/'], examples: ['0.1.26.0', '1.0', '2.0.0.0'] },
  /\./,
);
