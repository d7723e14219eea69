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

/** All positions from 0 to `length`, or as many as `most` of them, evenly spread. */
function places(length: number, most: number): number[] {
  const step = Math.max(1, length / most);
  return Array.from({ length: Math.min(length, most) }, (_, index) => Math.floor(index * step));
}

/** Lengths to cut bytes at: each, and for longer ones at most `most`, with all that end a line among them. */
export function cuts(bytes: Uint8Array, most: number): number[] {
  const ends = [...bytes.keys()].filter((at) => bytes[at] === 0x0a && at + 1 < bytes.length).map((at) => at + 1);
  return [...new Set([...places(bytes.length, most), ...ends])].sort((a, b) => a - b);
}

/** Copies with one byte changed: each byte in several ways, or `most` bytes spread over longer files. */
export function* flips(bytes: Uint8Array, most: number): Generator<{ readonly name: string; readonly bytes: Buffer }> {
  for (const at of places(bytes.length, most)) {
    for (const mask of [0x01, 0x20, 0x80, 0xff]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ mask;
      yield { name: `byte ${at} ^ ${mask}`, bytes: changed };
    }
  }
}

const NUMBERS = ['ffffffff', 'ffffffffffffffff', '7fffffff', 'ffffff7f', '00000000', '0000ffff', 'ffff', '00ff', '00001000'];

/** Copies in which something else stands wherever a length, count or offset may be. */
export function* lies(bytes: Uint8Array, most: number): Generator<{ readonly name: string; readonly bytes: Buffer }> {
  for (const at of places(bytes.length, most)) {
    for (const number of NUMBERS) {
      const changed = Buffer.from(bytes);
      changed.set(Buffer.from(number, 'hex').subarray(0, changed.length - at), at);
      yield { name: `0x${number} at ${at}`, bytes: changed };
    }
  }
}
