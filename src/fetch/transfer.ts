/** One answer to a request for a file, from some byte on: by HTTP, through redirects. Knows nothing of hashes. */
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { codeOf, shortened, UserError } from '../errors.js';

/** A connection that was cut, or that nothing comes through: another try may do. */
export class Cut extends Error {}

/** An answer whose body is to come. */
export interface Answer {
  /** The byte that the body begins with: that asked for, or 0 where the server knows no ranges. */
  readonly from: number;
  /** Bytes of the whole file; undefined where the server does not say. */
  readonly total: number | undefined;
  /** @throws Cut */
  readonly body: AsyncIterable<Uint8Array>;
}

const MOST_REDIRECTS = 5;

/** How long a server may send nothing. */
export const QUIET_MS = 30_000;

/**
 * Asks for a file from the byte `from` on.
 * @returns undefined where the server says that there are no bytes from there on
 * @throws UserError where the file is not to be had there; Cut where another try may do; the signal's reason
 */
export async function ask(
  url: string,
  from: number,
  signal: AbortSignal | undefined,
  quiet = QUIET_MS,
): Promise<Answer | undefined> {
  let place = new URL(url);
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const response = await request(place, from, signal, quiet);
    const { statusCode: status = 0, headers } = response;
    if (status >= 300 && status < 400 && headers.location !== undefined) {
      response.destroy();
      place = redirected(place, headers.location, url);
      continue;
    }
    if (status === 206 || status === 200) {
      const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
      const begin = status === 206 ? Number(range?.[1]) : 0;
      if (status === 206 && begin !== from) {
        response.destroy();
        throw new UserError(
          `${url}: was asked for bytes from ${from} on, and answers with others; try another mirror`,
        );
      }
      const length = headers['content-length'];
      const whole = status === 206 ? range?.[2] : length;
      const total = whole === undefined || whole === '*' ? undefined : Number(whole);
      return { from: begin, total, body: bodyOf(response, signal) };
    }
    response.destroy();
    if (status === 416) return undefined;
    if (status === 408 || status === 429 || status >= 500) {
      throw new Cut(`the server answers ${status}`);
    }
    const what = status === 404 || status === 410 ? 'there is no such file' : 'it is not to be had';
    throw new UserError(
      `${url}: ${what} (the server answers ${status}); name another place with --mirror or GRADPOOL_MIRROR`,
    );
  }
  throw new UserError(`${url}: leads on more than ${MOST_REDIRECTS} times; name another place with --mirror`);
}

function redirected(place: URL, location: string, url: string): URL {
  let next: URL;
  try {
    next = new URL(location, place);
  } catch {
    throw new UserError(`${url}: leads to "${shortened(location)}", which is no address`);
  }
  if (next.protocol === 'http:' || next.protocol === 'https:') return next;
  throw new UserError(`${url}: leads to ${next.protocol}, which is neither http nor https`);
}

function request(
  place: URL,
  from: number,
  signal: AbortSignal | undefined,
  quiet: number,
): Promise<IncomingMessage> {
  const get = place.protocol === 'https:' ? httpsGet : httpGet;
  return new Promise((resolve, reject) => {
    // Packed files are to come as they lie there.
    const headers = {
      'accept-encoding': 'identity',
      'user-agent': 'gradpool',
      ...(from > 0 && { range: `bytes=${from}-` }),
    };
    const asked = get(place, { headers, signal, timeout: quiet }, resolve);
    asked.on('timeout', () => asked.destroy(new Cut(`nothing came for ${quiet / 1000} s`)));
    asked.on('error', (error) => reject(signal?.aborted ? signal.reason : cutBy(error)));
  });
}

async function* bodyOf(
  response: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Uint8Array;
  } catch (error) {
    throw signal?.aborted ? signal.reason : cutBy(error);
  }
}

const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such server, or no network',
  EAI_AGAIN: 'the name of the server cannot be looked up: is there a network?',
  ECONNREFUSED: 'the server refuses the connection',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'the server does not answer',
  ENETUNREACH: 'there is no network',
};

function cutBy(error: unknown): Error {
  if (error instanceof Cut) return error;
  const code = codeOf(error) ?? '';
  const message = error instanceof Error ? error.message : String(error);
  return new Cut(words[code] ?? shortened(message, 200));
}
