/** Numbers as people read them. Plain ASCII, no colours. */

/** 89610 → `89,610`. */
export function count(n: number): string {
  return Number.isFinite(n)
    ? Math.round(n)
        .toFixed(0)
        .replace(/\B(?=(\d{3})+$)/g, ',')
    : '-';
}

/** `1 thread`, `2 threads`. */
export function plural(n: number, what: string): string {
  return `${count(n)} ${what}${n === 1 ? '' : 's'}`;
}

/** A loss: four decimals, or three digits and an exponent where these would say nothing; `-` for none. */
export function loss(value: number | null): string {
  if (value === null) return '-';
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size >= 0.001 && size < 99_999.5 ? value.toFixed(4) : value.toExponential(2);
}

/** 0.9731 → `97.31 %`; `-` for none. */
export function percent(fraction: number | null, decimals = 2): string {
  return fraction !== null && Number.isFinite(fraction) ? `${(100 * fraction).toFixed(decimals)} %` : '-';
}

/** Seconds → `0.42 s`, `42.0 s`, `3 min 05 s`, `2 h 05 min`; `-` for what is not known. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '-';
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return inUnits(seconds);
}

/** As `duration`, in whole seconds: an estimate that pretends to no more. */
export function timeLeft(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '-';
  return seconds < 59.5 ? `${Math.ceil(seconds)} s` : inUnits(seconds);
}

function inUnits(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
    : `${Math.floor(whole / 3600)} h ${two((whole % 3600) / 60)} min`;
}

/** A bar of `width` characters, `fraction` of it filled. */
export function bar(fraction: number, width: number): { filled: string; empty: string } {
  const known = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
  const filled = Math.floor(known * width);
  return { filled: '━'.repeat(filled), empty: '─'.repeat(width - filled) };
}

/** A column of a table: its head and how many characters it takes. */
export interface Column {
  readonly head: string;
  readonly width: number;
}

/** One row: each cell right-aligned in its column, two spaces between columns; by default the heads. */
export function row(columns: readonly Column[], cells = columns.map((column) => column.head)): string {
  return columns.map((column, i) => cells[i].padStart(column.width)).join('  ');
}

/** As many of the columns, from the left, as `width` characters hold (the first at least). */
export function fitting<C extends Column>(columns: readonly C[], width: number): C[] {
  let used = -2;
  return columns.filter((column, i) => {
    used += 2 + column.width;
    return i === 0 || used <= width;
  });
}

/** Cuts `text` into lines of at most `width` characters between words; a longer word is left whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
