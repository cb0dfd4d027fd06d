/** PNG pictures, decoded by pngjs once their header was held against the file. */
import { PNG } from 'pngjs';
import { UserError } from '../errors.js';
import { LARGEST_EXPANSION } from './content.js';
import type { Picture, PictureSize } from './pixels.js';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Samples a pixel by the header's colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export const isPng = (bytes: Buffer): boolean => bytes.subarray(0, 8).equals(SIGNATURE);

/** The size that the header declares. @param fileBytes how many the whole file has @throws UserError where the file cannot hold so many pixels */
export function pngSize(bytes: Buffer, fileBytes: number): PictureSize {
  if (bytes.length < 33 || bytes.toString('latin1', 12, 16) !== 'IHDR') {
    throw new UserError('damaged PNG: its header is not all there');
  }
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const samples = SAMPLES[bytes[25]];
  if (samples === undefined) throw new UserError(`damaged PNG: there is no colour type ${bytes[25]}`);
  const needed = (width * height * samples * bytes[24]) / 8;
  if (needed > fileBytes * LARGEST_EXPANSION) {
    throw new UserError(
      `truncated PNG: it declares ${width} × ${height} pixels, more than ${fileBytes} bytes can hold`,
    );
  }
  return { width, height };
}

/**
 * Whether the file ends before its last chunk does. pngjs says of some of them that a stream has requests that wait.
 * (PNG specification, 5.3: length, type, data and checksum, until IEND.)
 */
function isCut(bytes: Buffer): boolean {
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return false;
  }
  return true;
}

/** @throws UserError where it is cut off, Error where it is damaged */
export function decodePng(bytes: Buffer): Picture {
  if (isCut(bytes)) {
    throw new UserError(
      `truncated PNG: it ends within the picture, after ${bytes.length} bytes; fetch it again`,
    );
  }
  const { width, height, data } = PNG.sync.read(bytes);
  return { width, height, pixels: data };
}
