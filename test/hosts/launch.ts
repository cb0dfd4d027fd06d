/** What launchers and users say about how many hosts there are, and the command that starts them. No process is started. */
import t from 'tap';
import { checkSize, isFirst, launched, refuseUntold } from '../../src/hosts/launcher.js';
import { explained, launcherOf, lostHost, mpirunArguments, readHosts } from '../../src/hosts/mpirun.js';

const LIBRARY = 'Open MPI v4.1.4';

t.test('a launcher says how many it has started', async (t) => {
  t.strictSame(launched({}), { by: undefined, size: undefined });
  t.match(launched({ OMPI_COMM_WORLD_SIZE: '4' }), { by: "Open MPI's mpirun", size: 4 });
  t.match(launched({ PMI_SIZE: '2' }), { by: "MPICH's mpiexec", size: 2 });
  t.match(launched({ SLURM_STEP_NUM_TASKS: '8', SLURM_NTASKS: '16' }), { by: 'srun', size: 8 });
  t.match(launched({ SLURM_NTASKS: '16' }), { size: undefined });
  t.ok(isFirst({}));
  t.ok(isFirst({ OMPI_COMM_WORLD_RANK: '0' }));
  t.notOk(isFirst({ PMI_RANK: '3' }));
});

t.test('the user, the launcher and the library must agree', async (t) => {
  const mpirun = { by: 'mpirun', size: 4 };
  checkSize(4, 4, mpirun, LIBRARY);
  for (const [nodes, size, said, message] of [
    [4, 1, mpirun, /mpirun has started 4 processes, and the library \(Open MPI v4\.1\.4\) sees 1/],
    [4, 1, { by: 'srun', size: 4 }, /srun: --mpi=pmix/],
    [2, 4, mpirun, /expected 2 processes, got 4 from mpirun/],
    [2, 1, { by: undefined, size: undefined }, /this one was started alone; mpirun --bind-to none -np 2/],
  ] as const) {
    t.throws(() => checkSize(nodes, size, said, LIBRARY), { name: 'UserError', message });
  }
  refuseUntold({ by: 'mpirun', size: 1 });
  refuseUntold({ by: undefined, size: undefined });
  t.throws(() => refuseUntold(mpirun), { name: 'UserError', message: /add --nodes 4$/ });
});

t.test('hosts are names with commas between them', async (t) => {
  t.strictSame(readHosts('a, b:2,10.0.0.3'), [
    { name: 'a', processes: 1 },
    { name: 'b', processes: 2 },
    { name: '10.0.0.3', processes: 1 },
  ]);
  for (const text of ['', 'a,,b', 'a:0', 'a:x', '-oProxyCommand=x', 'a b', 'a;b']) {
    t.throws(() => readHosts(text), { name: 'UserError', message: /^--hosts: expected names/ }, text);
  }
});

t.test('the command for each launcher', async (t) => {
  const hosts = readHosts('a,b:2');
  t.equal(launcherOf('mpirun (Open MPI) 4.1.4\n'), 'Open MPI');
  t.equal(launcherOf('HYDRA build details:\n    Version: 4.0.2\n'), 'MPICH');
  t.throws(() => launcherOf('mpirun 1.0 of another kind'), { name: 'UserError' });
  const open = mpirunArguments('Open MPI', hosts, ['node', 'x'], { cwd: '/srv/run', asRoot: true }).join(' ');
  t.match(open, /^--allow-run-as-root .*-np 3 --host a:1,b:2 --bind-to none --wdir \/srv\/run .* node x$/);
  t.match(open, /oob_tcp_keepalive_time 3/);
  const mpich = mpirunArguments('MPICH', hosts, ['node', 'x'], { cwd: '/srv/run' }).join(' ');
  t.equal(mpich, '-n 3 -hosts a:1,b:2 -bind-to none -wdir /srv/run node x');
});

t.test('what mpirun complains of is told in one line', async (t) => {
  t.match(explained('mpirun has detected an attempt to run as root.'), /--allow-run-as-root/);
  t.match(explained('There are not enough slots available in the system'), /fewer free places/);
  t.match(explained('ssh: Could not resolve hostname nowhere: Name or service not known'), /ssh <host> true/);
  t.match(explained('mpirun was unable to find the specified executable file'), /at the same path/);
  t.equal(explained('something else'), undefined);
  const told = 'mpirun noticed that process rank 1 with PID 0 on node vm exited\non signal 9 (Killed).';
  t.equal(lostHost(told), 'host 1, on vm, ended by signal 9 (Killed)');
  t.equal(lostHost('nothing of it'), undefined);
});
