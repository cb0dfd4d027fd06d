/** Memory that is wanted elsewhere before the garbage collector would see that nobody needs it any more. */
import { MessageChannel } from 'node:worker_threads';

/** Gives a buffer's memory back at once; whoever looks into it finds it empty. */
export function release(buffer: ArrayBuffer): void {
  // A message takes its memory along, and is gone with the channel.
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(null, [buffer]);
  port1.close();
  port2.close();
}
