/** `gradpool schema`: the JSON Schema of configuration files, for editors. */
import { command } from './command.js';

export const schema = command({
  name: 'schema',
  describe: 'Print the JSON Schema of configuration files',
  usage:
    'gradpool schema\n\n' +
    'Prints the JSON Schema of configuration files. An editor with a YAML language\n' +
    'server completes and checks a file whose first line is\n' +
    '# yaml-language-server: $schema=gradpool.schema.json',
  examples: ['gradpool schema > gradpool.schema.json'],
  options: {},
  async run(_, __, { write }) {
    const { plainSchema } = await import('../config/json-schema.js');
    write(`${JSON.stringify(plainSchema(), null, 2)}\n`);
    return 0;
  },
});
