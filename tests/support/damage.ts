/** Damaging a valid file in every way that transport and editing do, to prove that a reader survives it. */
import fc from 'fast-check';

/** Cut off before each of these characters, at most `most` times, spread over the text. */
export function* truncations(source: string, boundaries: string, most = 300): Generator<string> {
  const places: number[] = [];
  for (let at = 0; at < source.length; at++) if (boundaries.includes(source.charAt(at))) places.push(at);
  const step = Math.max(1, Math.floor(places.length / most));
  for (let index = 0; index < places.length; index += step) yield source.slice(0, places[index]);
}

/** The bytes with some of them replaced by others, which are taken from `alphabet` or from all. */
export function flipped(source: Uint8Array | string, alphabet?: string): fc.Arbitrary<Buffer> {
  const original = Buffer.from(source);
  const byte = alphabet === undefined ? fc.nat({ max: 255 }) : fc.constantFrom(...Buffer.from(alphabet));
  const flip = fc.record({ at: fc.nat({ max: original.length - 1 }), byte });
  return fc.array(flip, { minLength: 1, maxLength: 4 }).map((flips) => {
    const bytes = Buffer.from(original);
    for (const { at, byte: value } of flips) bytes[at] = value;
    return bytes;
  });
}
