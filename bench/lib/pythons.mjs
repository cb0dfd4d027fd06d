/** Finds Python interpreters and the trainers that each holds. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './tools.mjs';

/** Prints the environment's folder, and the version of each module that is there. */
const QUESTION = `
import importlib.metadata as metadata, importlib.util as util, json, sys
modules = {"numpy": ["numpy"], "torch": ["torch"], "jax": ["jax"], "tensorflow": ["tensorflow", "tensorflow-cpu"], "keras": ["keras"], "sklearn": ["scikit-learn"], "onnxruntime": ["onnxruntime-training"]}
found = {}
for module, packages in modules.items():
    if util.find_spec(module) is None: continue
    found[module] = "unknown version"
    for package in packages:
        try: found[module] = metadata.version(package)
        except metadata.PackageNotFoundError: pass
print(json.dumps({"prefix": sys.prefix, "versions": found}))
`;

/** Where interpreters are looked for, in this order. */
function candidates() {
  const bench = join(root, 'bench');
  const ours = readdirSync(bench).filter((name) => name.startsWith('.venv'));
  return [
    ...(process.env.GRADPOOL_PYTHONS ?? '').split(delimiter),
    ...ours.map((name) => join(bench, name, 'bin', 'python')),
    process.env.PYTHON,
    'python3',
    '/usr/bin/python3',
  ].filter(Boolean);
}

let known;

/** Interpreters that answer: `{ python, env, versions }`, versions by module; one for each environment. Asked once. */
export function pythons() {
  known ??= ask();
  return known;
}

function ask() {
  const found = new Map();
  for (const python of candidates()) {
    try {
      const said = execFileSync(python, ['-c', QUESTION], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const { prefix, versions } = JSON.parse(said);
      if (!found.has(prefix)) found.set(prefix, { python, env: environment(prefix), versions });
    } catch {
      // Not there, or too old to say: the next one.
    }
  }
  return [...found.values()];
}

/**
 * Debian's PyTorch computes with the system's OpenBLAS beside threads of its own; only OpenBLAS's OpenMP build shares
 * these, and the pthread build, which Debian prefers where both are installed, fights them.
 */
function environment(prefix) {
  if (prefix !== '/usr' || !existsSync('/usr/lib')) return {};
  const folder = readdirSync('/usr/lib')
    .map((name) => join('/usr/lib', name, 'openblas-openmp'))
    .find((path) => existsSync(path));
  return folder ? { LD_LIBRARY_PATH: folder } : {};
}
