// Fetches data sets that results here use, each file from its repository at the commit that data_sets.json names, checked by
// size and SHA-256: node scripts/fetch_data.mjs sst2 wnut17. Files that are there already are left as they are.
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { downloadFile } from './download_file.mjs';
import { inRoot } from './stage.mjs';

const usage = `node scripts/fetch_data.mjs NAME… [--out DIR]

  NAME         data sets, or all
  --out DIR    where each gets a folder of its own; default .cache/data
  --list       says which there are, and under which licence
  --from URL   the beginning of all addresses, in place of GitHub's
  --sets FILE  another table of data sets, in place of scripts/data_sets.json`;

const options = {
  out: { type: 'string' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
  from: { type: 'string', default: 'https://raw.githubusercontent.com' },
  sets: { type: 'string', default: inRoot('scripts', 'data_sets.json') },
};

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e5 ? 3 : 1)} MB`;

function list(sets) {
  for (const [name, { about, licence, files }] of Object.entries(sets)) {
    console.log(`${name}, ${megabytes(files.reduce((sum, { bytes }) => sum + bytes, 0))}: ${about}`);
    console.log(`  licence: ${licence}`);
  }
}

function chosen(names, sets) {
  if (names.length === 0)
    throw new Error('a data set must be named, but none is: --list says which there are');
  if (names.includes('all')) return Object.keys(sets);
  const unknown = names.find((name) => !Object.hasOwn(sets, name));
  if (unknown === undefined) return names;
  throw new Error(
    `NAME must be one of ${Object.keys(sets).join(', ')} or all, but is ${JSON.stringify(unknown)}`,
  );
}

/** Only the last part is made: `recursive` would try for ever where nothing can be made, as in /proc. */
async function makeFolder(folder) {
  await mkdir(folder).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

async function fetchSet(name, { licence, repository, commit, files, unavailable = {} }, { from, out }) {
  console.log(`${name}, licence: ${licence}`);
  const folder = join(out, name);
  await makeFolder(folder);
  for (const { path, bytes, sha256 } of files) {
    const url = `${from.replace(/\/+$/, '')}/${[repository, commit, path].join('/')}`;
    const target = join(folder, basename(path));
    const isNew = await downloadFile({ url, target, bytes, sha256 });
    console.log(`  ${relative('', target)}, ${megabytes(bytes)}${isNew ? '' : ', is there already'}`);
  }
  for (const [file, why] of Object.entries(unavailable)) console.log(`  ${file} cannot be fetched: ${why}`);
}

try {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const sets = JSON.parse(await readFile(values.sets, 'utf8'));
  if (values.help) console.log(usage);
  else if (values.list) list(sets);
  else {
    const names = chosen(positionals, sets);
    if (values.out === undefined) await makeFolder(inRoot('.cache'));
    const out = values.out ?? inRoot('.cache', 'data');
    await makeFolder(out);
    for (const name of names) await fetchSet(name, sets[name], { from: values.from, out });
  }
} catch (error) {
  console.error(`data cannot be fetched: ${error.message.split('\n', 1)[0]}`);
  process.exitCode = 1;
}
