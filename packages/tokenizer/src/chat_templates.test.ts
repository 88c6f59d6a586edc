import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Tokenizer } from './tokenizer.js';
import { wordTokenizer } from './training/simple_tokenizers.js';

const { model } = wordTokenizer(['a b']).toJSON() as { model: object };
const json = { version: '1.0', added_tokens: [], model };
const messages = [{ role: 'user', content: 'Hi' }];

async function tokenizerWith(files: Record<string, string>): Promise<[Tokenizer, dir: string]> {
  const dir = await mkdtemp(join(tmpdir(), 'chui-test-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const all = { 'tokenizer.json': JSON.stringify(json), ...files };
  for (const [name, text] of Object.entries(all)) await writeFile(join(dir, name), text);
  return [await Tokenizer.fromPretrained(dir), dir];
}

describe('chat templates', () => {
  test('write what Hugging Face transformers writes', async () => {
    const fixture = new URL('../../../test/fixtures/chat/cases.json', import.meta.url);
    const cases = JSON.parse(await readFile(fixture, 'utf8'));
    const tokenizer = Tokenizer.fromJSON(json, { bos: '<s>', eos: '</s>' });
    expect(cases.length).toBe(18);
    for (const { messages: given, expected, ...options } of cases) {
      expect(await tokenizer.applyChatTemplate(given, options)).toBe(expected);
    }
  });

  test('are read from the configuration, with names, and saved with it', async () => {
    const named = [
      { name: 'default', template: '{{ eos_token }}{{ messages[0].content }}' },
      { name: 'tool_use', template: '{{ tools | length }} tools' },
      { name: 'loud', template: '{{ messages[0].content | upper }}{{ sign }}' },
    ];
    const config = JSON.stringify({ eos_token: '</s>', chat_template: named });
    const [tokenizer, dir] = await tokenizerWith({ 'tokenizer_config.json': config });
    await tokenizer.save(dir);
    for (const each of [tokenizer, await Tokenizer.fromPretrained(dir)]) {
      expect(await each.applyChatTemplate(messages)).toBe('</s>Hi');
      expect(await each.applyChatTemplate(messages, { tools: [{}, {}] })).toBe('2 tools');
      const loud = { template: 'loud', variables: { sign: '!' } };
      expect(await each.applyChatTemplate(messages, loud)).toBe('HI!');
    }
  });

  test('may be a file of their own', async () => {
    const [tokenizer, dir] = await tokenizerWith({
      'tokenizer_config.json': JSON.stringify({ chat_template: 'of the configuration' }),
      'chat_template.jinja': 'of the file',
    });
    expect(await tokenizer.applyChatTemplate(messages)).toBe('of the file');
    await tokenizer.save(dir);
    const saved = JSON.parse(await readFile(join(dir, 'tokenizer_config.json'), 'utf8'));
    expect(saved.chat_template).toBe('of the file');
  });

  test('may leave the last message open', async () => {
    const template = '{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}</s>{% endfor %}';
    const tokenizer = Tokenizer.fromJSON(json);
    const open = (content: unknown, more = {}) => {
      const all = [...messages, { role: 'assistant', content }];
      return tokenizer.applyChatTemplate(all, { template, continueFinalMessage: true, ...more });
    };
    expect(await open('Hi, I')).toBe('<user>Hi</s><assistant>Hi, I');
    expect(await open(' Hi, ')).toBe('<user>Hi</s><assistant>Hi,');
    const kept = { template: '{% for m in messages %}{{ m.content }}|{% endfor %}' };
    expect(await open(' Hi, ', kept)).toBe('Hi| Hi, ');
    const parts = { template: '{% for m in messages %}{{ m.content[0].text }}|{% endfor %}' };
    expect(await open([{ type: 'text', text: 'So' }, { type: 'image' }], parts)).toBe('|So');
    await expect(open('x', { addGenerationPrompt: true })).rejects.toThrow(
      'addGenerationPrompt must be false',
    );
    await expect(open('x', { template: 'y' })).rejects.toThrow('the last message has no text that it leaves');
  });

  test('name what is wrong', async () => {
    const tokenizer = Tokenizer.fromJSON(json);
    const fails = (options: object, message: string) =>
      expect(tokenizer.applyChatTemplate(messages, options)).rejects.toThrow(message);
    await fails({}, 'template must be given, as the tokenizer has no chat template');
    await fails(
      { template: "{{ raise_exception('no user') }}" },
      'the chat template cannot be used: no user',
    );
    await fails({ template: '{% for %}' }, 'the chat template cannot be used: ');
    const config = JSON.stringify({ chat_template: [{ name: 'other', template: '' }] });
    const [named] = await tokenizerWith({ 'tokenizer_config.json': config });
    await expect(named.applyChatTemplate(messages)).rejects.toThrow('template must be given, one of other');
  });
});
