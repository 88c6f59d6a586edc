// pnpm bench NAME: times chui beside its peers. What follows goes to bench/src/main.ts, or after `fine-tuning` to
// bench/src/fine_tuning/main.ts.
import { bootstrap, main } from './bootstrap.mjs';
import { inRoot, runHere, runOrThrow, stage } from './stage.mjs';

await main(async () => {
  await bootstrap();
  await stage('build benchmarks', async () => {
    await runOrThrow(process.execPath, [inRoot('node_modules/typescript/bin/tsc'), '--build', 'bench']);
  });
  const [name, ...rest] = process.argv.slice(2);
  const bench =
    name === 'fine-tuning'
      ? [inRoot('bench/dist/fine_tuning/main.js'), ...rest]
      : [inRoot('bench/dist/main.js'), ...process.argv.slice(2)];
  // Scripts are run in the root; paths that the user gives count from where the user is.
  return runHere(process.execPath, bench, { cwd: process.env.INIT_CWD ?? process.cwd() });
});
