import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHUI, type Outcome, runChui } from '../support/run_chui.js';

const KINDS = ['rnn', 'attention', 'transformer'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-translate-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Runs the command line in the test's folder. */
const chui = (...args: string[]) => runChui(folder, ...args);

describe('chui translate', () => {
  it('trains three models on dates, tests, draws, saves and checks them on WASM', {
    timeout: 240_000,
  }, async () => {
    const { code, stdout, stderr } = await chui(
      'translate',
      '--epochs',
      '0.01',
      '--width',
      '16',
      '--out',
      'dates',
    );
    expect(stderr).not.toMatch(/error|warning/i);
    expect(code, stderr).toBe(0);
    for (const name of ['RNN without attention', 'RNN with attention', 'Transformer']) {
      expect(stdout).toMatch(new RegExp(`^${name} +\\d+\\.\\d % +[\\d,]+ +\\d+\\.\\d +\\d+ MB$`, 'm'));
      expect(stderr).toContain(name);
    }
    expect(stdout).toContain('the same 18 answers');
    expect(stdout).toContain('Where the Transformer looks:');
    for (const kind of KINDS) {
      const names = await readdir(join(folder, 'dates', kind), { recursive: true });
      expect(names.sort()).toEqual([
        'config.json',
        'layers_model',
        'layers_model/model.json',
        'layers_model/weights.bin',
        'model.safetensors',
        'result.json',
        'source_tokenizer',
        'source_tokenizer/tokenizer.json',
        'target_tokenizer',
        'target_tokenizer/tokenizer.json',
        'test_outputs.txt',
      ]);
      const outputs = await readFile(join(folder, 'dates', kind, 'test_outputs.txt'), 'utf8');
      expect(outputs.split('\n').length).toBe(1001);
    }
    const references = await readFile(join(folder, 'dates', 'test_references.txt'), 'utf8');
    expect(references).toMatch(/^(\d{4}-\d{2}-\d{2}\n){1000}$/);
    const page = await readFile(join(folder, 'dates', 'report.html'), 'utf8');
    // For each example the RNN's attention, and the Transformer's: the mean, and each of four heads.
    expect(page.match(/<table class="map">/g)?.length).toBe(6 * (1 + 1 + 4));
    // The name of SVG's namespace is no address that anything is fetched from.
    expect(page.replaceAll('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:/);
  });

  it('learns from a file of pairs, and gives the same again for the same seed', {
    timeout: 240_000,
  }, async () => {
    const words = ['one', 'two', 'three', 'four', 'five'];
    const lines = Array.from({ length: 625 }, (_, i) => {
      const digits = [0, 1, 2, 3].map((place) => Math.floor(i / 5 ** place) % 5);
      return `${digits.map((digit) => words[digit]).join(' ')} .\t${digits.map((digit) => digit + 1).join('')}`;
    });
    await writeFile(join(folder, 'numbers.tsv'), `${lines.join('\n')}\n`);
    const train = (out: string) =>
      chui(
        'translate',
        '--data',
        'numbers.tsv',
        '--models',
        'attention',
        '--width',
        '32',
        '--epochs',
        '30',
        '--learning-rate',
        '0.01',
        '--out',
        out,
      );
    const { code, stdout, stderr } = await train('first');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/model +exact match +BLEU +BLEU by character/);
    const result = async (out: string) =>
      JSON.parse(await readFile(join(folder, out, 'attention', 'result.json'), 'utf8'));
    const first = await result('first');
    expect(first.result.exactMatch).toBeGreaterThan(0.9);
    // Every source has five words, so the one group by length is the whole.
    const sources = (await readFile(join(folder, 'first', 'test_sources.txt'), 'utf8')).trim().split('\n');
    const { exactMatch, bleu: bleuTokens, bleuCharacters } = first.result;
    expect(first.result.byLength).toEqual([
      { from: 5, to: 5, count: sources.length, exactMatch, bleuTokens, bleuCharacters },
    ]);
    expect(stdout).toMatch(
      /BLEU by character, by length of the source:\nsource words +texts +RNN with attention\n5 /,
    );
    const config = JSON.parse(
      await readFile(join(folder, 'first', 'attention', 'source_tokenizer', 'tokenizer.json'), 'utf8'),
    );
    expect(Object.keys(config.model.vocab)).toContain('three');

    await train('second');
    const losses = (saved: { result: { curve: { loss: number }[] } }) =>
      saved.result.curve.map(({ loss }) => loss);
    expect(losses(await result('second'))).toEqual(losses(first));
  });

  it('stops cleanly at Ctrl-C, keeps what was trained, shows it, and goes on with --resume', async () => {
    const args = [
      'translate',
      '--models',
      'rnn,attention',
      '--width',
      '16',
      '--epochs',
      '1000',
      '--out',
      'stopped',
    ];
    const runAndStop = async (...more: string[]) => {
      const child = spawn(process.execPath, [CHUI, ...args, ...more], { cwd: folder, detached: true });
      const [output] = await Promise.all([ended(child), interruptOnceTraining(child)]);
      expect(output.code, output.stderr).toBe(0);
      expect(output.stdout).toContain('the same command with --resume goes on');
      return output;
    };
    const output = await runAndStop();
    expect(output.stdout).toMatch(/^RNN without attention /m);
    expect(output.stdout).not.toMatch(/^RNN with attention /m);
    expect(output.stdout).toContain('the same 6 answers');
    await access(join(folder, 'stopped', 'rnn', 'model.safetensors'));
    const { stopped } = JSON.parse(await readFile(join(folder, 'stopped', 'rnn', 'result.json'), 'utf8'));
    expect(stopped).toBe('aborted');

    const again = await runAndStop('--resume');
    const steps = ({ stderr }: Outcome) =>
      [...stderr.matchAll(/step (\d+) of/g)].map(([, step]) => Number(step));
    expect(steps(again)[0]).toBeGreaterThan(steps(output).at(-1)!);
  });
});

/** As a terminal does, to every process of the group, as soon as the first training has reported a step. */
async function interruptOnceTraining(child: ChildProcess): Promise<void> {
  let seen = '';
  for await (const chunk of child.stderr!) {
    seen += chunk;
    if (/loss/.test(seen)) {
      process.kill(-child.pid!, 'SIGINT');
      return;
    }
  }
}

function ended(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve) => {
    let [stdout, stderr] = ['', ''];
    child.stdout!.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr!.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

describe('bad input', () => {
  const cases: Record<string, [content: string | Uint8Array, message: RegExp]> = {
    'a line without a tab': ['a\tb\nc\n', /pairs\.tsv:2: .* has no tab/],
    'a column too many': ['a\tb\nc\td\te\n', /pairs\.tsv:2: .* has 2 tabs/],
    'an empty side': ['a\tb\n\td\n', /pairs\.tsv:2: the source must not be empty/],
    'invalid UTF-8': [Uint8Array.of(97, 9, 98, 10, 255, 9, 98, 10), /pairs\.tsv:2: .* must be UTF-8/],
    'a line of a million characters': [
      `a\tb\n${'x'.repeat(1_000_000)}\ty\n`,
      /pairs\.tsv:2: .* at most 10000 characters/,
    ],
    'an empty file': ['', /pairs\.tsv must have a line/],
  };

  it.each(Object.entries(cases))(
    '%s is one line, exit code 1, and nothing is written',
    async (_name, [content, message]) => {
      await writeFile(join(folder, 'pairs.tsv'), content);
      const before = (await readdir(folder)).sort();
      const { code, stderr } = await chui(
        'translate',
        '--data',
        'pairs.tsv',
        '--models',
        'rnn',
        '--out',
        'bad',
      );
      expect(code).toBe(1);
      const lines = stderr.trim().split('\n');
      expect(lines.length, stderr).toBe(1);
      expect(lines[0]).toMatch(message);
      expect((await readdir(folder)).sort()).toEqual(before);
    },
  );

  it('a path that is not there is named', async () => {
    const { code, stderr } = await chui('translate', '--data', 'nowhere.tsv');
    expect(code).toBe(1);
    expect(stderr.trim().split('\n').length, stderr).toBe(1);
    expect(stderr).toContain('nowhere.tsv');
  });

  it('an option that is unknown or out of its range is named', async () => {
    for (const args of [
      ['--modles', 'rnn'],
      ['--models', 'rnn,lstm'],
      ['--width', '-1'],
      ['--tokens', 'bytes'],
    ]) {
      const { code, stderr } = await chui('translate', ...args);
      expect(code).toBe(1);
      expect(stderr).toContain(args[0]);
    }
  });

  it('a saved model that is cut short, or newer, is named, and a working one is kept', async () => {
    const out = join(folder, 'damaged');
    await mkdir(out);
    const { stderr } = await chui('translate-check', '["x"]', 'damaged');
    expect(stderr).toMatch(/damaged.*config\.json/);
    await writeFile(join(out, 'config.json'), '{"model_type": "rnn_seq2seq", "chui_format": 99}');
    const newer = await chui('translate-check', '["x"]', 'damaged');
    expect(newer.code).toBe(1);
    expect(newer.stderr).toMatch(/^chui: .*damaged.config\.json.*99.*\n$/);
  });
});
