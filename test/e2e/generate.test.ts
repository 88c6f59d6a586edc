import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GPT2LMHeadModel, pipeline } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { characterTokenizer } from '@chui/tokenizer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runChui, tellChui } from '../support/run_chui.js';

const TEMPLATE =
  '{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}<assistant> {% endif %}';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-generate-'));
  await useBackend('cpu');
  const tokenizer = characterTokenizer(['abcdefghijklmnopqrstuvwxyz <>\n']);
  const sizes = { vocabSize: tokenizer.vocabSize, nEmbd: 16, nLayer: 2, nHead: 2, nPositions: 256 };
  const model = GPT2LMHeadModel.fromConfig({ ...sizes, initializerRange: 0.5 }, { seed: 3 });
  for (const name of ['plain', 'talks']) {
    await model.savePretrained(join(folder, name));
    await tokenizer.save(join(folder, name));
  }
  model.dispose();
  const place = join(folder, 'talks', 'tokenizer_config.json');
  const config = JSON.parse(await readFile(place, 'utf8'));
  await writeFile(place, JSON.stringify({ ...config, chat_template: TEMPLATE }));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

it('goes on with a text as the pipeline does, given or read', async () => {
  const generate = await pipeline('text-generation', join(folder, 'plain'));
  const [greedy] = await generate('once upon', { maxNewTokens: 20 });
  const sampling = { doSample: true, topP: 0.9, noRepeatNgramSize: 2, seed: 4, maxNewTokens: 20 };
  const [drawn] = await generate('once upon', sampling);
  generate.dispose();
  const length = ['--max-new-tokens', '20', '--backend', 'cpu'];
  const given = await runChui(folder, 'generate', 'plain', 'once upon', ...length);
  expect(given).toEqual({ code: 0, stdout: `${greedy!.generatedText}\n`, stderr: '' });
  expect(await tellChui(folder, 'once upon', 'generate', 'plain', ...length)).toEqual(given);
  const options = ['--sample', '--top-p', '0.9', '--no-repeat-ngram', '2', '--seed', '4'];
  const { stdout } = await runChui(folder, 'generate', 'plain', 'once upon', ...options, ...length);
  expect(stdout).toBe(`${drawn!.generatedText}\n`);
  const several = await runChui(
    folder,
    'generate',
    'plain',
    'o',
    '--beams',
    '3',
    '--sequences',
    '2',
    ...length,
  );
  expect(several.stdout.trim().split('\n').length).toBeGreaterThanOrEqual(2);
}, 60_000);

it('answers a chat, of which it forgets what it is told to', async () => {
  const chat = pipeline('text-generation', join(folder, 'talks'));
  const generate = await chat;
  const options = { maxNewTokens: 12 };
  const system = { role: 'system', content: 'be kind' };
  const said = [system, { role: 'user', content: 'hello' }];
  const [first] = await generate(said, options);
  const [second] = await generate([...first!.generatedText, { role: 'user', content: 'why' }], options);
  generate.dispose();
  const answers = [first, second, first].map((each) => `${each!.generatedText.at(-1)!.content}\n`);
  const args = ['chat', 'talks', '--system', 'be kind', '--max-new-tokens', '12', '--backend', 'cpu'];
  const outcome = await tellChui(folder, 'hello\n\nwhy\n/reset\nhello\n/exit\nhello\n', ...args);
  expect(outcome).toEqual({ code: 0, stdout: answers.join(''), stderr: '' });
}, 60_000);

it.each([
  [
    ['chat', 'plain'],
    /^chui: template must be given, as the tokenizer has no chat template \(a file chat_template.jinja\)\n$/,
  ],
  [
    ['generate', 'plain', 'a', '--top-p', '0.5'],
    /^chui: generate: --top-p must go with --sample, but is 0.5\n$/,
  ],
  [['generate', 'plain', 'a', '--beams', 'x'], /argument 'x' is invalid. it must be an integer from 1/],
])(
  'names what is wrong in %j',
  async (args, message) => {
    const { code, stdout, stderr } = await runChui(folder, ...args, '--backend', 'cpu');
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([1, '']);
  },
  60_000,
);
