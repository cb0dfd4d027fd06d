/** Pictures as the rows of a model that has learned from some. */
import { UserError } from '../../errors.js';
import type { Picture } from '../../formats/pixels.js';
import type { FittedMatrix } from '../../preprocess/fitted.js';
import { channelsOf, draw, isTransparent } from './draw.js';

/** Names of files that are pictures. */
export const PICTURE = /\.(png|jpe?g)$/i;

/**
 * What makes a picture a row of bytes, height × width × channels.
 * @param shape height, width and, where there are several, channels
 */
export function drawn(
  { fit }: FittedMatrix,
  shape: readonly number[],
): (path: string, picture: Picture) => Uint8Array {
  const [height, width, channels = 1] = shape;
  const color = channels === 1 ? 'gray' : 'rgb';
  return (path, picture) => {
    if (isTransparent(picture)) {
      throw new UserError(
        `${path}: has pixels that are not opaque, whose colour depends on what is behind; flatten it`,
      );
    }
    if (fit === undefined && picture.width * height !== picture.height * width) {
      throw new UserError(
        `${path}: has another shape, ${picture.height} × ${picture.width} (height × width), than the model's ` +
          `${height} × ${width}, which was trained without data.fit; cut it beforehand`,
      );
    }
    const into = new Uint8Array(height * width * channelsOf(color));
    draw(picture, { height, width }, color, fit ?? 'stretch', into);
    return into;
  };
}
