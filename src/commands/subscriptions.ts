/** The subscribers of runs as options of a command: `--<name>` for one that is asked for, `--no-<name>` for the others. */
import { type SubscriberName, type Subscriptions, subscribers } from '../subscribers/index.js';
import { flag, type Option } from './options.js';

const names = Object.keys(subscribers) as SubscriberName[];
const optionOf = (name: SubscriberName) => (subscribers[name].byDefault ? `no-${name}` : name);

export const subscriberOptions: Readonly<Record<string, Option<boolean>>> = Object.fromEntries(
  names.map((name) => [optionOf(name), flag(subscribers[name].describe)]),
);

/** What a command's values say of them. */
export function subscriptionsOf(values: Readonly<Record<string, unknown>>): Subscriptions {
  const said = names.filter((name) => values[optionOf(name)] === true);
  return Object.fromEntries(said.map((name) => [name, !subscribers[name].byDefault]));
}
