/** What pictures are, whatever file they come from. */

/** The sizes of a picture as it is to be seen. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Four bytes a pixel, red, green, blue and how opaque it is, row by row from the top left. */
export interface Picture extends PictureSize {
  readonly pixels: Uint8Array;
}

/** What becomes of a picture of another shape: cut off what juts out, leave black bars, or distort it. */
export const fits = ['crop', 'pad', 'stretch'] as const;
export type Fit = (typeof fits)[number];
