/**
 * Rows from an HTTP API that gives them in pages, `{ rows: [...], next: "/rows?page=2" }`: for `data: { name: stream }`,
 * which asks for the next page when the rows of the last are used up.
 */
export async function* rowsFrom(url) {
  let page = new URL('/rows', url);
  while (page !== null) {
    const response = await fetch(page);
    if (!response.ok) throw new Error(`${page}: ${response.status} ${response.statusText}`);
    const { rows, next } = await response.json();
    yield* rows;
    page = next === null ? null : new URL(next, page);
  }
}
