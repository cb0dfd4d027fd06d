/** `gradpool schema`: the JSON Schema of configuration files, for editors. */
import type { CommandModule } from 'yargs';

export const options = {};

export const command: CommandModule = {
  command: 'schema',
  describe: 'Print the JSON Schema of configuration files',
  builder: (yargs) =>
    yargs
      .hide('version')
      .usage(
        'gradpool schema\n\n' +
          'Prints the JSON Schema of configuration files. An editor with a YAML language\n' +
          'server completes and checks a file whose first line is\n' +
          '# yaml-language-server: $schema=gradpool.schema.json',
      )
      .example('gradpool schema > gradpool.schema.json', ''),
  handler: async () => {
    const { jsonSchema } = await import('../config/load.js');
    process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  },
};
