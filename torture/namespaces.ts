/** Two hosts made of one: network namespaces with a wire between them, which can be cut. Linux, as root. */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Namespaces {
  /** Addresses, in the order of the hosts. */
  readonly addresses: readonly string[];
  /** Words before a command that is to run on a host. */
  on(host: number): string[];
  /** What Open MPI needs to start its daemon there by namespaces in the place of ssh. */
  readonly environment: NodeJS.ProcessEnv;
  /** Takes the wire away, or brings it back. */
  link(state: 'up' | 'down'): void;
  remove(): void;
}

const sh = (...words: string[]) =>
  execFileSync(words[0], words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });

/** Why there can be none; false: there can. */
export function namespacesMissing(): string | false {
  if (process.getuid?.() !== 0) return 'a link is only cut by root';
  try {
    sh('ip', 'netns', 'list');
    return false;
  } catch {
    return 'ip netns is not to be had (apt-get install iproute2)';
  }
}

/** @param folder where the program is written that takes ssh's place */
export function twoNamespaces(folder: string): Namespaces {
  // Others may have some of their own.
  const mark = `${process.pid % 250}`;
  const names = ['a', 'b'].map((name) => `gp-${mark}-${name}`);
  const net = `10.217.${mark}`;
  const on = (host: number) => ['ip', 'netns', 'exec', names[host]];
  for (const name of names) sh('ip', 'netns', 'add', name);
  sh('ip', 'link', 'add', names[0], 'type', 'veth', 'peer', 'name', names[1]);
  for (const [host, name] of names.entries()) {
    sh('ip', 'link', 'set', name, 'netns', name);
    sh(...on(host), 'ip', 'addr', 'add', `${net}.${host + 1}/24`, 'dev', name);
    sh(...on(host), 'ip', 'link', 'set', 'lo', 'up');
    sh(...on(host), 'ip', 'link', 'set', name, 'up');
  }
  const agent = join(folder, 'agent');
  writeFileSync(agent, `#!/bin/sh\nshift\nexec ${on(1).join(' ')} sh -c "$*"\n`);
  chmodSync(agent, 0o755);
  return {
    addresses: names.map((_, host) => `${net}.${host + 1}`),
    on,
    environment: {
      OMPI_MCA_plm_rsh_agent: agent,
      OMPI_MCA_btl: 'tcp,self',
      OMPI_MCA_pml: 'ob1',
      OMPI_MCA_btl_tcp_if_include: `${net}.0/24`,
      OMPI_MCA_oob_tcp_if_include: `${net}.0/24`,
    },
    link: (state) => {
      sh(...on(0), 'ip', 'link', 'set', names[0], state);
    },
    remove: () => {
      for (const name of names) sh('ip', 'netns', 'del', name);
    },
  };
}
