/** Pictures as the rows of a model that has learned from some. */
import { UserError } from '../../errors.js';
import { fits, type Picture } from '../../formats/pixels.js';
import type { FittedMatrix } from '../../preprocess/fitted.js';
import { channelsOf, draw, isTransparent } from './draw.js';

/** Names of files that are pictures. */
export const PICTURE = /\.(png|jpe?g)$/i;

/**
 * What makes a picture a row of bytes, height × width × channels; undefined where the model's rows are no pictures.
 * @param fit,shape as a file has them, which may be anybody's
 */
export function drawn({
  features,
  shape,
  fit,
}: FittedMatrix): ((path: string, picture: Picture) => Uint8Array) | undefined {
  const [height, width, channels = 1] = shape ?? [];
  const isPicture = height > 0 && width > 0 && height * width * channels === features;
  if (!isPicture || ![1, 3].includes(channels) || !(fit === undefined || fits.includes(fit)))
    return undefined;
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
