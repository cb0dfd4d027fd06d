/** An API to try it with: the penguins, a hundred a page, at http://localhost:8080/rows. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [header, ...lines] = readFileSync('config/data/penguins.csv', 'utf8').trimEnd().split(/\r?\n/);
const names = header.split(',');
const value = (text) => (text === 'NA' ? null : Number.isNaN(Number(text)) ? text : Number(text));
const rows = lines.map((line) =>
  Object.fromEntries(line.split(',').map((text, k) => [names[k], value(text)])),
);
const perPage = 100;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname !== '/rows') return response.writeHead(404).end();
  const page = Number(searchParams.get('page') ?? 0);
  const part = rows.slice(page * perPage, (page + 1) * perPage);
  const next = (page + 1) * perPage < rows.length ? `/rows?page=${page + 1}` : null;
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ rows: part, next }));
});
const port = process.env.PORT ?? 8080;
server.listen(port, '127.0.0.1', () => console.log(`rows at http://localhost:${port}/rows`));
