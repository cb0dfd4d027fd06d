/** Numbers as they are read. Those that JSON has no word for came as null. */

/** At most `digits` digits that say something: 0.01234, 1.5e-7, 60,000. */
export function figure(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-4) {
    const [mantissa = '', exponent = ''] = value.toExponential(digits - 1).split('e');
    return signed(`${Number(mantissa)}e${exponent.replace('+', '')}`);
  }
  const rounded = size >= 10 ** digits ? Math.round(value) : Number(value.toPrecision(digits));
  return signed(rounded.toLocaleString('en-US', { maximumFractionDigits: 12 }));
}

/** A whole number with its thousands set apart. */
export const count = (value: number): string => signed(value.toLocaleString('en-US'));

/** What is less than a millionth is nothing. */
export const percent = (share: number): string => `${figure(Math.abs(share) < 1e-6 ? 0 : share * 100, 3)} %`;

export const megabytes = (bytes: number): string => `${figure(bytes / 2 ** 20, 3)} MiB`;

/** 0.35 s, 12.4 s, 3 min 20 s, 2 h 5 min. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '–';
  if (seconds < 60) return `${figure(seconds, 3)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 2026-11-27 02:10:00 UTC. */
export const moment = (iso: string): string => iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');

const signed = (text: string): string =>
  text.replace('-', text.includes('e-') && text[0] !== '-' ? '-' : '−');

/** What numbers of rows count: events have them from 0, people from 1. */
export const rowsText =
  'Rows are counted from 1 in the order of the data: a header is none, and several files count on.';
