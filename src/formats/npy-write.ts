/** NPY files of float64 as they are written row by row (numpy.lib.format, version 1). */

/** Bytes of a header: as NumPy has it, room for more digits of the first size than there are rows. */
const HEADER_BYTES = 128;
const LEADING_BYTES = 10;

/** The header of a matrix of float64, rows first, always as many bytes: it can be written before the rows are counted. */
export function npyHeader(rows: number, columns: number): Uint8Array {
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const length = HEADER_BYTES - LEADING_BYTES;
  const header = Buffer.alloc(HEADER_BYTES, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(text, LEADING_BYTES, 'latin1');
  header[HEADER_BYTES - 1] = 10;
  return header;
}
