/** The subscribers of runs by their names, each of which is an option of `train` and its file's name. */
import type { Context, Offer, Subscriber } from './subscriber.js';
import type { WatchSettings } from './watch.js';

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
  watch: {
    describe: 'Show the run in a browser while it lasts',
    byDefault: false,
    open: async (context, settings) => (await import('./watch.js')).openWatch(context, settings),
  },
} as const satisfies Readonly<Record<string, Offer<SubscriberSettings>>>;

/** What a subscriber can be told beside that it is wanted. */
type SubscriberSettings = WatchSettings;

/** A subscriber, by its name. */
export type SubscriberName = keyof typeof subscribers;

/** Which of them a run is to have; undefined: as `byDefault` says. */
export type Subscriptions = { [Name in Exclude<SubscriberName, 'watch'>]?: boolean } & {
  watch?: boolean | WatchSettings;
};

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
  const settingsOf = (name: SubscriberName): SubscriberSettings => {
    const said = asked[name];
    return typeof said === 'object' ? said : {};
  };
  const open: { name: SubscriberName; subscriber: Subscriber }[] = [];
  const warn = (name: SubscriberName, error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    process.emitWarning(`${name}: ${message}; the run itself is whole`, 'GradpoolWarning');
  };
  for (const name of names) {
    const offer: Offer<SubscriberSettings> = subscribers[name];
    open.push({ name, subscriber: await offer.open(context, settingsOf(name)) });
  }
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
