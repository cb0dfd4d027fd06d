/** Texts that mean a missing value in most tables. */
export const missingTokens: ReadonlySet<string> = new Set([
  ...['NA', 'N/A', 'n/a', '#N/A', 'NaN', 'nan', 'NULL', 'Null', 'null'],
  ...['?', '-', '--', '.'],
]);
