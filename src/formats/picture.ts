/** Pictures in PNG and JPEG files: their sizes from the header, and their pixels. What a file is, its first bytes say. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { shortened, UserError } from '../errors.js';
import { contentError } from './content.js';
import { decodeJpeg, isJpeg, jpegSize } from './jpeg.js';
import type { Picture, PictureSize } from './pixels.js';
import { decodePng, isPng, pngSize } from './png.js';

export type { Picture, PictureSize } from './pixels.js';

/** Larger files are no pictures to learn from; they are read whole. */
const MOST_BYTES = 1 << 28;
/** Most pictures say their size within so many. */
const HEAD_BYTES = 1 << 16;
/** Pixels, of which each takes up to 8 bytes while it is decoded. */
const MOST_PIXELS = 1 << 25;

/** @throws UserError naming the file, where it is neither, is damaged or is too large */
export async function pictureSize(path: string): Promise<PictureSize> {
  const { bytes, size } = await bytesOf(path, HEAD_BYTES);
  try {
    return sizeIn(path, bytes, size);
  } catch (error) {
    // A preview may stand before the size.
    if (bytes.length === size || !isJpeg(bytes)) throw error;
    return sizeIn(path, (await bytesOf(path)).bytes, size);
  }
}

/** @throws as `pictureSize` */
export async function readPicture(path: string): Promise<Picture> {
  const { bytes } = await bytesOf(path);
  const size = sizeIn(path, bytes, bytes.length);
  try {
    const picture = isPng(bytes) ? decodePng(bytes) : await decodeJpeg(bytes);
    if (picture.width === size.width && picture.height === size.height) return picture;
  } catch (error) {
    throw error instanceof UserError
      ? new UserError(`${path}: ${error.message}`)
      : new UserError(
          `${path}: damaged picture: ${shortened((error as Error).message ?? String(error), 200)}`,
        );
  }
  throw new UserError(`${path}: damaged picture: it has not the size that it declares`);
}

function sizeIn(path: string, bytes: Buffer, fileBytes: number): PictureSize {
  if (bytes.length === 0) throw new UserError(`${path}: is empty; expected a picture`);
  if (!isPng(bytes) && !isJpeg(bytes))
    throw new UserError(`${path}: expected a PNG or JPEG file, got something else`);
  let size: PictureSize;
  try {
    size = isPng(bytes) ? pngSize(bytes, fileBytes) : jpegSize(bytes);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${path}: ${error.message}`) : error;
  }
  const { width, height } = size;
  if (!(width > 0 && height > 0 && width * height <= MOST_PIXELS)) {
    throw new UserError(`${path}: expected 1 to ${MOST_PIXELS} pixels, it declares ${width} × ${height}`);
  }
  return size;
}

/** The file's first bytes, or all of them, and how many it has. */
async function bytesOf(path: string, most = MOST_BYTES): Promise<{ bytes: Buffer; size: number }> {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error) => {
    throw contentError(path, error, 'deflated');
  });
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new UserError(`${path}: expected a file, got something else`);
    if (status.size > MOST_BYTES) {
      throw new UserError(`${path}: expected a picture of at most ${MOST_BYTES} bytes, got ${status.size}`);
    }
    const bytes = Buffer.alloc(Math.min(most, status.size));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    if (bytesRead === bytes.length) return { bytes, size: status.size };
    throw new UserError(`${path}: became shorter while it was read; start again`);
  } catch (error) {
    throw contentError(path, error, 'deflated');
  } finally {
    await handle.close();
  }
}
