/**
 * Whom the live page's server answers: who has the token, calls this machine by its own name, and is no other page. A
 * page from elsewhere can make a browser send requests to 127.0.0.1, or have its own name lead there (DNS rebinding).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Why a request is not answered. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** What nobody guesses: 192 bits. */
export const newSecret = (): string => randomBytes(24).toString('base64url');

/** Through a tunnel (`ssh -L`) the port may be another one. */
const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/** Takes as long whatever `given` is. */
export function isSame(given: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

/** Whether a request may come in at all: from this machine by its own name, and from no other page. */
export function foreign({ headers }: IncomingMessage, isPage: boolean): Refusal | undefined {
  const { host = '', origin } = headers;
  if (!OWN_HOST.test(host))
    return { status: 403, reason: 'this address is not one of this machine: call it 127.0.0.1 or localhost' };
  const site = headers['sec-fetch-site'] ?? 'none';
  const isOwn = site === 'none' || site === 'same-origin';
  // A link to the page may stand anywhere: whoever follows it brings the token.
  if ((origin !== undefined && origin !== `http://${host}`) || (!isPage && !isOwn))
    return { status: 403, reason: 'asked by another page' };
  return undefined;
}

/** The token, in the address or in the header that scrapers of metrics send. */
export function unknown(
  request: IncomingMessage,
  query: URLSearchParams,
  token: string,
): Refusal | undefined {
  const [, bearer = ''] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (isSame(query.get('token') ?? bearer, token)) return undefined;
  return {
    status: 403,
    reason:
      'the token is missing or wrong; the whole address stands in the terminal where gradpool was started',
  };
}
