/** Images drawn in a terminal, two pixels above each other in one character. */

/** Grey values from 0, dark, to 1, row by row. */
export interface Image {
  readonly height: number;
  readonly width: number;
  readonly values: ArrayLike<number>;
}

const shades = ' ░▒▓█';
const letters = ' .:-=+*#%@';

/** How it may be drawn. */
export interface Drawing {
  readonly colours: boolean;
  readonly unicode: boolean;
}

/**
 * An image in lines of `columns` characters at most: smaller, where it is wider. With colours a half block shows two
 * pixels in their own grey; without, a character as dense as both together.
 */
export function drawn(image: Image, columns: number, { colours, unicode }: Drawing): string[] {
  const factor = Math.max(1, Math.ceil(image.width / columns));
  const width = Math.floor(image.width / factor);
  const height = Math.floor(image.height / factor);
  const at = (y: number, x: number): number => {
    if (y >= height) return 0;
    let sum = 0;
    for (let dy = 0; dy < factor; dy++) {
      for (let dx = 0; dx < factor; dx++) {
        sum += image.values[(y * factor + dy) * image.width + x * factor + dx];
      }
    }
    return sum / factor ** 2;
  };
  const ramp = unicode ? shades : letters;
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = '';
    for (let x = 0; x < width; x++) {
      const [above, below] = [at(y, x), at(y + 1, x)];
      line +=
        colours && unicode
          ? `\x1b[38;5;${grey(above)};48;5;${grey(below)}m▀`
          : ramp[Math.round(((above + below) / 2) * (ramp.length - 1))];
    }
    lines.push(colours && unicode ? `${line}\x1b[0m` : line);
  }
  return lines;
}

/** Of the 256 colours of terminals 232 to 255 are greys, and 16 is black. */
const grey = (value: number) => (value <= 0 ? 16 : 232 + Math.min(23, Math.floor(value * 24)));
