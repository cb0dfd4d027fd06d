import { availableParallelism } from 'node:os';
import t from 'tap';
import { availableCores, checkThreads, cpuQuota } from '../../src/machine/cores.js';

/** A made-up file tree. */
const tree = (files: Record<string, string>) => (path: string) => files[path];

t.test('no cgroups, no quota: the processors', async (t) => {
  t.equal(availableCores(tree({}), 6), 6);
  t.equal(availableCores(tree({ '/proc/self/cgroup': 'nonsense\n\n0:' }), 6), 6);
});

t.test('here: between one and what the affinity mask allows', async (t) => {
  const cores = availableCores();
  t.ok(Number.isInteger(cores) && cores >= 1 && cores <= availableParallelism(), `${cores}`);
});

t.test('version 2: this group or one above it, the smallest', async (t) => {
  const cgroup = { '/proc/self/cgroup': '0::/user.slice/run.scope\n' };
  const at = (group: string, text: string) => ({ [`/sys/fs/cgroup${group}/cpu.max`]: text });
  const cores = (...files: Record<string, string>[]) =>
    availableCores(tree(Object.assign({}, cgroup, ...files)), 8);
  t.equal(cores(at('/user.slice/run.scope', '300000 100000\n')), 3);
  t.equal(cores(at('/user.slice/run.scope', 'max 100000\n'), at('/user.slice', '200000 100000\n')), 2);
  t.equal(cores(at('/user.slice/run.scope', '500000 100000\n'), at('/user.slice', '200000 50000\n')), 4);
  t.equal(cores(at('', '100000 100000\n')), 1, "a container's own group is the mount itself");
  t.equal(cores(at('', 'max 100000\n')), 8);
  t.equal(cores(at('/user.slice/run.scope', '2000000 100000\n')), 8, 'more quota than processors');
});

t.test('fractions are rounded down, and one core is always there', async (t) => {
  const max = (text: string) =>
    availableCores(tree({ '/proc/self/cgroup': '0::/', '/sys/fs/cgroup/cpu.max': text }), 8);
  t.equal(max('350000 100000'), 3);
  t.equal(max('150000 100000'), 1);
  t.equal(max('10000 100000'), 1);
  t.equal(max(''), 8);
  t.equal(max('0 100000'), 8);
});

t.test('version 1: the hierarchy of the cpu controller', async (t) => {
  const v1 = (cgroup: string, folder: string, quota: string, period = '100000\n') =>
    cpuQuota(
      tree({
        '/proc/self/cgroup': cgroup,
        [`${folder}/cpu.cfs_quota_us`]: quota,
        [`${folder}/cpu.cfs_period_us`]: period,
      }),
    );
  const docker = '5:memory:/docker/a\n3:cpu,cpuacct:/docker/a\n0::/\n';
  t.equal(v1(docker, '/sys/fs/cgroup/cpu,cpuacct/docker/a', '250000\n'), 2.5);
  t.equal(v1(docker, '/sys/fs/cgroup/cpu/docker', '150000\n', '50000\n'), 3);
  t.equal(v1(docker, '/sys/fs/cgroup/cpu', '400000\n'), 4);
  t.equal(v1(docker, '/sys/fs/cgroup/cpu', '-1\n'), Number.POSITIVE_INFINITY);
  t.equal(
    v1('2:cpuacct:/a\n', '/sys/fs/cgroup/cpu', '100000\n'),
    Number.POSITIVE_INFINITY,
    'another controller',
  );
});

t.test('a group outside of the mount ends the walk', async (t) => {
  t.equal(cpuQuota(tree({ '/proc/self/cgroup': '0::/../x', '/sys/fs/cgroup/x/cpu.max': '1 1' })), 1);
});

t.test('checkThreads', async (t) => {
  for (const threads of [1, 2, 256]) t.equal(checkThreads(threads), threads);
  for (const threads of [0, -1, 1.5, 257, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => checkThreads(threads), {
      name: 'UserError',
      message: `threads: expected a whole number from 1 to 256, got ${threads}`,
    });
  }
});
