// npm start: from a fresh clone to trained models. What follows `--` goes to `chui translate`.
import { bootstrap, main } from './bootstrap.mjs';
import { inRoot, runHere } from './stage.mjs';

await main(async () => {
  await bootstrap();
  const translate = [inRoot('packages/cli/dist/main.js'), 'translate', ...process.argv.slice(2)];
  // npm changes to the root; paths that the user gives count from where the user is.
  return runHere(process.execPath, translate, { cwd: process.env.INIT_CWD ?? process.cwd() });
});
