// Imports go one way and through the doors: see docs/architecture.md. Prints a line for each import that does not.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { parseSync } from 'vite';
import { inRoot, root } from './stage.mjs';

const libraries = ['hub', 'tokenizer', 'runtime', 'layers', 'models', 'training'];

/** What of chui each folder may import. */
const allowed = {
  'packages/hub': [],
  'packages/tokenizer': ['hub'],
  'packages/runtime': [],
  'packages/layers': ['runtime'],
  'packages/models': ['hub', 'tokenizer', 'runtime', 'layers'],
  'packages/training': ['hub', 'tokenizer', 'runtime', 'layers', 'models'],
  'packages/cli': libraries,
  'apps/playground': libraries,
  bench: libraries,
};

const problems = new Set();
const inRepository = (path) => relative(root, path).split(sep).join('/');

/** The source behind each door of the packages, by specifier: what a browser gets. */
const doors = new Map();
for (const name of libraries) {
  const { exports } = JSON.parse(readFileSync(inRoot('packages', name, 'package.json'), 'utf8'));
  for (const [door, target] of Object.entries(exports)) {
    const source = target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts');
    doors.set(`@chui/${name}${door.slice(1)}`, inRoot('packages', name, source));
  }
}

/** A file's imports: specifier, and whether it is there at run time when the file is loaded. */
function importsOf(path) {
  const code = readFileSync(path, 'utf8');
  const { module, errors } = parseSync(path, code);
  if (errors.length > 0) throw new Error(`${inRepository(path)}: ${errors[0].message}`);
  const loads = (entries) => entries.length === 0 || entries.some(({ isType }) => !isType);
  return [
    ...module.staticImports.map(({ moduleRequest, entries }) => [moduleRequest.value, loads(entries)]),
    ...module.staticExports.flatMap(({ entries }) =>
      entries
        .filter((entry) => entry.moduleRequest)
        .map((entry) => [entry.moduleRequest.value, !entry.isType]),
    ),
    ...module.dynamicImports
      .map(({ moduleRequest }) => code.slice(moduleRequest.start, moduleRequest.end))
      .filter((request) => /^['"`]/.test(request))
      .map((request) => [request.slice(1, -1), false]),
  ];
}

const sourceOf = (from, specifier) =>
  specifier.startsWith('.') ? join(dirname(from), specifier).replace(/\.js$/, '.ts') : doors.get(specifier);

function checkDirection(folder, file, specifier) {
  const [scope, name] = specifier.split('/');
  const isTest = file.endsWith('.test.ts');
  if (isTest && folder === `packages/${name}` && doors.has(specifier)) return;
  if (scope === '@chui') {
    if (!doors.has(specifier))
      problems.add(`${inRepository(file)}: ${specifier} is inside of another package`);
    else if (!allowed[folder].includes(name)) {
      problems.add(
        `${inRepository(file)}: ${folder} may import ${allowed[folder].join(', ') || 'nothing'} of chui, not ${name}`,
      );
    }
  } else if (specifier.startsWith('.')) {
    const target = inRepository(join(dirname(file), specifier));
    const ofTests = isTest && target.startsWith('test/');
    if (!target.startsWith(`${folder}/`) && !ofTests) {
      problems.add(`${inRepository(file)}: ${specifier} leaves ${folder}`);
    }
  }
}

const seen = new Set();

/** Follows what loading `file` loads; `path` says how it came to be loaded. */
function checkPortable(file, path) {
  if (seen.has(file)) return;
  seen.add(file);
  for (const [specifier, loads] of importsOf(file)) {
    if (!loads) continue;
    const source = sourceOf(file, specifier);
    const needsNode =
      specifier.startsWith('node:') ||
      builtinModules.includes(specifier) ||
      specifier.startsWith('@tensorflow/tfjs-node');
    if (needsNode) problems.add(`${[...path, file].map(inRepository).join(' → ')}: ${specifier} needs Node`);
    else if (source && existsSync(source)) checkPortable(source, [...path, file]);
  }
}

let files = 0;
for (const folder of Object.keys(allowed)) {
  if (!existsSync(inRoot(folder, 'src'))) continue;
  for (const name of readdirSync(inRoot(folder, 'src'), { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    files += 1;
    const file = inRoot(folder, 'src', name);
    for (const [specifier] of importsOf(file)) checkDirection(folder, file, specifier);
  }
}
for (const name of libraries) checkPortable(inRoot('packages', name, 'src/index.ts'), []);

for (const problem of problems) console.error(problem);
if (problems.size > 0) process.exitCode = 1;
else console.log(`${files} files`);
