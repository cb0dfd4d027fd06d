/**
 * JPEG pictures, decoded by jpeg-js, an optional dependency: pure JavaScript, the same pixels on each machine. It does not
 * know which way up a camera was held; that is read from the EXIF data here, and pictures are turned as they are to be seen.
 */
import { codeOf, UserError } from '../errors.js';
import type { Picture, PictureSize } from './pixels.js';

/** What decoding may take. */
const MOST_MEMORY_MB = 512;
const MOST_MEGAPIXELS = 34;

export const isJpeg = (bytes: Buffer): boolean => bytes[0] === 0xff && bytes[1] === 0xd8;

interface Header extends PictureSize {
  /** How it is to be turned: 1 to 8 (EXIF 2.32, tag 274). */
  readonly orientation: number;
}

/** The size as it is to be seen. @throws UserError */
export function jpegSize(bytes: Buffer): PictureSize {
  const { width, height, orientation } = headerOf(bytes);
  return orientation > 4 ? { width: height, height: width } : { width, height };
}

/** @throws Error where it is damaged, UserError where the package is missing */
export async function decodeJpeg(bytes: Buffer): Promise<Picture> {
  const { decode } = await decoder();
  const { width, height, data } = decode(bytes, {
    useTArray: true,
    formatAsRGBA: true,
    tolerantDecoding: false,
    maxMemoryUsageInMB: MOST_MEMORY_MB,
    maxResolutionInMP: MOST_MEGAPIXELS,
  });
  return turned({ width, height, pixels: data }, headerOf(bytes).orientation);
}

async function decoder() {
  try {
    const module = await import('jpeg-js');
    return module.default;
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UserError(
      'JPEG needs the npm package jpeg-js, found none; get it (npm install jpeg-js), or convert pictures to PNG',
    );
  }
}

/** What stands before the pixels: segments of a marker and a length. */
function headerOf(bytes: Buffer): Header {
  let orientation = 1;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1];
    // Fill bytes, and markers that stand alone.
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    const segment = bytes.subarray(at + 4, end);
    // Frames have C0 to CF, of which C4, C8 and CC are something else.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      if (segment.length < 5 || end > bytes.length) break;
      return { height: segment.readUInt16BE(1), width: segment.readUInt16BE(3), orientation };
    }
    if (marker === 0xe1 && segment.toString('latin1', 0, 6) === 'Exif\0\0') {
      orientation = orientationIn(segment.subarray(6)) ?? orientation;
    }
    if (marker === 0xda || marker === 0xd9) break;
    at = end;
  }
  throw new UserError('damaged JPEG: it says nowhere which size it has');
}

const ORIENTATION = 0x0112;

/** The orientation in TIFF data; undefined where there is none. */
function orientationIn(tiff: Buffer): number | undefined {
  if (tiff.length < 8) return undefined;
  const little = tiff.toString('latin1', 0, 2) === 'II';
  const word = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const first = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (first + 2 > tiff.length) return undefined;
  for (let k = 0, at = first + 2; k < word(first) && at + 12 <= tiff.length; k++, at += 12) {
    if (word(at) !== ORIENTATION) continue;
    const value = word(at + 8);
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}

/** The picture as it is to be seen. */
function turned(picture: Picture, orientation: number): Picture {
  if (orientation === 1) return picture;
  const { width, height } = picture;
  const swaps = orientation > 4;
  const [columns, rows] = swaps ? [height, width] : [width, height];
  const from = new Uint32Array(picture.pixels.buffer, picture.pixels.byteOffset, width * height);
  const to = new Uint32Array(columns * rows);
  // Which ends of the stored rows and columns come first: 2, 3, 7 and 8 are from the right, 3, 4, 6 and 7 from below.
  const mirrored = [2, 3, 7, 8].includes(orientation);
  const upended = [3, 4, 6, 7].includes(orientation);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const [x, y] = swaps ? [r, c] : [c, r];
      const sx = mirrored ? width - 1 - x : x;
      const sy = upended ? height - 1 - y : y;
      to[r * columns + c] = from[sy * width + sx];
    }
  }
  return { width: columns, height: rows, pixels: new Uint8Array(to.buffer) };
}
