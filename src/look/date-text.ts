/** An instant as people read it. A file of its own, since reports load it, and no reader of files. */

/** A day, and the time where there is one; UTC. @param ms milliseconds since 1970 */
export function dateText(ms: number): string {
  const [day, time] = new Date(ms).toISOString().split('T');
  return time === '00:00:00.000Z' ? day : `${day} ${time.replace(/(:00)?\.000Z$|Z$/, '')}`;
}
