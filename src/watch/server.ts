/**
 * The live page's server: requests are few, small and from this machine, and everything about them is bounded. It knows
 * whom it answers; what it answers it is told (`Answers`). Nothing that is asked changes anything, but for a stop.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codeOf, UserError } from '../errors.js';
import { foreign, isSame, newSecret, type Refusal, unknown } from './gate.js';
import { METRICS_TYPE } from './metrics.js';

const HOST = '127.0.0.1';
/** Connections that may wait to be taken, or refused: what is not taken stands still, and its maker with it. */
const BACKLOG = 1024;
/** Bytes of a request's head: an address of ours and what browsers send. */
const MOST_HEAD = 1 << 14;
const LIMITS = {
  /** Connections at a time; browsers open a few each. */
  connections: 128,
  /** How long a request may take to arrive. */
  requestMs: 5000,
  /** How long a connection may stand still: pages that are shown get a word more often, unless they do not read it. */
  stillMs: 30_000,
};
/** How long the address that opens a browser is good for. */
const ENTRY_MS = 60_000;

/** What the server answers with. */
export interface Answers {
  /** The page, and its Content Security Policy beside the one that stands in it. */
  readonly page: string;
  /** Sends events from now on. @param cursor where to begin @returns a refusal where there is no such run, or no room */
  events(run: string, cursor: string, response: ServerResponse): Promise<Refusal | undefined>;
  /** A run's configuration; undefined where there is none. */
  config(run: string): Promise<unknown>;
  /** OpenMetrics text. */
  metrics(): Promise<string>;
  /** Ends a run. */
  stop(run: string): Refusal | undefined;
}

export interface Listening {
  /** The page's address, token and all. */
  readonly url: string;
  /** Another one, good for one time, as what a browser is started with others can see. */
  entry(): string;
  /** Cuts what is open. */
  close(): Promise<void>;
}

/** Nothing but itself may frame it, and what it says is for nobody else. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** @param port 0: any that is free @throws UserError where the port is taken */
export async function listen(
  port: number,
  answers: Answers,
  { connections, requestMs, stillMs } = LIMITS,
): Promise<Listening> {
  const token = newSecret();
  const entries = new Map<string, number>();
  const server = createServer(
    {
      maxHeaderSize: MOST_HEAD,
      headersTimeout: requestMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: requestMs / 5,
      keepAliveTimeout: requestMs,
    },
    (request, response) => {
      answer(request, response, token, entries, answers).catch(() => response.destroy());
    },
  );
  server.maxConnections = connections;
  server.maxRequestsPerSocket = 1000;
  server.timeout = stillMs;
  await listening(server, port);
  const at = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  return {
    url: `${at}/?token=${token}`,
    entry: () => {
      const code = newSecret();
      entries.set(code, performance.now() + ENTRY_MS);
      return `${at}/enter?code=${code}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listening(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const reason = codeOf(error) === 'EADDRINUSE' ? 'another program has it' : error.message;
      reject(
        new UserError(
          `--port: expected a port that is free, got ${port} (${reason}); leave it out to get any`,
        ),
      );
    });
    server.listen({ host: HOST, port, backlog: BACKLOG }, resolve);
  });
  server.on('error', () => {});
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  entries: Map<string, number>,
  answers: Answers,
): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  // No request has a body that matters.
  request.resume();
  const [path, search = ''] = (request.url ?? '').split('?', 2);
  const query = new URLSearchParams(search);
  const isStop = path === '/stop';
  const refused =
    foreign(request, path === '/' || path === '/enter') ??
    (path === '/enter' ? undefined : unknown(request, query, token)) ??
    methodRefused(request.method ?? '', isStop);
  if (refused !== undefined) return refuse(response, refused);
  if (path === '/') return send(response, 'text/html; charset=utf-8', answers.page);
  if (path === '/enter') return enter(response, query.get('code') ?? '', token, entries);
  if (path === '/metrics') return send(response, METRICS_TYPE, await answers.metrics());
  const run = query.get('run') ?? '';
  if (path === '/events') {
    const last = request.headers['last-event-id'];
    const cursor = typeof last === 'string' && last !== '' ? last : (query.get('since') ?? '');
    const none = await answers.events(run, cursor, response);
    return none && refuse(response, none);
  }
  if (path === '/config') {
    const config = await answers.config(run);
    if (config !== undefined) return send(response, 'application/json', JSON.stringify(config));
  }
  if (isStop) {
    const not = answers.stop(run);
    return not ? refuse(response, not) : send(response, 'text/plain; charset=utf-8', 'stopping\n');
  }
  return refuse(response, { status: 404, reason: 'there is no such thing here' });
}

function methodRefused(method: string, isStop: boolean): Refusal | undefined {
  const may = isStop ? ['POST'] : ['GET', 'HEAD'];
  return may.includes(method) ? undefined : { status: 405, reason: `expected ${may[0]}` };
}

/** Takes the browser that was opened to the page, once. */
function enter(response: ServerResponse, code: string, token: string, entries: Map<string, number>): void {
  for (const [entry, until] of entries) {
    if (!isSame(code, entry)) continue;
    entries.delete(entry);
    if (performance.now() > until) break;
    response.writeHead(303, { location: `/?token=${token}` }).end();
    return;
  }
  const reason = 'this address was good for one time; the one to come back to stands in the terminal';
  refuse(response, { status: 403, reason });
}

function send(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { 'content-type': type }).end(text);
}

function refuse(response: ServerResponse, { status, reason }: Refusal): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${reason}\n`);
}
