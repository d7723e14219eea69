/** Byte building and bounds-checked reading: the alphabet of the file format. */

const MAX_VARINT = 0xffff_ffff;

/** Thrown inside this folder when stored bytes make no sense; always turned into a problem at the public functions. */
export class CorruptError extends Error {}

/** A growing buffer with the few things the format writes. */
export class ByteWriter {
  length = 0;
  #bytes: Buffer;

  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Makes room for `count` more bytes. */
  #grow(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.length + count));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }

  varint(value: number): void {
    this.#grow(5);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.length++] = rest;
  }

  raw(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Length and UTF-8 bytes. */
  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.varint(size);
    this.#grow(size);
    this.length += this.#bytes.write(value, this.length, size, 'utf8');
  }

  /** Length and one byte per code unit; for version keys. */
  latin1(value: string): void {
    this.varint(value.length);
    this.#grow(value.length);
    this.length += this.#bytes.write(value, this.length, value.length, 'latin1');
  }

  texts(values: readonly string[]): void {
    this.varint(values.length);
    for (const value of values) this.text(value);
  }

  /** What was written so far; valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** What was written so far, as its own copy. */
  copy(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.view());
  }

  clear(): void {
    this.length = 0;
  }
}

/** Reads what `ByteWriter` wrote; throws `CorruptError` at anything that does not fit. */
export class ByteReader {
  position: number;
  readonly #bytes: Buffer;
  readonly #load: ((start: number, end: number) => void) | undefined;

  /** `load` is called before bytes are looked at, for buffers that are filled on demand. */
  constructor(bytes: Buffer, position = 0, load?: (start: number, end: number) => void) {
    this.#bytes = bytes;
    this.position = position;
    this.#load = load;
  }

  varint(): number {
    let value = 0;
    this.#load?.(this.position, Math.min(this.position + 5, this.#bytes.length));
    for (let scale = 1; scale <= 0x80 ** 4; scale *= 0x80) {
      const byte = this.#bytes[this.position++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80 && value <= MAX_VARINT) return value;
    }
    throw new CorruptError('a number is cut off or too large');
  }

  #take(): number {
    const length = this.varint();
    const start = this.position;
    if (length > this.#bytes.length - start) throw new CorruptError('a text runs over its end');
    this.position = start + length;
    this.#load?.(start, this.position);
    return start;
  }

  /** Passes over a text. */
  skip(): void {
    this.#take();
  }

  text(): string {
    const start = this.#take();
    return this.#bytes.toString('utf8', start, this.position);
  }

  latin1(): string {
    const start = this.#take();
    return this.#bytes.toString('latin1', start, this.position);
  }

  #list(read: () => string): string[] {
    const count = this.varint();
    // Every member takes at least one byte, so that a lying count allocates nothing.
    if (count > this.#bytes.length - this.position) throw new CorruptError('a list is longer than its bytes');
    const values: string[] = [];
    for (let index = 0; index < count; index++) values.push(read());
    return values;
  }

  texts(): string[] {
    return this.#list(() => this.text());
  }

  latin1s(): string[] {
    return this.#list(() => this.latin1());
  }
}
