// pnpm bench NAME: times chui beside its peers. What follows goes to bench/src/main.ts, or where a name has a folder of its own
// to the main.ts there.
import { bootstrap, main } from './bootstrap.mjs';
import { inRoot, runHere, runOrThrow, stage } from './stage.mjs';

await main(async () => {
  await bootstrap();
  await stage('build benchmarks', async () => {
    await runOrThrow(process.execPath, [inRoot('node_modules/typescript/bin/tsc'), '--build', 'bench']);
  });
  const [name, ...rest] = process.argv.slice(2);
  const folders = ['fine-tuning', 'language-models', 'word-models'];
  const folder = folders.includes(name) && name.replace('-', '_');
  const bench = folder
    ? [inRoot('bench/dist', folder, 'main.js'), ...rest]
    : [inRoot('bench/dist/main.js'), ...process.argv.slice(2)];
  // Scripts are run in the root; paths that the user gives count from where the user is.
  return runHere(process.execPath, bench, { cwd: process.env.INIT_CWD ?? process.cwd() });
});
