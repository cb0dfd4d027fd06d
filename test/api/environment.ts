/** What Node lacks or forbids, told with what is in the way. */
import t from 'tap';
import { asTold, checkEnvironment } from '../../src/api/environment.js';
import { forbidden } from '../../src/errors.js';

t.test('what gradpool cannot do without', async (t) => {
  t.doesNotThrow(() => checkEnvironment(undefined, true));
  t.doesNotThrow(() => checkEnvironment({ has: () => true }, true));
  t.throws(() => checkEnvironment(undefined, false), { name: 'UserError', message: /--jitless/ });
  t.throws(() => checkEnvironment({ has: (scope) => scope !== 'worker' }, true), {
    name: 'UserError',
    message: /forbids threads.*--allow-worker$/,
  });
});

t.test('what the permission model refuses on the way', async (t) => {
  const denied = (permission: string, resource?: string) =>
    Object.assign(new Error('Access to this API has been restricted'), {
      code: 'ERR_ACCESS_DENIED',
      permission,
      resource,
    });
  t.match(
    forbidden(denied('FileSystemRead', '/data/x')),
    /forbids reading; start Node with --allow-fs-read=\/data\/x$/,
  );
  t.match(forbidden(denied('FileSystemWrite', '/a')), /forbids writing; .*--allow-fs-write=\/a$/);
  t.match(forbidden(denied('Inspector')), /forbids Inspector; start Node with the flag that allows it$/);
  const other = new Error('other');
  t.equal(forbidden(other), undefined);
  t.equal(asTold(other), other);
  for (const thrown of [undefined, null, 0, '', 'text', Symbol.iterator, () => {}]) {
    t.equal(asTold(thrown), thrown, `${String(thrown)} as it was thrown`);
  }
  t.match(asTold(denied('FileSystemRead', '/x')), {
    name: 'UserError',
    message: /--allow-fs-read=\/x$/,
  });
});
