/** Small pictures out of numbers: drawn, never fetched. */
import { element } from './dom.js';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Row by row, the channels of a pixel next to each other, 1 or 3 of them. */
  readonly channels: number;
  /** 0 to 255; from bytes in base64 by `bytesOf`. */
  readonly bytes: ArrayLike<number>;
}

/** A picture for those who see it, and its name for those who do not. */
export function picture({ width, height, channels, bytes }: Picture, label: string): HTMLCanvasElement {
  return raster(width, height, label, (index) => {
    const at = index * channels;
    const red = bytes[at] ?? 0;
    return channels < 3 ? [red, red, red] : [red, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0];
  });
}

/** A picture whose pixels, row by row, have the colours that `colour` gives: red, green and blue, 0 to 255. */
export function raster(
  width: number,
  height: number,
  label: string,
  colour: (index: number) => readonly number[],
): HTMLCanvasElement {
  const canvas = element('canvas', { width, height, role: 'img', 'aria-label': label, class: 'picture' });
  const context = canvas.getContext('2d');
  const image = new ImageData(width, height);
  for (let index = 0; index < width * height; index++) {
    const [red = 0, green = 0, blue = 0] = colour(index);
    image.data.set([red, green, blue, 255], index * 4);
  }
  context?.putImageData(image, 0, 0);
  return canvas;
}

/** From orange (−1) over white (0) to blue (1), which those see too who do not tell red from green. */
export function diverging(share: number): [number, number, number] {
  const full = share < 0 ? [179, 88, 6] : [33, 102, 172];
  const part = Math.min(1, Math.abs(share));
  const mixed = full.map((value) => Math.round(247 + (value - 247) * part));
  return [mixed[0] ?? 0, mixed[1] ?? 0, mixed[2] ?? 0];
}

/** The bytes of a text in base64. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
