/** The subscribers of runs by their names, each of which is an option of `train` and its file's name. */
import type { Context, Offer, Subscriber } from './subscriber.js';

export const subscribers = {
  report: {
    describe: "Leave no report.html in the run's folder",
    byDefault: true,
    open: async (context) => (await import('./report.js')).openReport(context),
  },
  tensorboard: {
    describe: "Write event files for TensorBoard into the run's folder",
    byDefault: false,
    open: async (context) => (await import('./tensorboard.js')).openTensorboard(context),
  },
} as const satisfies Readonly<Record<string, Offer>>;

export type SubscriberName = keyof typeof subscribers;

/** Which of them a run is to have; undefined: as `byDefault` says. */
export type Subscriptions = Partial<Record<SubscriberName, boolean>>;

/**
 * Those that are asked for, as one. What goes wrong with one of them ends no run: it is told as a warning of the process.
 * @param written whether the run has a folder
 */
export async function openSubscribers(
  asked: Subscriptions,
  written: boolean,
  context: Context,
): Promise<Subscriber> {
  const names = (Object.keys(subscribers) as SubscriberName[]).filter(
    (name) => asked[name] ?? (written && subscribers[name].byDefault),
  );
  const open: { name: SubscriberName; subscriber: Subscriber }[] = [];
  const warn = (name: SubscriberName, error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    process.emitWarning(`${name}: ${message}; the run itself is whole`, 'GradpoolWarning');
  };
  for (const name of names) open.push({ name, subscriber: await subscribers[name].open(context) });
  return {
    tell(event) {
      for (const each of open) {
        try {
          each.subscriber.tell(event);
        } catch (error) {
          warn(each.name, error);
          open.splice(open.indexOf(each), 1);
        }
      }
    },
    async end() {
      await Promise.all(
        open.map(({ name, subscriber }) => subscriber.end().catch((error) => warn(name, error))),
      );
    },
  };
}
