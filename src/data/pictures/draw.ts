/** A picture as a row of features: of another size, in grey or in colours. */
import type { Fit, Picture, PictureSize } from '../../formats/pixels.js';

export const colors = ['gray', 'rgb'] as const;
export type Color = (typeof colors)[number];

/** A part of a picture, from the top left; its sides may lie within pixels. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const channelsOf = (color: Color): number => (color === 'gray' ? 1 : 3);

/**
 * Writes height × width × channels bytes, row by row. Each is the mean of the picture over the area that its pixel covers,
 * rounded; where the size is the picture's own, its bytes as they are.
 * @param fit where the shape is another: crop cuts off what juts out, the middle stays; pad leaves black bars; stretch
 *   distorts
 */
export function draw(
  picture: Picture,
  { width, height }: PictureSize,
  color: Color,
  fit: Fit,
  into: Uint8Array,
): void {
  const channels = channelsOf(color);
  const values = color === 'gray' ? grayOf(picture) : colorsOf(picture);
  const { width: w, height: h } = picture;
  if (w === width && h === height) {
    into.set(values);
    return;
  }
  let box: Box = { x: 0, y: 0, width: w, height: h };
  let [columns, rows] = [width, height];
  if (fit === 'crop') {
    const [cw, ch] = w * height > h * width ? [(h * width) / height, h] : [w, (w * height) / width];
    box = { x: (w - cw) / 2, y: (h - ch) / 2, width: cw, height: ch };
  } else if (fit === 'pad') {
    const scale = Math.min(width / w, height / h);
    columns = Math.min(width, Math.max(1, Math.round(w * scale)));
    rows = Math.min(height, Math.max(1, Math.round(h * scale)));
    into.fill(0);
  }
  const left = Math.floor((width - columns) / 2);
  const top = Math.floor((height - rows) / 2);
  const xs = sharesOf(box.x, box.width, columns, w);
  const ys = sharesOf(box.y, box.height, rows, h);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      for (let k = 0; k < channels; k++) {
        let sum = 0;
        for (let i = 0; i < ys[r].shares.length; i++) {
          let line = 0;
          const at = ((ys[r].first + i) * w + xs[c].first) * channels + k;
          for (let j = 0; j < xs[c].shares.length; j++) line += xs[c].shares[j] * values[at + j * channels];
          sum += ys[r].shares[i] * line;
        }
        into[((top + r) * width + left + c) * channels + k] = Math.round(sum);
      }
    }
  }
}

/** Of each of `count` equal parts of a stretch the pixels it covers, and how much of it each makes up; these add up to 1. */
function sharesOf(from: number, length: number, count: number, pixels: number) {
  const step = length / count;
  return Array.from({ length: count }, (_, k) => {
    const begin = from + k * step;
    const end = Math.min(pixels, from + (k + 1) * step);
    const first = Math.min(pixels - 1, Math.floor(begin));
    const last = Math.max(first, Math.min(pixels - 1, Math.ceil(end) - 1));
    const covered = Array.from({ length: last - first + 1 }, (_, i) =>
      Math.max(0, Math.min(end, first + i + 1) - Math.max(begin, first + i)),
    );
    const all = covered.reduce((sum, share) => sum + share, 0);
    return { first, shares: all > 0 ? covered.map((share) => share / all) : [1] };
  });
}

/** Grey values by ITU-R BT.601, in whole numbers as Pillow has them. */
function grayOf({ width, height, pixels }: Picture): Uint8Array {
  const values = new Uint8Array(width * height);
  for (let k = 0; k < values.length; k++) {
    values[k] =
      (19_595 * pixels[4 * k] + 38_470 * pixels[4 * k + 1] + 7_471 * pixels[4 * k + 2] + 0x8000) >> 16;
  }
  return values;
}

function colorsOf({ width, height, pixels }: Picture): Uint8Array {
  const values = new Uint8Array(3 * width * height);
  for (let k = 0, at = 0; k < pixels.length; k += 4) {
    values[at++] = pixels[k];
    values[at++] = pixels[k + 1];
    values[at++] = pixels[k + 2];
  }
  return values;
}

/** Whether some pixel is not wholly opaque. */
export function isTransparent({ pixels }: Picture): boolean {
  for (let k = 3; k < pixels.length; k += 4) if (pixels[k] !== 255) return true;
  return false;
}
