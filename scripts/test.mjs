// npm test: every check of the repository. The last line counts tests, and each check that is not made of tests as one.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap, main } from './bootstrap.mjs';
import { inRoot, isStopping, runOrThrow, runQuietly, StageError, stage } from './stage.mjs';

const node = (script, ...args) => runOrThrow(process.execPath, [inRoot(script), ...args]);

const checks = {
  'format and lint': () => node('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'),
  'import directions': () => node('scripts/check_imports.mjs'),
  'lock file': checkLockFile,
  types: () => node('node_modules/typescript/bin/tsc', '--build'),
  'dead code': () => node('node_modules/knip/bin/knip.js', '--treat-config-hints-as-errors'),
};

/** The lock file holds for whatever registry a user's npm is set to. */
async function checkLockFile() {
  const lines = readFileSync(inRoot('pnpm-lock.yaml'), 'utf8').split('\n');
  const urls = lines.filter((line) => /https?:\/\/|\btarball:/.test(line));
  if (urls.length > 0) throw new StageError('it names hosts', urls.join('\n'));
}

const suites = {
  unit: 'packages',
  benchmarks: 'bench',
  parity: 'test/parity',
  properties: 'test/properties',
  guides: 'test/docs',
  generated: 'test/generated',
  'as installed': 'test/install',
  'end to end': 'test/e2e',
  browser: 'test/browser',
};

const total = { passed: 0, failed: 0 };
const failures = [];

/** Runs one suite of vitest and counts what its JSON report says. */
async function runSuite(folder) {
  const scratch = mkdtempSync(join(tmpdir(), 'chui-test-'));
  try {
    const reportPath = join(scratch, 'report.json');
    const { code, signal, output } = await runQuietly(process.execPath, [
      inRoot('node_modules/vitest/vitest.mjs'),
      'run',
      folder,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportPath}`,
    ]);
    const report = existsSync(reportPath) ? JSON.parse(readFileSync(reportPath, 'utf8')) : undefined;
    const passed = report?.numPassedTests ?? 0;
    // A file that cannot be loaded, or an error outside of the tests, fails without a failed test.
    const failed = (report?.numFailedTests ?? 0) || (code === 0 ? 0 : 1);
    const skipped = report?.numPendingTests ?? 0;
    total.passed += passed;
    total.failed += failed;
    if (failed > 0) {
      const how = signal ? `stopped by ${signal}` : `${passed} passed, ${failed} failed`;
      throw new StageError(how, output);
    }
    return skipped > 0 ? `${passed} passed, ${skipped} skipped` : `${passed} passed`;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function runCheck(check) {
  try {
    await check();
    total.passed += 1;
  } catch (error) {
    total.failed += 1;
    throw error;
  }
}

/** Runs one stage; what fails is kept for the end. */
async function attempt(name, work) {
  if (isStopping()) throw new StageError('stopped');
  try {
    await stage(name, work);
  } catch (error) {
    failures.push(`${name}: ${error.message}\n${error.output ?? error.stack}`);
  }
}

/** What every check and test needs; it counts only when it fails. */
async function prepare() {
  try {
    await bootstrap();
    return true;
  } catch (error) {
    if (isStopping() || !(error instanceof StageError)) throw error;
    failures.push(`preparation: ${error.message}\n${error.output}`);
    total.failed += 1;
    return false;
  }
}

await main(async () => {
  if (await prepare()) {
    for (const [name, check] of Object.entries(checks)) await attempt(name, () => runCheck(check));
    for (const [name, folder] of Object.entries(suites)) {
      await attempt(name, () => runSuite(folder));
    }
  }
  for (const failure of failures) console.log(`\n── ${failure}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return failures.length > 0 || total.passed === 0 ? 1 : 0;
});
