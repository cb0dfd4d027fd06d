/** The subscribers of runs as options of a command: `--<name>` for one that is asked for, `--no-<name>` for the others. */

import { UserError } from '../errors.js';
import { type SubscriberName, type Subscriptions, subscribers } from '../subscribers/index.js';
import { flag, type Option, whole } from './options.js';

const names = Object.keys(subscribers) as SubscriberName[];
const optionOf = (name: SubscriberName) => (subscribers[name].byDefault ? `no-${name}` : name);

const switches: Readonly<Record<string, Option<boolean>>> = Object.fromEntries(
  names.map((name) => [optionOf(name), flag(subscribers[name].describe)]),
);

/** How a live page is shown. */
export const pageOptions = {
  port: whole('Port of the live page (default: any that is free)', 1, 65_535),
  'no-open': flag('Open no browser for it'),
};

export const subscriberOptions = { ...switches, ...pageOptions };

/** What a command's values say of them. @throws UserError for options of one that is not asked for */
export function subscriptionsOf(values: Readonly<Record<string, unknown>>): Subscriptions {
  const said = names.filter((name) => values[optionOf(name)] === true);
  const asked: Subscriptions = Object.fromEntries(said.map((name) => [name, !subscribers[name].byDefault]));
  const { port, 'no-open': closed } = values as { port?: number; 'no-open'?: boolean };
  if (asked.watch) return { ...asked, watch: { port, ...(closed && { open: false }) } };
  if (port !== undefined) throw new UserError('--port: goes with --watch only');
  if (closed) throw new UserError('--no-open: goes with --watch only');
  return asked;
}
