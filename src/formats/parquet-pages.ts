/**
 * The pages of a Parquet column, looked through before hyparquet decodes them: it allocates, and repeats values, as often
 * as a page says, so what pages say is held against the rows that there are. A damaged byte would else fill the memory.
 */
import type { ColumnMetaData, Compressors } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { compressors, decompressZstd } from 'hyparquet-compressors';

/** Bytes of a page, unpacked. */
const MOST_PAGE = 1 << 28;
/** Values by which runs may go beyond those that there are: the last group of eight is filled up. */
const PADDING = 1024;

type Page = ReturnType<typeof parquetHeader>;

/** Ways to unpack a page into an array of the size that was checked, not of that which the data themselves declare. */
const unpackers: Compressors = {
  ...compressors,
  ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length)),
};

/**
 * Looks through a column's pages in a group of rows.
 * @param bytes all of them @param optional whether rows may lack a value
 * @returns what hyparquet is to unpack them with: they are unpacked already
 * @throws Error saying what is wrong
 */
export function checkedPages(
  bytes: ArrayBuffer,
  { codec, path_in_schema, type }: ColumnMetaData,
  rows: number,
  optional: boolean,
): Compressors {
  const column = path_in_schema[0];
  const unpacked = new Map<number, Uint8Array>();
  const unpack = (at: number, packed: number, length: number): Uint8Array => {
    const input = new Uint8Array(bytes, at, packed);
    const how = unpackers[codec];
    if (codec === 'UNCOMPRESSED' || how === undefined || length === 0) return input;
    const output = how(input, length);
    if (output.length !== length)
      throw new Error(`a page of column ${column} has not the size that it declares`);
    unpacked.set(at, output);
    return output;
  };
  const reader = { view: new DataView(bytes), offset: 0 };
  let values = 0;
  while (values < rows && reader.offset < bytes.byteLength - 1) {
    const page = parquetHeader(reader);
    const { compressed_page_size: packed, uncompressed_page_size: length } = page;
    if (!(packed >= 0 && reader.offset + packed <= bytes.byteLength))
      throw new Error(`a page of column ${column} is cut off`);
    if (!(length >= 0 && length <= MOST_PAGE)) {
      throw new Error(`a page of column ${column} declares ${length} bytes, at most ${MOST_PAGE} are read`);
    }
    const count = page.data_page_header?.num_values ?? page.data_page_header_v2?.num_values;
    if (count === undefined) {
      const entries = page.dictionary_page_header?.num_values ?? 0;
      if (!(entries >= 0 && entries <= 8 * length))
        throw new Error(`the dictionary of column ${column} declares ${entries} values`);
    } else {
      values += count;
      if (!(count >= 0 && values <= rows)) {
        throw new Error(`a page of column ${column} declares ${count} values in a group of ${rows} rows`);
      }
      checkRuns(page, count, optional, type === 'BOOLEAN', unpack, bytes, reader.offset, packed);
    }
    reader.offset += packed;
  }
  if (values !== rows) throw new Error(`column ${column} has ${values} values in a group of ${rows} rows`);
  return Object.fromEntries(
    Object.entries(unpackers).map(([name, how]) => [
      name,
      (input: Uint8Array, length: number) =>
        (input.buffer === bytes && unpacked.get(input.byteOffset)) || how(input, length),
    ]),
  );
}

/** Looks at the runs of a data page: of which rows have values, and of places in the dictionary or of truth values. */
function checkRuns(
  page: Page,
  count: number,
  optional: boolean,
  isBoolean: boolean,
  unpack: (at: number, packed: number, length: number) => Uint8Array,
  bytes: ArrayBuffer,
  at: number,
  packed: number,
): void {
  const v2 = page.data_page_header_v2;
  let body: Uint8Array;
  if (v2) {
    const {
      definition_levels_byte_length: own,
      repetition_levels_byte_length: repeated,
      num_nulls: nulls,
    } = v2;
    if (!(own >= 0 && repeated >= 0 && own + repeated <= packed && nulls >= 0 && nulls <= count)) {
      throw new Error('a page declares levels that it has no room for');
    }
    if (optional) runs(new Uint8Array(bytes, at + repeated, own), 1, count, true);
    const rest = at + own + repeated;
    const length = page.uncompressed_page_size - own - repeated;
    if (length < 0) throw new Error('a page declares levels that it has no room for');
    const bare = v2.is_compressed === false;
    body = bare
      ? new Uint8Array(bytes, rest, packed - own - repeated)
      : unpack(rest, packed - own - repeated, length);
  } else {
    body = unpack(at, packed, page.uncompressed_page_size);
    if (optional) {
      const levels = prefixed(body);
      runs(levels, 1, count, true);
      body = body.subarray(4 + levels.length);
    }
  }
  const encoding = (page.data_page_header ?? v2)?.encoding;
  if (encoding === 'RLE' && isBoolean) runs(prefixed(body), 1, count, false);
  else if (encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY') {
    // Where all are missing there is nothing.
    if (body.length > 0) runs(body.subarray(1), body[0], count, false);
  }
}

/** What follows a length of four bytes. */
function prefixed(body: Uint8Array): Uint8Array {
  const length = body.length < 4 ? -1 : new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  if (length < 0 || 4 + length > body.length)
    throw new Error('a page declares levels that it has no room for');
  return body.subarray(4, 4 + length);
}

/**
 * Walks over runs (Parquet's RLE/bit-packing hybrid) as far as they are needed.
 * @param count how many values they are, or with `whole` false how many at most
 */
function runs(bytes: Uint8Array, width: number, count: number, whole: boolean): void {
  if (width > 32) throw new Error(`values of ${width} bits`);
  let seen = 0;
  let at = 0;
  while (seen < count && at < bytes.length) {
    let header = 0;
    let scale = 1;
    let byte: number;
    do {
      if (at >= bytes.length) throw new Error('a run is cut off');
      byte = bytes[at++];
      header += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte & 0x80);
    const groups = Math.floor(header / 2);
    const own = header % 2 === 1 ? 8 * groups : groups;
    at += header % 2 === 1 ? groups * width : Math.ceil(width / 8);
    if (seen + own > count + PADDING) throw new Error(`a run of ${own} values in a page of ${count}`);
    seen += own;
  }
  if (whole && seen < count)
    throw new Error(`a page of ${count} values says of ${seen} whether they are there`);
}
