/** Of the types of elements: their object ids, which Postgres never changes, and bytes to begin with for each. */
const elementTypes = {
  'int2[]': { oid: 21, bytes: 2 },
  'int4[]': { oid: 23, bytes: 4 },
  'int8[]': { oid: 20, bytes: 8 },
  'uuid[]': { oid: 2950, bytes: 16 },
  'numeric[]': { oid: 1700, bytes: 14 },
  'text[]': { oid: 25, bytes: 40 },
  'jsonb[]': { oid: 3802, bytes: 60 },
} as const;

export type ColumnType = keyof typeof elementTypes;

const headerBytes = 20;
const numericNegative = 0x4000;
/** Postgres keeps four decimal digits in one of a numeric's: money's decimals are exactly the last. */
const numericBase = 10_000;

/**
 * A Postgres array in binary form, built element by element. Reading one costs the database a third of reading it as text, and
 * for a large call that is a sixth of its time.
 */
export class ArrayColumn {
  #bytes: Buffer;
  #end = headerBytes;
  #count = 0;
  #nulls = 0;
  #nullsToWrite = 0;

  constructor(
    private readonly type: ColumnType,
    elements: number,
  ) {
    this.#bytes = Buffer.allocUnsafe(headerBytes + elements * (4 + elementTypes[type].bytes));
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Nothing is written before a value follows: most columns that may be null are so throughout. */
  null(): void {
    this.#count += 1;
    this.#nulls += 1;
    this.#nullsToWrite += 1;
  }

  int2(value: number): void {
    this.#begin(2);
    this.#end = this.#bytes.writeInt16BE(value, this.#end);
  }

  int4(value: number): void {
    this.#begin(4);
    this.#end = this.#bytes.writeInt32BE(value, this.#end);
  }

  int8(value: number): void {
    this.#begin(8);
    const high = Math.floor(value / 2 ** 32);
    this.#bytes.writeInt32BE(high, this.#end);
    this.#end = this.#bytes.writeUInt32BE(value - high * 2 ** 32, this.#end + 4);
  }

  /** With dashes or without. */
  uuid(text: string): void {
    this.#begin(16);
    const bytes = this.#bytes;
    const end = this.#end + 16;
    let wrong = 0;
    let i = 0;
    for (let at = this.#end; at < end; at++, i += 2) {
      if (text.charCodeAt(i) === dash) i += 1;
      const high = hexDigit[text.charCodeAt(i)] ?? notHex;
      const low = hexDigit[text.charCodeAt(i + 1)] ?? notHex;
      wrong |= high | low;
      bytes[at] = (high << 4) | low;
    }
    if (wrong >= notHex || i !== text.length) throw new Error(`${text} is no uuid`);
    this.#end = end;
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.#begin(length);
    this.#end += this.#bytes.write(value, this.#end, length, 'utf8');
  }

  jsonb(text: string): void {
    const length = Buffer.byteLength(text);
    this.#begin(1 + length);
    this.#end = this.#bytes.writeUInt8(1, this.#end); // the version of the format
    this.#end += this.#bytes.write(text, this.#end, length, 'utf8');
  }

  /** Money in ten-thousandths. */
  money(scaled: bigint): void {
    const negative = scaled < 0n;
    const count = takeApart(negative ? -scaled : scaled);
    this.#begin(8 + 2 * count);
    const bytes = this.#bytes;
    let end = bytes.writeInt16BE(count, this.#end);
    end = bytes.writeInt16BE(count - 2, end); // the place of the first digit: the last one is behind the point
    end = bytes.writeUInt16BE(negative ? numericNegative : 0, end);
    end = bytes.writeInt16BE(4, end); // decimals to show
    for (let i = count - 1; i >= 0; i--) end = bytes.writeInt16BE(digits[i] as number, end);
    this.#end = end;
  }

  /** NULL stands for what is usual. */
  moneyUnless(scaled: bigint, usual: bigint): void {
    if (scaled === usual) this.null();
    else this.money(scaled);
  }

  toBuffer(): Buffer {
    if (this.#nullsToWrite > 0) this.#writeNulls();
    const bytes = this.#bytes;
    const dimensions = this.#count === 0 ? 0 : 1;
    bytes.writeInt32BE(dimensions, 0);
    bytes.writeInt32BE(this.#nulls === 0 ? 0 : 1, 4);
    bytes.writeInt32BE(elementTypes[this.type].oid, 8);
    bytes.writeInt32BE(this.#count, 12);
    bytes.writeInt32BE(1, 16); // the first element's place
    return bytes.subarray(0, dimensions === 0 ? 12 : this.#end);
  }

  /** NULL stands for a column without any value: it costs nothing. */
  orNull(): Buffer | null {
    return this.#nulls === this.#count ? null : this.toBuffer();
  }

  /** Makes room for an element and writes its length. */
  #begin(length: number): void {
    if (this.#nullsToWrite > 0) this.#writeNulls();
    this.#makeRoom(4 + length);
    this.#end = this.#bytes.writeInt32BE(length, this.#end);
    this.#count += 1;
  }

  #writeNulls(): void {
    const bytes = 4 * this.#nullsToWrite;
    this.#makeRoom(bytes);
    this.#bytes.fill(0xff, this.#end, this.#end + bytes); // -1 each
    this.#end += bytes;
    this.#nullsToWrite = 0;
  }

  #makeRoom(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(needed * 2);
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}

/** A number's digits to the base of 10,000, the last one first. */
const digits: number[] = [];

/** Puts a number's digits there, and returns how many they are. */
function takeApart(value: bigint): number {
  let count = 0;
  let rest = value;
  // Division of a bigint is dear: most amounts are small enough for a number.
  while (rest > largestNumber) {
    digits[count++] = Number(rest % bigBase);
    rest /= bigBase;
  }
  for (let small = Number(rest); small > 0; small = Math.floor(small / numericBase))
    digits[count++] = small % numericBase;
  return count;
}

const largestNumber = BigInt(Number.MAX_SAFE_INTEGER);
const bigBase = BigInt(numericBase);
const dash = '-'.charCodeAt(0);
const notHex = 16;
const hexDigit = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(digit) ? notHex : digit;
});
