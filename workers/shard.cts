/**
 * Entry point of a pool worker. No logic. CommonJS, since Piscina loads it by require: where a thread is ended while
 * require loads an ES module, Node aborts the whole process (seen on 20.20: "IsGraphAsync must be used on an instantiated
 * module"). An import that is cut short harms nobody.
 */
const loaded = import('./perform.js');

type Perform = Awaited<typeof loaded>['perform'];

module.exports = async (task: Parameters<Perform>[0]): Promise<unknown> => {
  const { perform, portable } = await loaded;
  try {
    return perform(task);
  } catch (error) {
    throw portable(error);
  }
};
