/** How much memory there is, by made-up files. */
import { totalmem } from 'node:os';
import t from 'tap';
import { availableMemory, type NodeMemory, size } from '../../src/machine/memory.js';

const MIB = 2 ** 20;
const tree = (files: Record<string, string>) => (path: string) => files[path];
const node = (changes: Partial<NodeMemory> = {}) => {
  return () => ({
    platform: 'linux',
    free: 3000 * MIB,
    total: 8000 * MIB,
    constrained: 0,
    used: 100 * MIB,
    ...changes,
  });
};
const meminfo = (mebibytes: number) => ({
  '/proc/meminfo': `MemTotal:       8192000 kB\nMemFree:          1000 kB\nMemAvailable:  ${mebibytes * 1024} kB\n`,
});
/** A group's files from MiB, in the folder `at`. */
const group = (at: string, files: Record<string, number | string>) =>
  Object.fromEntries(
    Object.entries(files).map(([name, value]) => [
      `${at}/memory.${name}`,
      `${typeof value === 'number' ? value * MIB : value}\n`,
    ]),
  );
const here = 'on this machine';

t.test('the machine: on Linux what it says is available, caches included', async (t) => {
  t.strictSame(availableMemory(tree(meminfo(5000)), node()), { bytes: 5000 * MIB, where: here });
  t.equal(availableMemory(tree({}), node())?.bytes, 3000 * MIB, 'no such file: what Node calls free');
  t.equal(availableMemory(tree({ '/proc/meminfo': 'MemTotal: 1 kB\n' }), node())?.bytes, 3000 * MIB);
});

t.test('elsewhere', async (t) => {
  t.equal(availableMemory(tree({}), node({ platform: 'win32' }))?.bytes, 3000 * MIB);
  t.equal(
    availableMemory(tree({}), node({ platform: 'darwin', free: 50 * MIB }))?.bytes,
    7900 * MIB,
    'free memory says nothing there',
  );
});

t.test('version 2: the least of this group and those above it, without what can be dropped', async (t) => {
  const bytes = (...files: Record<string, string>[]) =>
    availableMemory(
      tree(Object.assign({ '/proc/self/cgroup': '0::/a/b\n' }, meminfo(5000), ...files)),
      node(),
    );
  const [a, ab] = ['/sys/fs/cgroup/a', '/sys/fs/cgroup/a/b'];
  t.strictSame(bytes(group(ab, { max: 512, current: 200 })), {
    bytes: 312 * MIB,
    where: 'of the 512 MiB of its control group',
  });
  const stat = `anon 5\ninactive_file ${90 * MIB}\nactive_file ${10 * MIB}\nslab 7`;
  t.equal(bytes(group(ab, { max: 512, current: 200, stat }))?.bytes, 412 * MIB);
  t.equal(
    bytes(group(ab, { max: 512, current: 50, stat }))?.bytes,
    512 * MIB,
    'a cache larger than the usage',
  );
  t.equal(bytes(group(ab, { max: 'max', current: 200 }))?.bytes, 5000 * MIB);
  t.equal(bytes(group(ab, { max: 'max', high: 400, current: 200 }))?.bytes, 200 * MIB, 'memory.high');
  t.equal(
    bytes(group(ab, { max: 900, current: 200 }), group(a, { max: 800, current: 300 }))?.bytes,
    500 * MIB,
    'the group above',
  );
  t.equal(bytes(group('/sys/fs/cgroup', { max: 256, current: 56 }))?.bytes, 200 * MIB, 'seen from inside');
  t.equal(bytes(group(ab, { max: 512, current: 600 }))?.bytes, 0, 'over its limit already');
  t.equal(bytes(group(ab, { max: 512 }))?.bytes, 5000 * MIB, 'half of the files: no limit known');
  t.equal(bytes(group(ab, { max: 'x', current: 'y' }))?.bytes, 5000 * MIB);
  t.equal(bytes(group(ab, { max: 9000, current: 200 }))?.where, here, 'more than the machine has');
});

t.test('version 1: the hierarchy of the memory controller', async (t) => {
  const bytes = (cgroup: string, files: Record<string, string>) =>
    availableMemory(tree({ '/proc/self/cgroup': cgroup, ...meminfo(5000), ...files }), node())?.bytes;
  const docker = '5:memory:/docker/a\n3:cpu,cpuacct:/docker/a\n0::/\n';
  const folder = '/sys/fs/cgroup/memory/docker/a';
  const stat = `inactive_file 1\ntotal_inactive_file ${60 * MIB}\ntotal_active_file ${40 * MIB}`;
  const files = { limit_in_bytes: 512, usage_in_bytes: 200 };
  t.equal(bytes(docker, group(folder, files)), 312 * MIB);
  t.equal(bytes(docker, group(folder, { ...files, stat })), 412 * MIB);
  t.equal(bytes(docker, group('/sys/fs/cgroup/memory', files)), 312 * MIB, 'seen from inside');
  t.equal(bytes('3:cpu:/docker/a\n', group(folder, files)), 5000 * MIB, 'another controller');
  const unlimited = { limit_in_bytes: '9223372036854771712', usage_in_bytes: 200 };
  t.equal(bytes(docker, group(folder, unlimited)), 5000 * MIB);
});

t.test("the process's own limit", async (t) => {
  const found = (constrained: number) => availableMemory(tree(meminfo(5000)), node({ constrained }));
  t.strictSame(found(600 * MIB), {
    bytes: 500 * MIB,
    where: 'of the 600 MiB that this process may have',
  });
  t.equal(found(2 ** 64)?.bytes, 5000 * MIB, 'the number that stands for none');
  const files = group('/sys/fs/cgroup', { max: 600, current: 50 });
  t.equal(
    availableMemory(tree({ '/proc/self/cgroup': '0::/\n', ...files }), node({ constrained: 600 * MIB }))
      ?.bytes,
    550 * MIB,
    'known better from the group',
  );
});

t.test('nothing is known: nothing is said', async (t) => {
  const unknown = { free: Number.NaN, total: Number.NaN, constrained: Number.NaN, used: Number.NaN };
  t.equal(availableMemory(tree({}), node(unknown)), undefined);
});

t.test('here: some, at most what the machine has, and soon known', async (t) => {
  availableMemory();
  const begun = performance.now();
  const found = availableMemory();
  const took = performance.now() - begun;
  t.ok(found && found.bytes > 0 && found.bytes <= totalmem(), JSON.stringify(found));
  // Less than a millisecond on a machine that is not busy.
  t.ok(took < 20, `${took} ms`);
});

t.test('sizes as people read them', async (t) => {
  t.equal(size(0), '0 bytes');
  t.equal(size(1), '1 byte');
  t.equal(size(9000), '9,000 bytes');
  t.equal(size(12_800), '13 KiB');
  t.equal(size(12_800, Math.floor), '12 KiB');
  t.equal(size(1.5e6), '1.4 MiB');
  t.equal(size(1.5e6, Math.ceil), '2 MiB');
  t.equal(size(9.97 * MIB), '10 MiB');
  t.equal(size(64 * MIB), '64 MiB');
  t.equal(size(4097 * MIB), '4,097 MiB');
  t.equal(size(2 ** 42), '4,096 GiB');
});
