/** Where the control groups of this process keep a controller's files. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** The text of a file, or undefined where it cannot be read. */
export type ReadText = (path: string) => string | undefined;

export interface GroupFolder {
  readonly version: 1 | 2;
  readonly path: string;
}

/**
 * The folders of this process's group and of the groups above it, for one controller, in each place where they may be
 * mounted: not every one of them exists. Source: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1.
 */
export function groupFolders(read: ReadText, controller: string): GroupFolder[] {
  const folders: GroupFolder[] = [];
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    // hierarchy:controllers:path, where hierarchy 0 without controllers is version 2
    const [, hierarchy, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const version = hierarchy === '0' && controllers === '' ? 2 : 1;
    if (version === 1 && !controllers.split(',').includes(controller)) continue;
    const mounts =
      version === 2
        ? ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']
        : new Set([`/sys/fs/cgroup/${controllers}`, `/sys/fs/cgroup/${controller}`]);
    for (const mount of mounts) {
      for (const group of groupsUpwards(path)) folders.push({ version, path: mount + group });
    }
  }
  return folders;
}

/** `/a/b` → `/a/b`, `/a`, and the mount itself: in a container that is where its own group is seen. */
function groupsUpwards(path: string): string[] {
  // a namespace may show `/../other`: groups outside of what is mounted here
  const groups = [];
  for (let group = posix.normalize(path); group !== '/'; group = posix.dirname(group)) groups.push(group);
  return [...groups, ''];
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
