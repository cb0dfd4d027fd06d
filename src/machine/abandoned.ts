/**
 * Whether this thread is about to end before its time: work that takes long looks now and then, and begins nothing any
 * more. Set in threads of gradpool's own alone, each of which belongs to one call.
 */
let abandoned = false;

export function abandonThread(): void {
  abandoned = true;
}

/** @throws where the thread is about to end */
export function refuseAbandoned(): void {
  if (abandoned) throw new Error('the run was abandoned');
}

/** Lets messages in, one of which may say so. @throws as `refuseAbandoned` */
export async function pauseForMessages(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  refuseAbandoned();
}
