/** The JSON Schema that `gradpool schema` prints: every key explained, and every configuration that ships fits it. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { jsonSchema, membersOf, namesOf, type SchemaNode } from '../../src/config/json-schema.js';
import { configSchema } from '../../src/config/schema.js';
import { parseYaml } from '../../src/config/yaml.js';
import { activationNames } from '../../src/model/activations/index.js';
import { initializerNames } from '../../src/model/init/index.js';
import { lossNames } from '../../src/model/losses/index.js';

const shipped = fileURLToPath(new URL('../../../config/', import.meta.url));

/** Why `value` does not fit `schema`, by the keywords that the schema uses; undefined where it does. */
function misfit(value: unknown, schema: SchemaNode, path = ''): string | undefined {
  if (schema.anyOf) {
    const misfits = schema.anyOf.map((one) => misfit(value, one, path));
    if (misfits.includes(undefined)) return undefined;
    // A mapping is meant for the last, which is a family's members.
    return misfits.at(typeof value === 'object' ? -1 : 0);
  }
  if (schema.oneOf) {
    const fits = schema.oneOf.filter((member) => misfit(value, member, path) === undefined);
    return fits.length === 1 ? undefined : `${path}: fits ${fits.length} of its kinds`;
  }
  if (schema.const !== undefined && value !== schema.const) return `${path}: not ${schema.const}`;
  if (schema.enum && !schema.enum.includes(value as string)) return `${path}: none of ${schema.enum}`;
  switch (schema.type) {
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path}: no mapping`;
      const missing = schema.required?.find((key) => !Object.hasOwn(value, key));
      if (missing) return `${path}: no ${missing}`;
      return first(Object.entries(value), ([key, child]) => {
        const known = schema.properties?.[key];
        return known ? misfit(child, known, `${path}/${key}`) : `${path}/${key}: unknown`;
      });
    }
    case 'array': {
      const { items = {}, minItems = 0 } = schema;
      if (!Array.isArray(value) || value.length < minItems) return `${path}: no list of ${minItems}`;
      return first(value, (item) => misfit(item, items, `${path}/0`));
    }
    case 'integer':
    case 'number': {
      const { minimum = Number.NEGATIVE_INFINITY, maximum = 0, exclusiveMinimum = minimum - 1 } = schema;
      const whole = schema.type === 'number' || Number.isInteger(value);
      const fits = whole && typeof value === 'number' && value >= minimum && value <= maximum;
      return fits && value > exclusiveMinimum ? undefined : `${path}: out of range`;
    }
    default:
      if (schema.pattern && !new RegExp(schema.pattern).test(String(value)))
        return `${path}: no ${schema.title}`;
      return typeof value === schema.type ? undefined : `${path}: no ${schema.type}`;
  }
}

function first<T>(items: readonly T[], of: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = of(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

t.test('every key has a description, everything has a range', async (t) => {
  const { $schema, title, description } = jsonSchema() as SchemaNode & { $schema: string; title: string };
  t.equal($schema, 'http://json-schema.org/draft-07/schema#');
  t.ok(title && description);
  let keys = 0;
  const seen = new Set<SchemaNode>();
  const walk = (node: SchemaNode, path: string): void => {
    // Layers may have layers.
    if (seen.has(node)) return;
    seen.add(node);
    // A mapping has keys of its own, or describes what stands at any key.
    if (node.type === 'object') {
      const any = node.additionalProperties;
      t.ok(any === false || (typeof any === 'object' && !node.properties), path);
      if (typeof any === 'object') walk(any, `${path}*.`);
    }
    if (node.type === 'array') t.match(node, { maxItems: Number }, path);
    if (node.type === 'integer') t.match(node, { minimum: Number, maximum: Number }, path);
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      t.ok(child.description, `${path}${key} has a description`);
      keys++;
      walk(child, `${path}${key}.`);
    }
    if (node.items) walk(node.items, path);
    for (const form of node.anyOf ?? node.oneOf ?? []) walk(form, path);
  };
  walk(jsonSchema(), '');
  t.ok(keys > 30);
});

t.test('every configuration that ships fits it', async (t) => {
  const files = readdirSync(shipped).filter((name) => name.endsWith('.yaml'));
  t.ok(files.length >= 3);
  for (const file of files) {
    const { value } = parseYaml(readFileSync(`${shipped}${file}`, 'utf8'), (position) => position);
    t.equal(misfit(value, jsonSchema()), undefined, file);
    t.equal(misfit({ ...(value as object), loss: 'none' }, jsonSchema()), `/loss: none of ${lossNames}`);
  }
});

t.test('a name in a configuration is a file of its family', async (t) => {
  const { properties: model } = jsonSchema().properties?.model ?? {};
  const names = (node?: SchemaNode) => namesOf(node ?? {}).sort();
  t.same(names(model?.init), [...initializerNames].sort());
  const [dense] = membersOf(model?.layers.items ?? {}) ?? [];
  t.same(names(dense.properties?.activation), [...activationNames].sort());
  t.same(names(jsonSchema().properties?.loss), [...lossNames].sort());
});

t.test('defaults are those that validation fills in', async (t) => {
  const { properties = {} } = jsonSchema();
  const data = { name: 'mnist' as const };
  const model = { layers: [{ units: 10, activation: 'softmax' as const }] };
  const filled = configSchema.parse({ name: 'x', data, model, loss: 'cross-entropy' });
  const defaults = (node: SchemaNode | undefined) =>
    Object.fromEntries(
      Object.entries(node?.properties ?? {}).flatMap(([key, child]) =>
        child.default === undefined ? [] : [[key, child.default]],
      ),
    );
  const { validate, ...train } = defaults(properties.train);
  t.match(filled.train, train);
  t.same(validate, {});
  t.same(defaults(properties.train.properties?.validate), filled.train.validate);
  const mnist = membersOf(properties.data)?.[1];
  const [random] = membersOf(mnist?.properties?.split ?? {}) ?? [];
  t.same(filled.data, { name: 'mnist', split: { name: defaults(mnist).split, ...defaults(random) } });
  t.same(filled.model.init, { name: defaults(properties.model).init });
  const { engine, optimizer } = defaults(jsonSchema());
  t.match(filled, { engine: { name: engine }, optimizer: { name: optimizer } });
});
