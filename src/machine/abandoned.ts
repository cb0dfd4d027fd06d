/**
 * Whether this thread is about to end before its time: work that takes long looks now and then, and begins nothing any
 * more. Set in threads of gradpool's own alone, each of which belongs to one call, and in the process of a command.
 */
let abandoned: { readonly reason: unknown } | undefined;

/** @param reason what is thrown from now on */
export function abandonThread(reason: unknown = new Error('the run was abandoned')): void {
  abandoned ??= { reason };
}

/** @throws where the thread is about to end */
export function refuseAbandoned(): void {
  if (abandoned) throw abandoned.reason;
}

/** Lets messages in, one of which may say so. @throws as `refuseAbandoned` */
export async function pauseForMessages(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  refuseAbandoned();
}
